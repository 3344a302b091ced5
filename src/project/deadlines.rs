//! How long a call to another service may take: by an option at the call, where its client was built, by
//! what encloses it, or by the library's default.

use super::{Call, FunctionRef, In, Location, Origin, Project, Value, views::Setting};
use crate::facts::{ExpressionId, ExpressionKind, StatementKind, vocabulary::Meaning};

/// What limits a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// It is set, in this place.
    Set(Location),
    /// The library's own limit, in seconds.
    Default(f64),
    /// There is none. The client that could have carried one, if it was built in this project.
    None(Option<Location>),
    /// It is switched off in this place.
    Off(Location),
    /// It may be set where it cannot be seen; why.
    Unknown(String),
}

/// The limit of a call that means `meaning`, whose clients mean `client`.
pub fn of(call: Call<'_>, meaning: Meaning, client: Meaning) -> Limit {
    let names: Vec<&str> = names_of(call.detail(meaning, "timeout"));
    if let Some(limit) = given(own_option(call, &names)) {
        return limit;
    }
    if let Some(limit) = in_chain(call, &names) {
        return limit;
    }
    if let Some(at) = enclosing(call) {
        return Limit::Set(at);
    }
    let project = call.project;
    let seconds = |row: Option<&str>| row.and_then(|text| text.parse::<f64>().ok());
    let own_default = call.detail(meaning, "default");
    let by_default = |built: Option<Call<'_>>| {
        let of_client = built.and_then(|built| built.detail(client, "default"));
        match seconds(own_default).or_else(|| seconds(of_client)) {
            Some(seconds) => Limit::Default(seconds),
            None => Limit::None(built.map(Call::location)),
        }
    };
    match client_of(call, client) {
        Client::Function => match assigned(call, &names) {
            Some(at) => Limit::Set(at),
            None => by_default(None),
        },
        Client::Built(built) => {
            of_client(built, client, call).unwrap_or_else(|| by_default(Some(built)))
        }
        Client::Unseen => {
            let library = library_of(call.path());
            let built: Vec<Call<'_>> = project
                .calls_with(client)
                .filter(|built| {
                    library.is_none_or(|library| library_of(built.path()) == Some(library))
                })
                .filter(|built| project.file(built.file).is_shipped())
                .collect();
            let limits: Vec<Option<Limit>> = built
                .iter()
                .map(|&built| {
                    let names = names_of(built.detail(client, "timeout"));
                    of_client(built, client, call).or_else(|| in_chain(built, &names))
                })
                .collect();
            match (built.first(), limits.first()) {
                (Some(_), Some(Some(first))) if limits.iter().all(Option::is_some) => first.clone(),
                (Some(&first), _) if limits.iter().all(Option::is_none) => by_default(Some(first)),
                (Some(_), _) => Limit::Unknown("some of the clients have a limit".to_owned()),
                (None, _) if own_default.is_some_and(|text| text != "none") => by_default(None),
                (None, _) => Limit::Unknown("where its client is built was not found".to_owned()),
            }
        }
    }
}

fn names_of(detail: Option<&str>) -> Vec<&str> {
    detail.map(|names| names.split(',').map(str::trim).collect()).unwrap_or_default()
}

fn library_of(path: &str) -> Option<&str> {
    let end = path.find('.').unwrap_or(path.len());
    let first = &path[..end];
    (!first.is_empty() && first != "?").then_some(first)
}

/// The option at the call. A value that is not written here may hold it only where its name says that it
/// holds options: the body of a request does not.
fn own_option<'p>(call: Call<'p>, names: &[&str]) -> Setting<'p> {
    const OPTIONS: [&str; 8] =
        ["option", "opts", "config", "init", "setting", "args", "params", "request"];
    let setting = call.any_option(names.iter().copied());
    if !matches!(setting, Setting::Unknown) || call.arguments().iter().any(|given| given.spread) {
        return setting;
    }
    let may_hold = call.positional().skip(1).any(|value| {
        let source = value.source().to_ascii_lowercase();
        let spreads = matches!(value.constant().kind(), ExpressionKind::Object(_));
        spreads || OPTIONS.iter().any(|word| source.contains(word))
    });
    if may_hold { setting } else { Setting::Absent }
}

