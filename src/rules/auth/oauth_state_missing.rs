use super::flows::{speaks_of, values};
use crate::{
    facts::{EntryKey, ExpressionKind, vocabulary::Meaning},
    project::{Body, Call, Project, Value, views::Setting},
    rules::Sites,
};

/// What ties the answer of the provider to the browser that asked.
const TIES: [&str; 5] = ["state", "nonce", "pkce", "challenge", "verifier"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for body in project.functions().filter(|body| body.unit().file.is_shipped()) {
        if let Some(address) = asks_provider(body) {
            judge(body, address, "the address of the provider", sites);
        }
        if let Some(exchange) = exchanges_code(body) {
            judge(body, exchange.value(), "the exchange of the code", sites);
        }
    }
}

fn judge(body: Body<'_>, at: Value<'_>, what: &str, sites: &mut Sites) {
    let name = body.display_name();
    if speaks_of(body, &TIES) {
        sites.holds(at.location(), name, "a state or a challenge goes with it");
    } else {
        let message = format!("{what} carries nothing that ties the answer to this browser");
        sites.gap(at.location(), name, message);
    }
}

/// An address to which somebody is sent to sign in: `…/authorize?client_id=…&response_type=code`.
fn asks_provider(body: Body<'_>) -> Option<Value<'_>> {
    own_values(body).find(|value| match value.kind() {
        ExpressionKind::Text(_) | ExpressionKind::Concat(_) => {
            let written = value.source();
            written.contains("client_id=")
                && written.contains("redirect_uri=")
                && (written.contains("response_type=") || written.contains("/authorize"))
        }
        ExpressionKind::Object(entries) => {
            let has = |wanted: &str| {
                entries
                    .iter()
                    .any(|entry| matches!(&entry.key, EntryKey::Name(key) if key == wanted))
            };
            let is_open = entries.iter().any(|entry| matches!(entry.key, EntryKey::Spread));
            has("client_id") && has("redirect_uri") && has("response_type") && !is_open
        }
        _ => false,
    })
}

/// A request that hands a code of the caller to the provider for a token.
fn exchanges_code(body: Body<'_>) -> Option<Call<'_>> {
    body.calls().find(|call| {
        call.means(Meaning::HttpRequest)
            && call.arguments().iter().any(|argument| {
                let parts = super::common::with_bindings(call.value().sibling(argument.value));
                parts.iter().any(|part| {
                    matches!(part.entry("grant_type"), Setting::Given(kind) if kind.text() == Some("authorization_code"))
                })
            })
    })
}

/// The expressions of a function, without those of functions inside it.
fn own_values(body: Body<'_>) -> impl Iterator<Item = Value<'_>> {
    values(body).filter(move |value| value.function().at == body.at)
}
