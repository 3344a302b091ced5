//! What the parameters of handlers declare, and the schemas that they hand to a helper.

use super::EFFECTS;
use crate::{
    facts::{ExpressionKind, Language, Parameter, Pattern, StatementKind, vocabulary::Meaning},
    project::{
        Body, Call, Definition, In, Location, Project, Route, Type, Value, flow::schema_parameter,
        guards::dependency::asked_by,
    },
    rules::Sites,
};

/// Annotations of Java's beans that say what fits.
const CONSTRAINTS: [&str; 22] = [
    "NotNull",
    "NotBlank",
    "NotEmpty",
    "Size",
    "Length",
    "Min",
    "Max",
    "DecimalMin",
    "DecimalMax",
    "Positive",
    "PositiveOrZero",
    "Negative",
    "Email",
    "Pattern",
    "Past",
    "PastOrPresent",
    "Future",
    "FutureOrPresent",
    "Digits",
    "Range",
    "URL",
    "AssertTrue",
];

pub(super) fn collect(project: &Project, sites: &mut Sites) {
    let mut seen = Vec::new();
    for route in project.routes().iter().filter(|route| route.ships(project)) {
        let Some(handler) = route.handler.filter(|handler| !seen.contains(handler)) else {
            continue;
        };
        seen.push(handler);
        let body = project.body(handler);
        match project.file(handler.file).language {
            Language::Java => of_java(body, sites),
            Language::Python => of_python(route, body, sites),
            Language::Rust => of_rust(body, sites),
            language if language.is_script() => of_script(body, sites),
            _ => {}
        }
    }
}

fn of_java(handler: Body<'_>, sites: &mut Sites) {
    for parameter in &handler.function().parameters {
        let Some(class) = declared_class(handler, parameter) else { continue };
        let is_body = is_marked(handler, parameter, &["RequestBody"]);
        let is_checked = is_marked(handler, parameter, &["Valid", "Validated"]);
        let place = Location { file: handler.at.file, span: parameter.span };
        if is_checked {
            let fact = format!("`{}` is checked before the handler runs", class.name());
            sites.holds(place, class.name(), fact);
        } else if is_body && has_constraints(class) {
            let message = format!("what `{}` demands of its fields is never checked", class.name());
            sites.gap(place, class.name(), message).because(class.location(), "its constraints");
        }
    }
}

fn is_marked(handler: Body<'_>, parameter: &Parameter, names: &[&str]) -> bool {
    let facts = handler.project.facts(handler.at.file);
    let mut decorators = parameter.decorators.iter();
    decorators.any(|&id| facts.last_segment(id).is_some_and(|name| names.contains(&name)))
}

fn has_constraints(class: Type<'_>) -> bool {
    let facts = class.project.facts(class.at.file);
    class.class().fields.iter().flat_map(|field| &field.decorators).any(|&decorator| {
        facts.last_segment(decorator).is_some_and(|name| CONSTRAINTS.contains(&name))
    })
}

fn of_python(route: &Route, handler: Body<'_>, sites: &mut Sites) {
    if !handler.project.vocabulary().has(route.framework, Meaning::TypedBody) {
        return;
    }
    let asked = asked_by(handler);
    for parameter in handler.function().plain_parameters() {
        let place = Location { file: handler.at.file, span: parameter.span };
        let Some(annotation) = annotation(handler, parameter) else { continue };
        if asked.iter().any(|(name, _)| *name == parameter.name()) {
            continue;
        }
        let name = parameter.name().map_or("the body", |name| name.as_str());
        if let Some(class) = declared_class(handler, parameter) {
            sites.holds(place, name, format!("`{}` says what fits", class.name()));
        } else if is_anything(annotation) && route.is_written_to() && takes_effect(handler) {
            let message = format!("`{name}` takes effect without being checked against a schema");
            sites.gap(place, name, message);
        }
    }
}

/// `dict`, `dict[str, Any]`, `list[dict]`
fn is_anything(annotation: Value<'_>) -> bool {
    match annotation.kind() {
        ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => {
            matches!(name.as_str(), "dict" | "Dict" | "Any" | "Mapping" | "MutableMapping")
        }
        ExpressionKind::Index { object, index } => {
            is_anything(annotation.sibling(*object))
                || matches!(annotation.sibling(*object).source(), "list" | "List")
                    && is_anything(annotation.sibling(*index))
        }
        _ => false,
    }
}

/// `Json<NewNote>`: what does not fit the type does not come in.
fn of_rust(handler: Body<'_>, sites: &mut Sites) {
    for parameter in handler.function().plain_parameters() {
        let Some(annotation) = annotation(handler, parameter) else { continue };
        let is_body = matches!(annotation.kind(), ExpressionKind::Index { .. })
            && annotation.source().contains("Json");
        if let Some(class) = declared_class(handler, parameter).filter(|_| is_body) {
            let place = Location { file: handler.at.file, span: parameter.span };
            sites.holds(place, class.name(), format!("`{}` says what fits", class.name()));
        }
    }
}

/// Schemas that the handler uses itself, or hands to a function that reads the body.
fn of_script(handler: Body<'_>, sites: &mut Sites) {
    for call in handler.calls_within() {
        if call.means(Meaning::ValidateSchema) {
            sites.holds(call.location(), call.name(), "it is checked against a schema");
            continue;
        }
        let Some(callee) = call.callee() else { continue };
        let Some(number) = schema_parameter(callee) else { continue };
        if call.passed(callee, number).is_some() {
            sites.holds(call.location(), call.name(), "it is checked against a schema");
        } else if yields_body(call) && takes_effect(handler) {
            let message =
                format!("`{}` is given no schema, and what it yields takes effect", call.name());
            sites.gap(call.location(), call.name(), message);
        }
    }
}

/// `const { body } = await parse(request)`
fn yields_body(call: Call<'_>) -> bool {
    let Some(statement) = call.value().statement() else { return false };
    match &call.project.facts(statement.file)[statement.id].kind {
        StatementKind::Bind { target: Pattern::Fields { fields, .. }, .. } => {
            fields.iter().any(|(name, _)| name == "body")
        }
        _ => false,
    }
}

fn takes_effect(handler: Body<'_>) -> bool {
    handler.project.reaches(handler.at, |meaning| EFFECTS.contains(&meaning))
}

fn annotation<'p>(handler: Body<'p>, parameter: &Parameter) -> Option<Value<'p>> {
    let id = parameter.annotation?;
    Some(handler.project.value(In { file: handler.at.file, id }))
}

/// The class of this project that a parameter is declared to be, or to carry.
fn declared_class<'p>(handler: Body<'p>, parameter: &Parameter) -> Option<Type<'p>> {
    let parts = annotation(handler, parameter)?.descendants();
    parts.into_iter().find_map(|part| match part.resolve() {
        Definition::Class(class) => Some(handler.project.class(class)),
        _ => None,
    })
}
