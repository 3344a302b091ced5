use crate::{
    facts::{ExpressionKind, Language, vocabulary::Meaning},
    project::{Call, Project, Value},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in project.calls_with(Meaning::ParseXml) {
        if !call.source_file().is_shipped() {
            continue;
        }
        match entities(call) {
            Some(true) => {
                let message = "the parser resolves entities that the document declares";
                sites.gap(call.location(), call.name(), message);
            }
            Some(false) => {
                sites.holds(call.location(), call.name(), "entities are not resolved");
            }
            None => {}
        }
    }
}

/// Does the parser resolve external entities? Not asked of calls that only use a parser.
fn entities(call: Call<'_>) -> Option<bool> {
    let body = call.function();
    match call.source_file().language {
        Language::Python | Language::Notebook => {
            let turned_on = body.calls().any(|other| {
                other.name() == "setFeature"
                    && other
                        .argument(0)
                        .is_some_and(|feature| feature.source().contains("external_ges"))
                    && other.argument(1).is_some_and(|value| {
                        !matches!(value.constant().kind(), ExpressionKind::Bool(false))
                    })
            });
            if call.path().starts_with("lxml") && call.name() == "XMLParser" {
                let option = call.option("resolve_entities").given();
                return option.and_then(Value::boolean);
            }
            // The parsers of the standard library leave entities alone unless told otherwise.
            let uses_parser = call.arguments().len() > 1;
            match (turned_on, uses_parser) {
                (true, true) => Some(true),
                _ if call.path().starts_with("lxml") => None,
                (false, _) => Some(false),
                _ => None,
            }
        }
        Language::Java => {
            let is_factory =
                matches!(call.name(), "newInstance" | "newFactory" | "SAXBuilder" | "SAXReader");
            if !is_factory {
                return None;
            }
            let is_restricted = body.calls().any(|other| {
                let source = other
                    .arguments()
                    .first()
                    .map(|argument| other.value().sibling(argument.value).source().to_lowercase());
                matches!(other.name(), "setFeature" | "setProperty" | "setAttribute")
                    && source.is_some_and(|source| {
                        [
                            "disallow-doctype",
                            "external-general",
                            "accessexternaldtd",
                            "access_external_dtd",
                            "secure_processing",
                            "supportdtd",
                            "support_dtd",
                            "is_supporting_external_entities",
                        ]
                        .iter()
                        .any(|word| source.contains(word))
                    })
            });
            Some(!is_restricted)
        }
        language if language.is_script() => {
            let option = call
                .option("noent")
                .given()
                .or_else(|| call.option("resolveExternalEntities").given());
            option.and_then(Value::boolean)
        }
        _ => None,
    }
}
