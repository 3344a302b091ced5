//! What runs before a handler: hooks, and the same as options of one route.

use super::{
    super::{Candidate, Scope, What, script::first_line},
    Instances,
};
use crate::{
    facts::{ExpressionKind, Text, vocabulary::Meaning},
    project::{Call, Value, guards::Mode},
};

/// The hooks that run before a handler, in order.
pub(super) const HOOKS: [&str; 4] = ["onRequest", "preParsing", "preValidation", "preHandler"];

impl<'p> Instances<'p> {
    /// `app.addHook("onRequest", guard)`.
    pub(super) fn added(&self, call: Call<'p>) -> Vec<Candidate> {
        let name = call.argument(0).and_then(Value::text);
        if !name.is_some_and(|name| HOOKS.contains(&name)) {
            return Vec::new();
        }
        call.argument(1).map(|hook| self.guards(hook, Scope::Router)).unwrap_or_default()
    }

    /// What a hook, or a list of them, puts in front of a handler.
    pub(super) fn guards(&self, value: Value<'p>, scope: Scope) -> Vec<Candidate> {
        let hooks = value.items().unwrap_or_else(|| vec![value]);
        hooks.into_iter().flat_map(|hook| self.guard(hook, scope)).collect()
    }

    fn guard(&self, written: Value<'p>, scope: Scope) -> Vec<Candidate> {
        // `app.auth([first, second])` of @fastify/auth: one of them is enough, unless it says otherwise.
        let listed = written.as_call().filter(|call| call.name() == "auth");
        if let Some(items) = listed.and_then(|call| call.argument(0)).and_then(Value::items) {
            let relation = listed.and_then(|call| call.option("relation").given());
            if items.len() == 1 || relation.and_then(Value::text) == Some("and") {
                return items.into_iter().flat_map(|item| self.guard(item, scope)).collect();
            }
            let why = "any one of several guards is enough here";
            return vec![candidate(
                written,
                What::Unreadable(why.to_owned()),
                Mode::Dependency,
                scope,
            )];
        }
        let value = self.decorated(written).unwrap_or(written);
        let parameters = value.as_function().map(|body| {
            body.function().plain_parameters().filter_map(|parameter| parameter.name().cloned())
        });
        let last: Option<Text> = parameters.and_then(Iterator::last);
        let hands_on =
            last.is_some_and(|name| matches!(name.as_str(), "done" | "next" | "callback"));
        let mode = if hands_on { Mode::Middleware } else { Mode::Unanswered };
        vec![candidate(written, What::Expression(value.at), mode, scope)]
    }

    /// What was added to the instance under a name: `app.authenticate`, `app.requireRole("admin")`.
    fn decorated(&self, value: Value<'p>) -> Option<Value<'p>> {
        if let Some(call) = value.as_call() {
            let maker = self.decorated(call.callee_value())?.as_function()?;
            return maker.returned().last();
        }
        let ExpressionKind::Member { object, name } = value.kind() else { return None };
        self.owner(value.sibling(*object))?;
        self.decorations.get(name).copied()
    }

    /// A library's plugin that adds a guard by itself.
    pub(super) fn library(&self, call: Call<'p>) -> Option<Candidate> {
        let plugin = call.argument(0)?;
        let path = plugin.path();
        let rows = self.project.vocabulary().rows_of(&path);
        let (_, row) =
            rows.iter().find(|(_, row)| row.means.contains(&Meaning::EnforceAuthentication))?;
        let is_off = call.option("addHook").given().and_then(Value::boolean) == Some(false);
        (row.detail("plugin") == Some("guards") && !is_off).then(|| {
            candidate(plugin, What::Expression(plugin.at), Mode::Unanswered, Scope::Router)
        })
    }
}

fn candidate(written: Value<'_>, what: What, mode: Mode, scope: Scope) -> Candidate {
    let name = first_line(written.source()).into();
    Candidate { what, name, location: written.location(), scope, mode }
}
