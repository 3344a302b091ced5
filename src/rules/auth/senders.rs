//! Whether what is called by a machine knows which: by a signature or a shared secret.

use super::common::{has_word, last_name, reaches_any, with_bindings};
use crate::{
    facts::{ExpressionKind, Operator, vocabulary::Meaning},
    project::{Body, Call, FunctionRef, In, Project, Value},
};

/// A signature, a keyed digest or a shared secret is checked, here or in a function that is called; which.
pub(super) fn proves_sender(project: &Project, handler: FunctionRef) -> Option<&'static str> {
    // `export default verifySignature(handler)`.
    let is_wrapped = project.calls_with(Meaning::VerifySignature).any(|call| {
        let given = call.argument(0).and_then(Value::as_function);
        given.is_some_and(|given| given.at == handler)
    });
    if is_wrapped || reaches_any(project, handler, &[Meaning::VerifySignature]) {
        return Some("the signature is verified");
    }
    if reaches_any(project, handler, &[Meaning::ConstantTimeCompare]) {
        return Some("a secret is compared");
    }
    let body = project.body(handler);
    let mut bodies = vec![body];
    bodies.extend(body.calls_within().filter_map(Call::callee));
    let keyed = bodies.iter().any(|body| {
        body.calls_within().any(|call| {
            matches!(call.name(), "createHmac" | "constructEvent" | "constructEventAsync")
                || call.path().starts_with("hmac.")
                || has_word(call.name(), &["signature", "hmac"])
        })
    });
    if keyed {
        return Some("the signature is verified");
    }
    bodies.iter().any(|body| compares_secret(*body)).then_some("a shared secret is compared")
}

/// `authorization !== 'Bearer ' + process.env.CRON_SECRET`.
fn compares_secret(body: Body<'_>) -> bool {
    let span = body.function().span;
    body.unit().facts.expressions().any(|(id, expression)| {
        let ExpressionKind::Operation { operator: Operator::Equal | Operator::NotEqual, operands } =
            &expression.kind
        else {
            return false;
        };
        let value = body.project.value(In { file: body.at.file, id });
        span.contains(expression.span)
            && operands.iter().all(|&operand| is_chosen(value.sibling(operand)))
            && with_bindings(value).into_iter().any(names_secret)
    })
}

/// A secret that is compared with something written here is asked for, and not checked.
fn is_chosen(value: Value<'_>) -> bool {
    let is_undefined = matches!(value.kind(), ExpressionKind::Name(name) if name == "undefined");
    let is_type = value.source().starts_with("typeof ");
    !is_undefined
        && !is_type
        && !value.is_null()
        && value.text().is_none()
        && value.number().is_none()
        && value.boolean().is_none()
}

fn names_secret(part: Value<'_>) -> bool {
    let of_call = || part.as_call().and_then(|call| call.argument(0)).and_then(Value::text);
    let name = last_name(part).or_else(of_call);
    name.is_some_and(|name| has_word(name, &["secret", "token", "key", "signature"]))
}
