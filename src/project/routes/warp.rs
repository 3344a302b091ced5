//! warp: filters that are joined by `and`, and offered side by side by `or`.
//!
//! A filter is an expression; what it answers is found by following it through variables and the functions that
//! return filters. What is joined in front of a handler and can refuse is a guard.

use std::collections::BTreeSet;

use super::{
    Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What,
    express::join_paths,
    rust::{branch_values, candidate, is_read, is_test, path_text, written},
};
use crate::{
    facts::{CallStyle, ExpressionKind, Text},
    project::{
        Call, Declaration, ExpressionRef, In, Location, Project, Value,
        guards::{Assessment, Grade, Mode},
    },
};

/// Steps that reading one server may take: alternatives multiply.
const STEPS_MAX: u32 = 20_000;

/// More alternatives than this are cut: only generated servers have them.
const WAYS_MAX: usize = 2_000;

/// How many names and functions deep filters are followed.
const DEPTH_MAX: usize = 16;

/// One way through a filter.
#[derive(Clone, Default)]
struct Way<'p> {
    path: Text,
    method: Option<&'static str>,
    kind: Option<RouteKind>,
    /// Outermost first.
    chain: Vec<Candidate>,
    handler: Option<Value<'p>>,
    location: Option<Location>,
    /// What answers was joined on, and may only hand a value to what follows.
    is_part: bool,
    /// What answers may refuse.
    may_refuse: bool,
}

/// The call whose function's body is being read: its arguments are the parameters.
#[derive(Clone, Copy)]
struct Frame<'f, 'p> {
    call: Call<'p>,
    outer: Option<&'f Frame<'f, 'p>>,
}

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let files = project.units().filter(|(_, unit)| is_read(&unit.file));
    let ours = files.filter(|(_, unit)| unit.file.text.contains("warp"));
    let files: Vec<_> = ours.map(|(file, _)| file).collect();
    let calls = || files.iter().flat_map(|&file| project.calls_in(file));
    let mut reader = Reader::default();
    let mut found = Vec::new();
    for call in calls().filter(|call| matches!(call.path(), "warp.serve" | "warp.service")) {
        if let Some(filter) = call.argument(0).filter(|_| !is_test(call.function())) {
            reader.steps = STEPS_MAX;
            let ways = reader.filter(filter, None, 0);
            found.extend(ways.into_iter().map(|way| (way, Mount::Resolved, call.location())));
        }
    }
    if let Some(unclear) = reader.unclear {
        let file = &project.file(unclear.file).path;
        let why = format!("{file}:{} serves what cannot be followed", project.line(unclear));
        // What other functions answer may be served there.
        for call in calls().filter(|call| is_end(*call) && !is_test(call.function())) {
            if !reader.seen.contains(&call.at()) {
                reader.steps = STEPS_MAX;
                let ways = reader.filter(call.value(), None, 0);
                let mount = Mount::Dynamic(why.clone());
                found.extend(ways.into_iter().map(|way| (way, mount.clone(), call.location())));
            }
        }
    }
    // Behind a guard that may be left out, the way without it counts.
    found.sort_by_key(|(way, _, _)| way.chain.len());
    let mut listed = BTreeSet::new();
    for (way, mount, root) in found {
        let Some((handler, location)) = way.handler.zip(way.location) else { continue };
        let method = way.method.unwrap_or("ANY");
        if listed.insert((location, method, way.path.clone())) {
            drafts.push(Draft {
                kind: way.kind.unwrap_or(RouteKind::Http),
                method: method.into(),
                path: join_paths("", &way.path),
                framework: "warp",
                location,
                handler: Handler::Expression(handler.at),
                chain: way.chain,
                mount,
                root: Some(Root::Router(root)),
            });
        }
    }
}

/// The last link of a filter that answers.
fn is_end(call: Call<'_>) -> bool {
    let joins = |call: Call<'_>| matches!(call.name(), "and_then" | "then" | "map");
    joins(call)
        && !call.enclosing_calls().any(|outer| matches!(outer.name(), "and" | "or") || joins(outer))
        && starts_at_filter(call.value())
}

fn starts_at_filter(value: Value<'_>) -> bool {
    let mut value = value.unwrapped();
    while let Some(call) = value.as_call() {
        if call.path().starts_with("warp.") {
            return true;
        }
        match call.receiver() {
            Some(receiver) => value = receiver.unwrapped(),
            None => return false,
        }
    }
    false
}