fn given(setting: Setting<'_>) -> Option<Limit> {
    match setting {
        Setting::Given(value) if is_endless(value) => Some(Limit::Off(value.location())),
        Setting::Given(value) => Some(Limit::Set(value.location())),
        Setting::Unknown => Some(Limit::Unknown("its options are not written here".to_owned())),
        Setting::Absent => None,
    }
}

/// `None`, `0`, `Infinity`, `math.inf`.
fn is_endless(value: Value<'_>) -> bool {
    let last = value.project.facts(value.at.file).last_segment(value.at.id).unwrap_or_default();
    value.is_null() || value.number() == Some(0.0) || matches!(last, "Infinity" | "inf")
}

/// `.timeout(d)` before or behind the call in its chain of methods.
fn in_chain(call: Call<'_>, names: &[&str]) -> Option<Limit> {
    let is_limit = |name: &str| names.contains(&name) || matches!(name, "timeout" | "with_timeout");
    let mut receiver = call.receiver().and_then(Value::as_call);
    while let Some(inner) = receiver {
        if is_limit(inner.name()) && !inner.arguments().is_empty() {
            return Some(Limit::Set(inner.location()));
        }
        receiver = inner.receiver().and_then(Value::as_call);
    }
    let at = call.location().span;
    call.enclosing_calls()
        .find(|outer| {
            is_limit(outer.name())
                && outer.receiver().is_some_and(|receiver| receiver.location().span.contains(at))
        })
        .map(|outer| Limit::Set(outer.location()))
}

/// A deadline around the call, or around every call of the function it stands in.
fn enclosing(call: Call<'_>) -> Option<Location> {
    directly_enclosing(call).or_else(|| {
        let mut callers = call.project.callers(call.function().at).peekable();
        callers.peek()?;
        let mut first = None;
        for caller in callers {
            first = Some(directly_enclosing(caller)?);
        }
        first
    })
}

fn directly_enclosing(call: Call<'_>) -> Option<Location> {
    let project = call.project;
    if let Some(outer) = call.enclosing_calls().find(|outer| outer.means(Meaning::Deadline)) {
        return Some(outer.location());
    }
    let unit = project.unit(call.file);
    let value_means = |id| {
        let inner = project.value(In { file: call.file, id }).as_call();
        inner.filter(|inner| inner.means(Meaning::Deadline)).map(Call::location)
    };
    let statement = call.value().statement()?;
    for (outer, _) in unit.index.enclosing(statement.id) {
        if let StatementKind::With { items, .. } = &unit.facts[outer].kind
            && let Some(at) = items.iter().find_map(|&(value, _)| value_means(value))
        {
            return Some(at);
        }
    }
    in_function(project, call.function().at)
}

/// A deadline that the function builds and its calls are given: Go's contexts, a timer that aborts.
fn in_function(project: &Project, function: FunctionRef) -> Option<Location> {
    let body = project.body(function);
    let is_context =
        |call: &Call<'_>| call.means(Meaning::Deadline) && call.path().starts_with("context.");
    body.calls().find(is_context).map(Call::location)
}

enum Client<'p> {
    /// Called on a module: nothing carries options.
    Function,
    Built(Call<'p>),
    Unseen,
}

