//! What the frameworks of Rust share: builders, extractors, and code that only tests run.

use super::{Candidate, Mount, Scope, What};
use crate::{
    facts::{
        ClassKind, ExpressionKind, File, Function, Language, Role, StatementId, StatementKind, Text,
    },
    project::{
        Body, Call, ClassRef, Definition, FunctionRef, In, Location, Project, Value,
        guards::{Assessment, Grade, Mode, split_words},
    },
};

/// The values that a `match`, `if` or block used as a value may have: the last expression of each branch.
pub(super) fn branch_values(value: Value<'_>) -> Vec<Value<'_>> {
    let ExpressionKind::Branches(statement) = value.kind() else { return Vec::new() };
    let mut found = Vec::new();
    values_of(value, *statement, &mut found);
    found
}

fn values_of<'p>(value: Value<'p>, statement: StatementId, found: &mut Vec<Value<'p>>) {
    let facts = value.project.facts(value.at.file);
    let mut last_of = |block: &[StatementId]| {
        if let Some(&last) = block.last() {
            values_of(value, last, found);
        }
    };
    match &facts[statement].kind {
        StatementKind::Expression(last) => found.push(value.sibling(*last)),
        StatementKind::If { then, otherwise, .. } => {
            last_of(then);
            last_of(otherwise);
        }
        StatementKind::Match { arms, .. } => arms.iter().for_each(|arm| last_of(&arm.body)),
        StatementKind::Block(block) => last_of(block),
        _ => {}
    }
}

/// Is this Rust that may serve?
pub(super) fn is_read(file: &File) -> bool {
    file.language == Language::Rust
        && !matches!(file.role, Role::Test | Role::Vendored | Role::Generated)
}

/// Is this function compiled for tests only?
pub(super) fn is_test(body: Body<'_>) -> bool {
    let function = body.function();
    let facts = &body.unit().facts;
    let of = |function: &Function| {
        function.decorators.iter().any(|&decorator| {
            let source = body.unit().file.slice(facts[decorator].span);
            source.ends_with("test")
                || source.starts_with("cfg(test")
                || source.starts_with("test(")
        })
    };
    of(function) || function.parent.is_some_and(|parent| of(&facts[parent]))
}

/// How something is mounted that nothing was seen to serve: perhaps by what could not be followed.
pub(super) fn unserved(project: &Project, unclear: Option<Location>) -> Mount {
    unclear.map_or(Mount::Partial, |unclear| {
        let file = &project.file(unclear.file).path;
        Mount::Dynamic(format!("{file}:{} mounts what cannot be followed", project.line(unclear)))
    })
}

/// Is this made by a call of a library, and by nothing that is kept in this project: `FileServer::from("pages")`,
/// but not `REGISTRY.routes()`?
pub(super) fn is_of_library(value: Value<'_>) -> bool {
    let Some(call) = value.unwrapped().as_call() else { return false };
    let is_library = call.path().contains('.') && !call.path().starts_with(['?', '.']);
    let is_kept = |receiver: Value<'_>| match receiver.as_call() {
        Some(_) => !is_of_library(receiver),
        None => receiver.project.bound(receiver.at).is_some() || receiver.as_parameter().is_some(),
    };
    call.callee().is_none() && is_library && !call.receiver().is_some_and(is_kept)
}

/// The class that a type written in `statement`'s file stands for.
fn class_of(project: &Project, value: Value<'_>) -> Option<ClassRef> {
    match value.resolve() {
        Definition::Class(class) => match project.instance_of(value.at) {
            // A type alias stands for what it names.
            Definition::Instance(aliased) => Some(aliased),
            _ => Some(class),
        },
        _ => None,
    }
}

/// The parameters of a handler whose type refuses requests: it takes itself out of the request by
/// one of `methods`.
pub(super) fn extractors(
    project: &Project,
    handler: FunctionRef,
    methods: &[&str],
) -> Vec<Candidate> {
    let body = project.body(handler);
    let mut found = Vec::new();
    for parameter in body.function().plain_parameters() {
        if let Some(annotation) = parameter.annotation {
            let value = project.value(In { file: handler.file, id: annotation });
            collect_extractors(project, value, methods, &mut found);
        }
    }
    found
}

fn collect_extractors(
    project: &Project,
    annotation: Value<'_>,
    methods: &[&str],
    found: &mut Vec<Candidate>,
) {
    match annotation.kind() {
        ExpressionKind::Index { object, .. } => {
            let wrapper = annotation.sibling(*object);
            let name = project.facts(annotation.at.file).last_segment(*object).unwrap_or_default();
            match name {
                // An optional guard lets everybody pass.
                "Option" | "Result" | "Either" => {}
                "Extension" | "ReqData" => found.extend(filled_in(annotation)),
                _ => collect_extractors(project, wrapper, methods, found),
            }
        }
        ExpressionKind::List(items) => {
            for &item in items {
                collect_extractors(project, annotation.sibling(item), methods, found);
            }
        }
        ExpressionKind::Name(_) | ExpressionKind::Member { .. } => {
            let what = match class_of(project, annotation) {
                Some(class) => {
                    let class = project.class(class);
                    let method = methods.iter().find_map(|method| class.method(method));
                    method.map(|method| What::Definition(Definition::Function(method.at)))
                }
                // Declared by a macro, or elsewhere.
                None => Some(What::Definition(
                    implementing(project, annotation, methods)
                        .unwrap_or_else(|| annotation.resolve()),
                )),
            };
            found.extend(what.map(|what| Candidate {
                what,
                name: Text::from(annotation.source()),
                location: annotation.location(),
                scope: Scope::Extractor,
                mode: Mode::Dependency,
            }));
        }
        _ => {}
    }
}

