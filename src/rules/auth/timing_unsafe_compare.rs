use super::common::{has_word, is_server, last_name, server_calls, with_bindings};
use crate::{
    facts::{ExpressionKind, Operator, vocabulary::Meaning},
    project::{
        In, Project, Value,
        provenance::{Provenance, Sources},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let provenance = Provenance::new(project);
    for (file, unit) in project.units().filter(|&(file, _)| is_server(project, file)) {
        for (id, expression) in unit.facts.expressions() {
            let ExpressionKind::Operation {
                operator: Operator::Equal | Operator::NotEqual,
                operands,
            } = &expression.kind
            else {
                continue;
            };
            let [first, second] = operands[..] else { continue };
            let sides = [first, second].map(|id| project.value(In { file, id }));
            let compares =
                [(sides[0], sides[1]), (sides[1], sides[0])].into_iter().any(|(known, given)| {
                    is_secret(known, &provenance) && is_given(given, &provenance)
                });
            if compares {
                let place = project.value(In { file, id }).location();
                let message =
                    "a secret is compared letter by letter, and the time it takes tells how far";
                sites.gap(place, "secret comparison", message);
            }
        }
    }
    for call in server_calls(project, Meaning::ConstantTimeCompare) {
        sites.holds(
            call.location(),
            "secret comparison",
            format!("`{}` takes the same time", call.name()),
        );
    }
}

/// A key of the deployment, or a digest that was made with one.
fn is_secret<'p>(value: Value<'p>, provenance: &Provenance<'p>) -> bool {
    let made = with_bindings(value).into_iter().filter_map(Value::as_call).any(|call| {
        call.means(Meaning::TakesSecretKey) && has_word(call.path(), &["hmac", "createhmac"])
            || has_word(call.name(), &["hmac"])
            || call.name() == "createHmac"
    });
    let sounds = with_bindings(value).into_iter().any(|part| {
        let name = part
            .as_call()
            .and_then(|call| call.argument(0))
            .and_then(Value::text)
            .or_else(|| last_name(part));
        name.is_some_and(|name| has_word(name, &["secret", "key", "token", "apikey"]))
    });
    made || sounds && provenance.of(value).any(Sources::ENVIRONMENT)
}

fn is_given<'p>(value: Value<'p>, provenance: &Provenance<'p>) -> bool {
    let sources = provenance.of(value);
    sources.any(Sources::REQUEST) && !sources.any(Sources::ENVIRONMENT)
}