#[derive(Default)]
struct Reader {
    steps: u32,
    /// The expressions that were read as part of a server.
    seen: BTreeSet<ExpressionRef>,
    /// Where a filter could not be followed.
    unclear: Option<Location>,
}

impl Reader {
    /// The ways through a filter; none where it cannot be followed.
    fn filter<'p>(
        &mut self,
        value: Value<'p>,
        frame: Option<&Frame<'_, 'p>>,
        depth: usize,
    ) -> Vec<Way<'p>> {
        let value = value.unwrapped();
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 || depth > DEPTH_MAX {
            return Vec::new();
        }
        self.seen.insert(value.at);
        match value.kind() {
            ExpressionKind::Call { .. } => match value.as_call() {
                Some(call) => self.call(call, frame, depth),
                None => Vec::new(),
            },
            ExpressionKind::Name(_) => self.name(value, frame, depth),
            ExpressionKind::Branches(_) => {
                let values = branch_values(value);
                values.into_iter().flat_map(|value| self.filter(value, frame, depth + 1)).collect()
            }
            _ => self.cannot_follow(value),
        }
    }

    fn cannot_follow<'p>(&mut self, value: Value<'p>) -> Vec<Way<'p>> {
        self.unclear.get_or_insert(value.location());
        Vec::new()
    }

    fn name<'p>(
        &mut self,
        value: Value<'p>,
        frame: Option<&Frame<'_, 'p>>,
        depth: usize,
    ) -> Vec<Way<'p>> {
        let project = value.project;
        match project.binding(value.at) {
            Some((scope, Declaration::Bound { value: Some(bound), .. })) => {
                let bound = project.value(In { file: scope.file, id: *bound });
                if bound.at == value.at { Vec::new() } else { self.filter(bound, frame, depth + 1) }
            }
            Some((scope, Declaration::Parameter(number, _))) => {
                let called = frame
                    .filter(|frame| frame.call.callee().map(|callee| callee.at) == Some(scope));
                match called.and_then(|frame| Some((frame.call.argument(*number)?, frame.outer))) {
                    Some((argument, outer)) => self.filter(argument, outer, depth + 1),
                    None => self.cannot_follow(value),
                }
            }
            _ => self.cannot_follow(value),
        }
    }

    fn call<'p>(
        &mut self,
        call: Call<'p>,
        frame: Option<&Frame<'_, 'p>>,
        depth: usize,
    ) -> Vec<Way<'p>> {
        if let Some(way) = own_filter(call) {
            return vec![way];
        }
        let argument = call.argument(0);
        let Some(receiver) = call.receiver().filter(|_| call.callee().is_none()) else {
            return self.function(call, frame, depth);
        };
        let joined = |reader: &mut Self| reader.filter(receiver, frame, depth);
        match (call.name(), argument) {
            ("and", Some(other)) => {
                let first = joined(self);
                let second = self.filter(other, frame, depth);
                both(&first, &second)
            }
            ("or", Some(other)) => {
                let mut ways = joined(self);
                ways.extend(self.filter(other, frame, depth));
                ways
            }
            ("and_then" | "then", Some(function)) => {
                joined(self).into_iter().map(|way| answered(way, function, call, true)).collect()
            }
            ("map", Some(function)) => {
                joined(self).into_iter().map(|way| answered(way, function, call, false)).collect()
            }
            // Whoever is refused may come in all the same.
            ("or_else", Some(_)) => {
                let open = |way: Way<'p>| Way { chain: Vec::new(), handler: None, ..way };
                let ways = joined(self);
                ways.into_iter()
                    .map(|way| if way.handler.is_some() { open(way) } else { way })
                    .collect()
            }
            _ => joined(self),
        }
    }

    /// A function of this project that returns a filter.
    fn function<'p>(
        &mut self,
        call: Call<'p>,
        frame: Option<&Frame<'_, 'p>>,
        depth: usize,
    ) -> Vec<Way<'p>> {
        let Some(body) = call.callee() else {
            // Another library's filter refuses or not: what is known of it is in the vocabulary.
            let guard = candidate(call.value(), Scope::Route, Mode::Dependency);
            return vec![Way { chain: vec![guard], ..Way::default() }];
        };
        let inner = Frame { call, outer: frame };
        let returned: Vec<Value<'p>> = body.returned().collect();
        returned.into_iter().flat_map(|value| self.filter(value, Some(&inner), depth + 1)).collect()
    }
}

