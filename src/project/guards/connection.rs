//! What a handler does with a connection that it was given: it listens, hands on, or hangs up.

use super::{
    Mode, condition,
    path::Path,
    walk::{Walker, root_name},
};
use crate::{
    facts::{ExpressionKind, Language, Text, vocabulary::Meaning},
    project::{Call, Value},
};

impl<'p> Walker<'_, 'p> {
    /// Gives the connection to a function of this project that listens to it.
    pub(super) fn gives_connection(&self, call: Call<'p>) -> bool {
        let Some(callee) = call.callee() else { return false };
        let parameters = || callee.function().plain_parameters();
        let is_parameter = |name: &Text| parameters().any(|one| one.name() == Some(name));
        call.positional().any(|argument| root_name(argument) == self.connection())
            && self.connection().is_some()
            && callee.calls_within().any(|inner| {
                matches!(inner.name(), "on" | "once" | "addEventListener")
                    && inner.receiver().and_then(root_name).is_some_and(is_parameter)
            })
    }

    /// A listener that stands elsewhere lets pass whom it serves; a literal is walked where it stands.
    pub(super) fn listens(&mut self, call: Call<'p>, path: &Path) {
        let is_listening = matches!(call.name(), "on" | "once" | "addEventListener");
        let listener = call.positional().last().filter(|_| is_listening);
        let Some(listener) = listener.filter(|_| self.is_on_connection(call)) else { return };
        let is_literal = matches!(listener.kind(), ExpressionKind::Function(_));
        let Some(body) = listener.as_function().filter(|_| !is_literal) else { return };
        let acts = body.calls_within().any(|call| condition::is_effect(call) || reads_rows(call));
        let outcome = self.grader.pass(body.at, &Mode::Handler);
        if acts && outcome.passes {
            let mut passing = path.clone();
            passing.raise(outcome.level);
            self.reads_credential |= outcome.reads_credential;
            self.pass_here(&passing, Some(call.location()));
        }
    }

    /// `socket.use((packet, next) => …)`: what each message passes before its listener is called.
    pub(super) fn asks_each_message(&mut self, call: Call<'p>, path: &mut Path) -> bool {
        let asked =
            call.argument(0).filter(|_| call.name() == "use" && self.is_on_connection(call));
        let Some(body) = asked.and_then(Value::as_function) else { return false };
        let outcome = self.grader.pass(body.at, &Mode::Middleware);
        self.reads_credential |= outcome.reads_credential;
        if outcome.passes {
            path.raise(outcome.level);
            self.decided_at = outcome.decided_at.or(self.decided_at);
        }
        true
    }

    /// Does a listener read what is stored, hand what was sent on to others, or let the sender into a room?
    pub(super) fn serves(&self, call: Call<'p>) -> bool {
        let is_to_sender = || {
            let receiver = call.receiver().map(Value::kind);
            matches!(receiver, Some(ExpressionKind::Name(_))) && self.is_on_connection(call)
        };
        self.callbacks > 0
            && match call.name() {
                "emit" | "send" | "publish" => !is_to_sender(),
                "join" => self.is_on_connection(call),
                "broadcast" => true,
                _ => reads_rows(call),
            }
    }

    /// Does it end the connection?
    pub(super) fn hangs_up(&self, call: Call<'p>) -> bool {
        self.mode == Mode::Connection
            && matches!(call.name(), "close" | "disconnect" | "terminate" | "destroy")
            && self.is_on_connection(call)
    }

    /// `self.accept()` of Channels: whoever comes this far is let in.
    pub(super) fn accepts(&self, call: Call<'p>) -> bool {
        call.name() == "accept" && self.is_on_connection(call)
    }

    fn is_on_connection(&self, call: Call<'p>) -> bool {
        let connection = self.connection();
        connection.is_some() && call.receiver().and_then(root_name) == connection
    }

    fn connection(&self) -> Option<&'p Text> {
        let outer = self.grader.project.body(self.outer);
        // A consumer of Channels is the connection itself.
        let parameters = &outer.function().parameters;
        if outer.unit().file.language == Language::Python && outer.class().is_some() {
            return parameters.first()?.name();
        }
        outer.function().plain_parameters().next()?.name()
    }
}

fn reads_rows(call: Call<'_>) -> bool {
    call.meanings().any(|meaning| {
        matches!(meaning, Meaning::DatabaseRead | Meaning::DocumentQuery | Meaning::SqlQuery)
    })
}
