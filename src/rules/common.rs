//! What several detectors ask.

use crate::{
    facts::{
        ExpressionId, ExpressionKind, Pattern, Runtime, StatementKind, Text, vocabulary::Meaning,
    },
    project::{
        Body, Call, FileId, FunctionRef, In, Location, Project, Route, Value,
        client::is_rust_of_browser,
        guards::split_words,
        operations::{self, Operation},
    },
};

pub(super) use crate::project::operations::chained;

/// A way in, as people name it.
pub(super) fn subject(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

/// Code that ships and does not run in a browser.
pub(super) fn is_server(project: &Project, id: FileId) -> bool {
    let file = project.file(id);
    file.is_shipped() && file.runtime != Runtime::Browser && !is_rust_of_browser(project, id)
}

/// The calls with a meaning, in code that ships and does not run in a browser.
pub(super) fn server_calls(project: &Project, meaning: Meaning) -> impl Iterator<Item = Call<'_>> {
    project.calls_with(meaning).filter(|call| is_server(project, call.file))
}

/// The last name of a dotted expression: `password` of `req.body.password` and of `body["password"]`.
pub(super) fn last_name(value: Value<'_>) -> Option<&str> {
    let value = value.unwrapped();
    match value.kind() {
        ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => Some(name),
        ExpressionKind::Index { index, .. } => match value.sibling(*index).kind() {
            ExpressionKind::Text(key) => Some(key),
            _ => None,
        },
        _ => None,
    }
}

/// `user.isAdmin = user.role === ADMIN`, `{ mine: post.author === me }`: told to others, decides nothing here.
pub(super) fn is_told(comparison: Value<'_>) -> bool {
    let facts = comparison.project.facts(comparison.at.file);
    let index = &comparison.project.unit(comparison.at.file).index;
    for ancestor in index.ancestors(comparison.at.id) {
        match &facts[ancestor].kind {
            ExpressionKind::Assign { target, .. } => {
                return matches!(facts[*target].kind, ExpressionKind::Member { .. });
            }
            ExpressionKind::Object(_) => return true,
            ExpressionKind::Call { .. } | ExpressionKind::Function(_) => return false,
            _ => {}
        }
    }
    place_assigned(comparison).is_some()
}

/// The `a.b` of the assignment `a.b = …` in whose statement a value stands.
pub(super) fn place_assigned(value: Value<'_>) -> Option<ExpressionId> {
    match value.project.facts(value.at.file)[value.statement()?.id].kind {
        StatementKind::Bind { target: Pattern::Place(place), .. } => Some(place),
        _ => None,
    }
}

/// The innermost function around a place.
pub(super) fn function_at(project: &Project, place: Location) -> Option<Body<'_>> {
    let functions = project.facts(place.file).functions();
    let around = functions.filter(|(_, function)| function.span.contains(place.span));
    let (id, _) = around.max_by_key(|(_, function)| function.span.start)?;
    Some(project.body(In { file: place.file, id }))
}

/// Is one of the words of `name` among `words`?
pub(super) fn has_word(name: &str, words: &[&str]) -> bool {
    split_words(name).iter().any(|word| words.contains(&word.as_str()))
}

/// The values that the names in `value` were bound to in its function and around it, the value itself
/// first: what an expression is made of, names looked through once.
pub(super) fn with_bindings(value: Value<'_>) -> Vec<Value<'_>> {
    let mut found = value.descendants();
    for part in value.descendants() {
        let ExpressionKind::Name(name) = part.kind() else { continue };
        found.extend(bindings(part, name).into_iter().flat_map(Value::descendants));
    }
    found
}

/// The values that `name`, used at `at`, is bound to.
pub(super) fn bindings<'p>(at: Value<'p>, name: &str) -> Vec<Value<'p>> {
    use crate::project::{Declaration, In};

    let unit = at.project.unit(at.at.file);
    let mut next = Some(unit.index.expression(at.at.id).function);
    while let Some(function) = next {
        let declarations = unit.index.declarations(function, name);
        if !declarations.is_empty() {
            let values = declarations.iter().filter_map(|declaration| match declaration {
                Declaration::Bound { value, .. } => *value,
                Declaration::Element { value, .. } => Some(*value),
                _ => None,
            });
            return values.map(|id| at.project.value(In { file: at.at.file, id })).collect();
        }
        next = unit.facts[function].parent;
    }
    Vec::new()
}

