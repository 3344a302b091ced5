//! Who asks a function that decodes what a token says, and whether they verify that token.

use crate::{
    facts::vocabulary::Meaning,
    project::{Call, Value, provenance::Provenance},
    rules::common::is_server,
};

/// The callers that leave the token unverified, where others look at what it says to choose the key:
/// `let user = find(claims(token).id)`, then `verify(token, user.key)`. None where nobody verifies it.
pub(super) fn careless(decoding: Call<'_>) -> Option<Vec<Call<'_>>> {
    let callers = decoding.project.callers(decoding.function().at);
    let callers = callers.filter(|caller| is_server(decoding.project, caller.file));
    let (careful, mut careless): (Vec<_>, Vec<_>) =
        callers.partition(|caller| verifies(decoding, *caller));
    if !careless.is_empty() {
        // `ctx.state.auth.token`: a guard verified it before.
        let provenance = Provenance::new(decoding.project);
        careless.retain(|caller| {
            !token_of(decoding, *caller).is_some_and(|token| provenance.is_principal(token))
        });
    }
    (!careful.is_empty()).then_some(careless)
}

/// Is the token that `caller` hands over given to a verification in the same function, or to a function that reaches
/// one?
fn verifies(decoding: Call<'_>, caller: Call<'_>) -> bool {
    let Some(token) = token_of(decoding, caller).map(Value::source) else { return false };
    let reaches = |other: Call<'_>| {
        other.callees().into_iter().any(|callee| {
            callee.at != caller.function().at
                && callee.project.reaches(callee.at, |meaning| meaning == Meaning::VerifyCredential)
        })
    };
    caller.function().calls_within().any(|other| {
        other.id() != caller.id()
            && other.positional().any(|given| given.source() == token)
            && (other.means(Meaning::VerifyCredential) || reaches(other))
    })
}

/// What `caller` gives for the parameter that is decoded.
fn token_of<'p>(decoding: Call<'p>, caller: Call<'p>) -> Option<Value<'p>> {
    let parameter = decoding.argument(0).and_then(Value::as_parameter);
    match parameter.filter(|(function, _)| *function == decoding.function().at) {
        Some((_, number)) => caller.passed(decoding.function(), number),
        None => caller.argument(0),
    }
}
