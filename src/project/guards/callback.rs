//! Guards of a library that leave the refusal to a callback: `passport.authenticate("jwt", (error, user) => …)`.

use crate::{
    facts::{Block, ExpressionKind, Operator, StatementKind, Text, vocabulary::Meaning},
    project::{Body, Call, Location, Value},
};

/// Where a middleware lets a library look for the caller and refuses in its callback when there is none.
pub(super) fn refuses_in_callback(middleware: Body<'_>) -> Option<Location> {
    let decided = middleware.calls_within().find(|call| {
        call.means(Meaning::EnforceAuthentication) && callback(*call).is_some_and(refuses)
    })?;
    // `.catch(() => next())` lets pass whoever was refused.
    let is_undone = middleware.calls_within().any(|call| {
        let handles_failure = call.name() == "catch";
        handles_failure
            && call.argument(0).and_then(Value::as_function).is_some_and(|handler| {
                handler.calls().any(|inner| inner.name() == "next" && inner.arguments().is_empty())
            })
    });
    (!is_undone).then(|| decided.location())
}

/// The function that decides: a literal, a name of one, or what a function of the project returns.
fn callback(call: Call<'_>) -> Option<Body<'_>> {
    let last = call.positional().last()?;
    last.as_function().or_else(|| {
        let made = last.as_call()?.callee()?.returned().last()?;
        made.as_function()
    })
}

/// `if (error || !user) return …`: nothing goes on without an identity, the second parameter.
fn refuses(callback: Body<'_>) -> bool {
    let mut parameters = callback.function().plain_parameters();
    let Some(identity) = parameters.nth(1).and_then(|parameter| parameter.name()) else {
        return false;
    };
    let facts = &callback.unit().facts;
    callback.statements().iter().any(|&statement| match &facts[statement].kind {
        StatementKind::If { test, then, .. } => {
            let test =
                callback.project.value(crate::project::In { file: callback.at.file, id: *test });
            denies(test, identity) && leaves(callback, then)
        }
        _ => false,
    })
}

/// Is this true without the identity: `!user`, `error || !user`?
fn denies(test: Value<'_>, identity: &Text) -> bool {
    let ExpressionKind::Operation { operator, operands } = test.unwrapped().kind() else {
        return false;
    };
    match operator {
        Operator::Not => operands.iter().any(|&operand| {
            matches!(test.sibling(operand).kind(), ExpressionKind::Name(name) if name == identity)
        }),
        Operator::Or => operands.iter().any(|&operand| denies(test.sibling(operand), identity)),
        _ => false,
    }
}

/// Does a block end the function?
fn leaves(callback: Body<'_>, block: &Block) -> bool {
    let facts = &callback.unit().facts;
    block.last().is_some_and(|&last| {
        matches!(facts[last].kind, StatementKind::Return(_) | StatementKind::Throw(_))
    })
}