/// Does `function`, or one it calls, call something with one of these meanings?
pub(super) fn reaches_any(project: &Project, function: FunctionRef, wanted: &[Meaning]) -> bool {
    project.reaches(function, |meaning| wanted.contains(&meaning))
}

/// What a function does with stored data, itself or in the functions it calls.
pub(super) fn operations_of(
    project: &Project,
    function: FunctionRef,
) -> impl Iterator<Item = Operation<'_>> {
    let body = project.body(function);
    let callees = body.calls_within().filter_map(Call::callee);
    std::iter::once(body).chain(callees).flat_map(operations::in_function)
}

/// Calls that change something or cost something.
pub(super) const EFFECTS: [Meaning; 9] = [
    Meaning::DatabaseWrite,
    Meaning::FileWrite,
    Meaning::FileDelete,
    Meaning::ModelCall,
    Meaning::Payment,
    Meaning::SendMail,
    Meaning::QueuePublish,
    Meaning::ShellCommand,
    Meaning::ProcessSpawn,
];

/// Calls that read stored data.
pub(super) const READS: [Meaning; 4] =
    [Meaning::DatabaseRead, Meaning::SqlQuery, Meaning::DocumentQuery, Meaning::FileRead];

/// The names of a dotted path, calls included, innermost first: `db`, `users`, `find` of
/// `db.users.find()`.
pub(super) fn names_of(value: Value<'_>) -> Vec<Text> {
    let mut names = Vec::new();
    let mut value = value.unwrapped();
    loop {
        match value.kind() {
            ExpressionKind::Name(name) => {
                names.push(name.clone());
                break;
            }
            ExpressionKind::Member { object, name } => {
                names.push(name.clone());
                value = value.sibling(*object).unwrapped();
            }
            ExpressionKind::Index { object, .. } => value = value.sibling(*object).unwrapped(),
            ExpressionKind::Call { callee, .. } => value = value.sibling(*callee).unwrapped(),
            _ => break,
        }
    }
    names.reverse();
    names
}

/// Words in the name of a key that goes round the rules of a database.
const PRIVILEGED_KEYS: [&str; 6] =
    ["SERVICE_ROLE", "SERVICE_KEY", "SECRET_KEY", "ADMIN_KEY", "sb_secret_", "SERVICEROLE"];

/// Is `call` made on a client that goes round the rules of its database?
pub(super) fn is_privileged(call: Call<'_>) -> bool {
    let mut value = call.value();
    // Down to the object on which the whole chain hangs.
    loop {
        value = value.unwrapped();
        match value.kind() {
            ExpressionKind::Call { callee, .. } => value = value.sibling(*callee),
            ExpressionKind::Member { object, .. } => value = value.sibling(*object),
            _ => break,
        }
    }
    privileged_creation(value).is_some()
}

/// The call that made a client which goes round the rules of its database.
pub(super) fn privileged_creation(client: Value<'_>) -> Option<Call<'_>> {
    let crate::project::Origin::Created(at) = client.project.origin(client.at) else { return None };
    let created = client.project.call(at)?;
    makes_privileged(created).then_some(created)
}

/// Where nobody wrote rules for visitors, none are gone round: the program is the only client there is.
fn has_rules(created: Call<'_>) -> bool {
    let Some(files) = created.detail(Meaning::PrivilegedClient, "rules") else { return true };
    let is_rules = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        files.split(',').any(|file| file == name)
    };
    created.project.names().iter().any(is_rules)
}

/// Does this call make such a client?
pub(super) fn makes_privileged(created: Call<'_>) -> bool {
    if created.means(Meaning::PrivilegedClient) {
        return has_rules(created);
    }
    let creates = has_word(created.name(), &["client", "create"]);
    creates
        && created.arguments().iter().any(|argument| {
            let given = created.value().sibling(argument.value);
            with_bindings(given).into_iter().any(|part| {
                let source = match part.kind() {
                    ExpressionKind::Text(text) => text.as_str(),
                    ExpressionKind::Member { name, .. } | ExpressionKind::Name(name) => {
                        name.as_str()
                    }
                    _ => return false,
                };
                PRIVILEGED_KEYS.iter().any(|key| source.contains(key))
            })
        })
}