fn client_of(call: Call<'_>, client: Meaning) -> Client<'_> {
    let Some(mut at) = call.receiver() else {
        // An instance that is itself called: `api("/users")`.
        let Origin::Created(at) = call.project.origin(call.callee_value().at) else {
            return Client::Function;
        };
        let built = call.project.value(at).as_call();
        return built.filter(|built| built.means(client)).map_or(Client::Function, Client::Built);
    };
    // Up the chain, as far as members of a client go: `client.chat.completions`, `client.get(u).send()`.
    for _ in 0..8 {
        if let Some(built) = created(at, client) {
            return Client::Built(built);
        }
        at = match at.unwrapped().kind() {
            ExpressionKind::Member { object, .. } => at.unwrapped().sibling(*object),
            ExpressionKind::Call { callee, .. } => match at.unwrapped().sibling(*callee).kind() {
                ExpressionKind::Member { object, .. } => at.unwrapped().sibling(*object),
                _ => break,
            },
            _ => break,
        };
    }
    let is_library = call.path().split('.').next().is_some_and(|first| first != "?");
    let through_instance = call.path().contains("()");
    if is_library && !through_instance { Client::Function } else { Client::Unseen }
}

/// The call that built the value, if it is one that builds clients.
fn created(value: Value<'_>, client: Meaning) -> Option<Call<'_>> {
    let own = value.as_call();
    let built = match call_origin(value) {
        Some(built) => Some(built),
        None => own,
    }?;
    let mut next = Some(built);
    while let Some(call) = next {
        if call.means(client) {
            return Some(built);
        }
        next = call.receiver().and_then(Value::as_call);
    }
    None
}

fn call_origin(value: Value<'_>) -> Option<Call<'_>> {
    match value.project.origin(value.at) {
        Origin::Created(at) => value.project.value(at).as_call(),
        Origin::Parameter(function, position) => {
            argument_of_callers(value.project, function, position)
        }
        Origin::Unknown => None,
    }
}

/// What the only caller gives.
fn argument_of_callers(
    project: &Project,
    function: FunctionRef,
    position: u32,
) -> Option<Call<'_>> {
    let mut callers = project.callers(function);
    let caller = callers.next()?;
    if callers.next().is_some() {
        return None;
    }
    let value = caller.argument(position as usize)?;
    match project.origin(value.at) {
        Origin::Created(at) => project.value(at).as_call(),
        _ => None,
    }
}

/// The limit that a client carries, if it carries one.
fn of_client(built: Call<'_>, client: Meaning, call: Call<'_>) -> Option<Limit> {
    let mut names = names_of(call.detail(Meaning::HttpRequest, "timeout"));
    let mut next = Some(built);
    while let Some(step) = next {
        names.extend(names_of(step.detail(client, "timeout")));
        let is_limit = names.contains(&step.name()) || step.name() == "timeout";
        if is_limit && !step.arguments().is_empty() {
            return Some(Limit::Set(step.location()));
        }
        if let Some(limit) = given(step.any_option(names.iter().copied())) {
            return Some(limit);
        }
        next = step.receiver().and_then(Value::as_call);
    }
    assigned(built, &names).map(Limit::Set)
}

/// `client.timeout = 5`, `client.defaults.timeout = 5`, `client.setTimeout(5)`, on the same name.
fn assigned(call: Call<'_>, names: &[&str]) -> Option<Location> {
    let project = call.project;
    let unit = project.unit(call.file);
    let mut owners: Vec<&str> = Vec::new();
    if let Some(receiver) = call.receiver() {
        owners.extend(receiver.source().split('.').next());
    }
    let bound = call.value().statement().map(|statement| &unit.facts[statement.id].kind);
    if let Some(StatementKind::Bind { target, .. }) = bound {
        target.each_name(&mut |name| owners.push(name));
    }
    let is_limit =
        |name: &str| names.contains(&name) || name.to_ascii_lowercase().ends_with("timeout");
    let is_own = |id: ExpressionId| {
        let source = unit.file.slice(unit.facts[id].span);
        let first = source.split(['.', '(']).next().unwrap_or_default();
        owners.contains(&first)
    };
    for statement in &unit.facts.statements {
        if let StatementKind::Bind { target: crate::facts::Pattern::Place(place), .. } =
            &statement.kind
            && unit.facts.last_segment(*place).is_some_and(is_limit)
            && is_own(*place)
        {
            return Some(project.location(call.file, statement.span));
        }
    }
    let setter = project.calls_in(call.file).find(|other| {
        let sets = is_limit(other.name()) || other.name() == "mount";
        sets && other.receiver().is_some_and(|receiver| is_own(receiver.at.id))
    });
    setter.map(Call::location)
}