/// A filter of warp's own, where it matters what it is: a path, a method, a socket, a header.
fn own_filter(call: Call<'_>) -> Option<Way<'_>> {
    // A method of a filter has the filter's own path before it.
    let name = call.path().strip_prefix("warp.").filter(|name| !name.contains("()"))?;
    let name = name.trim_start_matches("filters.");
    let way = Way::default();
    let verb = name.strip_prefix("method.").unwrap_or(name);
    let methods = ["get", "post", "put", "patch", "delete", "head", "options"];
    let verbs = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    if let Some(found) = methods.iter().position(|method| *method == verb) {
        return Some(Way { method: Some(verbs[found]), ..way });
    }
    Some(match name {
        "path" | "path.path" if call.style() == CallStyle::Macro => {
            let path = call.argument(0).map(segments).unwrap_or_default();
            Way { path: path.into(), ..way }
        }
        "path" | "path.path" => {
            let path = call.argument(0).and_then(path_text).unwrap_or_else(|| "{?}".into());
            Way { path, ..way }
        }
        "path.param" => Way { path: "{?}".into(), ..way },
        "path.tail" => Way { path: "{?*}".into(), ..way },
        "ws" | "ws.ws" => Way { kind: Some(RouteKind::WebSocket), ..way },
        "header.exact" | "header.exact_ignore_case" => {
            Way { chain: fixed_header(call).into_iter().collect(), ..way }
        }
        _ => way,
    })
}

/// `"todos" / u64 / "items"` as a path; a type stands for a part that a request chooses.
fn segments(value: Value<'_>) -> String {
    match value.kind() {
        ExpressionKind::Text(text) => text.to_string(),
        ExpressionKind::Operation { operands, .. } => {
            let parts: Vec<String> =
                operands.iter().map(|&part| segments(value.sibling(part))).collect();
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
        }
        ExpressionKind::Name(_) | ExpressionKind::Member { .. } => "{?}".to_owned(),
        _ => String::new(),
    }
}

/// `warp::header::exact("authorization", …)`: only those who know the value come in.
fn fixed_header(call: Call<'_>) -> Option<Candidate> {
    let name = call.argument(0)?.text()?.to_ascii_lowercase();
    let is_credential =
        ["authorization", "token", "key", "secret"].iter().any(|word| name.contains(word));
    is_credential.then(|| Candidate {
        what: What::Assessed(Assessment {
            grade: Some(Grade::G2),
            why: "compares the credential with a value of its own".to_owned(),
            decided_at: Some(call.location()),
            role: false,
            weakness: None,
        }),
        name: written(call.value()),
        location: call.location(),
        scope: Scope::Route,
        mode: Mode::Dependency,
    })
}

/// Every way through the one filter followed by every way through the other.
fn both<'p>(first: &[Way<'p>], second: &[Way<'p>]) -> Vec<Way<'p>> {
    let mut ways = Vec::new();
    for one in first {
        for other in second.iter().take(WAYS_MAX.saturating_sub(ways.len())) {
            let mut chain = one.chain.clone();
            // What answered before something else follows was asked whether it lets the request pass.
            chain.extend(one.handler.filter(|_| one.may_refuse).map(guard));
            chain.extend(other.chain.iter().cloned());
            let (handler, location) = (other.handler, other.location);
            ways.push(Way {
                path: join_paths(&one.path, &other.path).trim_start_matches('/').into(),
                method: other.method.or(one.method),
                kind: other.kind.or(one.kind),
                chain,
                handler,
                location,
                is_part: handler.is_some(),
                may_refuse: other.may_refuse,
            });
        }
    }
    ways
}

fn guard(function: Value<'_>) -> Candidate {
    candidate(function, Scope::Route, Mode::Dependency)
}

/// A way whose values are given to a function. What `map` is given after a handler works on its answer.
fn answered<'p>(
    mut way: Way<'p>,
    function: Value<'p>,
    call: Call<'p>,
    may_refuse: bool,
) -> Way<'p> {
    if let Some(before) = way.handler {
        if !may_refuse && !way.is_part {
            return way;
        }
        way.chain.extend(Some(before).filter(|_| way.may_refuse).map(guard));
    }
    way.handler = Some(function);
    way.is_part = false;
    way.may_refuse = may_refuse;
    way.location = Some(call.location_of_name());
    way
}