/// The `call` of the service that a layer of this project wraps around others: what a value is, or what the
/// function that makes it says it returns, implements `Layer`, whose `layer` makes that service.
pub(super) fn layered(value: Value<'_>) -> Option<Body<'_>> {
    let project = value.project;
    let made = value.as_call().and_then(Call::callee).and_then(|body| {
        let returns = body.function().returns?;
        Some(project.instance_of(In { file: body.at.file, id: returns }))
    });
    let made = made.unwrap_or_else(|| value.resolve());
    let (Definition::Instance(layer) | Definition::Class(layer)) = made else { return None };
    let layering = project.class(layer).method("layer")?;
    match layering.returned().next()?.resolve() {
        Definition::Instance(service) => project.class(service).method("call"),
        _ => None,
    }
}

/// `Extension<Claims>`: refuses a request in which nobody noted who is calling.
fn filled_in(annotation: Value<'_>) -> Option<Candidate> {
    const WORDS: [&str; 7] =
        ["user", "claims", "identity", "principal", "account", "member", "caller"];
    let ExpressionKind::Index { index, .. } = annotation.kind() else { return None };
    let inner = annotation.sibling(*index);
    let name = annotation.project.facts(annotation.at.file).last_segment(inner.at.id)?;
    let words = split_words(name);
    let noted = match words.as_slice() {
        [.., before, last] if last == "id" => before,
        [.., last] => last,
        [] => return None,
    };
    let assessment = Assessment {
        grade: Some(Grade::G2),
        why: "refuses unless an identity was filled in before".to_owned(),
        decided_at: None,
        role: false,
        weakness: None,
    };
    WORDS.contains(&noted.as_str()).then(|| Candidate {
        what: What::Assessed(assessment),
        name: Text::from(annotation.source()),
        location: annotation.location(),
        scope: Scope::Extractor,
        mode: Mode::Dependency,
    })
}

/// How a type takes itself out of a request that is known by its name alone, where only one block of the project
/// says so of such a name.
fn implementing(project: &Project, annotation: Value<'_>, methods: &[&str]) -> Option<Definition> {
    let name = project.facts(annotation.at.file).last_segment(annotation.at.id)?;
    let blocks =
        project.units().filter(|(_, unit)| is_read(&unit.file)).flat_map(|(file, unit)| {
            unit.facts.classes().map(move |(id, class)| (In { file, id }, class))
        });
    let mut found = blocks
        .filter(|(_, class)| class.kind == ClassKind::Implementation && class.name == name)
        .filter_map(|(at, _)| {
            let class = project.class(at);
            methods.iter().find_map(|method| class.method(method))
        });
    let first = found.next()?;
    found.next().is_none().then_some(Definition::Function(first.at))
}

/// The first line of what was written, for the name of a guard.
pub(super) fn written(value: Value<'_>) -> Text {
    let line = value.source().lines().next().unwrap_or_default();
    Text::from(line.char_indices().nth(80).map_or(line, |(end, _)| &line[..end]))
}

/// A guard that is an expression. What a library is known to make is judged by the vocabulary alone:
/// the words in its arguments say nothing.
pub(super) fn candidate(value: Value<'_>, scope: Scope, mode: Mode) -> Candidate {
    let path = value.as_call().map_or_else(|| value.path(), |call| Text::from(call.path()));
    let is_external = path.contains('.') && !path.starts_with(['?', '.']);
    Candidate {
        what: if is_external {
            What::Definition(Definition::External(path))
        } else {
            What::Expression(value.at)
        },
        name: written(value),
        location: value.location(),
        scope,
        mode,
    }
}

/// The texts of one path or of a list of them.
pub(super) fn paths(value: Value<'_>) -> Vec<Text> {
    let items = value.items().unwrap_or_else(|| vec![value]);
    items.into_iter().map(|item| path_text(item).unwrap_or_else(|| "/{?}".into())).collect()
}

/// Text of a path: a literal, a constant, or built of parts, of which the unknown become `{?}`.
pub(super) fn path_text(value: Value<'_>) -> Option<Text> {
    let constant = value.constant();
    match constant.kind() {
        ExpressionKind::Text(text) => Some(text.clone()),
        ExpressionKind::Concat(parts) => {
            let mut path = String::new();
            for &part in parts {
                match constant.sibling(part).text() {
                    Some(text) => path.push_str(text),
                    None => path.push_str("{?}"),
                }
            }
            Some(path.into())
        }
        _ => {
            // `PATH.as_str()`, `&path.to_string()`.
            let receiver = value.as_call()?.receiver()?;
            receiver.text().map(Text::from)
        }
    }
}
