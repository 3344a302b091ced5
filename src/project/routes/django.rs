//! Django: tables of URL patterns, included in each other, and the views behind them.

use super::{
    Draft, Root, RouteKind,
    python::{
        Registered, UNKNOWN, calls, expression_path, is_python, library_path, objects, path_text,
        unwrapped,
    },
    tree::{Supposed, Tree, Way},
};
use crate::{
    facts::{ExpressionId, ExpressionKind, Facts, Pattern, StatementKind, Text},
    project::{Call, Definition, ExpressionRef, FileId, Location, Project, StatementRef, Value},
};

mod ninja;
mod order;
mod rest;
pub(super) mod settings;
mod views;

pub use settings::middleware_names;
use settings::{Settings, is_for_strangers, refuses_strangers};

/// What carries URL patterns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Carrier {
    /// A list of patterns, by its file and name.
    Table(FileId, Text),
    /// A router of views or an interface, by the call that created it.
    Object(ExpressionRef),
}

type Carriers = Tree<Carrier>;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let patterns: Vec<Call<'_>> = calls(project).filter(|call| is_pattern(call.path())).collect();
    if patterns.is_empty() {
        return;
    }
    let settings = Settings::read(project);
    let mut tree = Carriers::default();
    for (file, _) in project.units().filter(|(file, _)| is_python(project, *file)) {
        joined_tables(project, file, &mut tree);
    }
    for &pattern in &patterns {
        if let (Some(table), Some(view)) = (table_of(pattern.value()), pattern.argument(1)) {
            for child in included(view) {
                tree.hang(child, table.clone(), full_path(pattern), Vec::new());
            }
        }
    }
    ninja::attach(project, &mut tree);
    computed_inclusions(&settings.roots(project), &patterns, &mut tree);
    roots(project, &settings, &patterns, &mut tree);
    for &pattern in &patterns {
        let Some(view) = pattern.argument(1).or_else(|| pattern.named("view")) else { continue };
        let Some(table) = table_of(pattern.value()) else { continue };
        if !is_inclusion(view) {
            let ways = tree.ways(&table);
            let place = Place { ways: &ways, at: pattern.value() };
            place.view(view, &full_path(pattern), &settings, drafts);
        }
    }
    rest::routers(project, &settings, &tree, drafts);
    ninja::routes(project, &tree, drafts);
}

fn is_pattern(path: &str) -> bool {
    matches!(
        path,
        "django.urls.path"
            | "django.urls.re_path"
            | "django.conf.urls.url"
            | "django.conf.urls.re_path"
            | "django.urls.conf.path"
            | "django.urls.conf.re_path"
    )
}

/// The table that an expression at the top level of a file is put into.
fn table_of(value: Value<'_>) -> Option<Carrier> {
    let statement = value.statement()?;
    let name = table_name(value.project, statement)?;
    Some(Carrier::Table(value.at.file, name))
}

/// `urlpatterns = […]`, `urlpatterns += […]`, `urlpatterns.append(…)`.
fn table_name(project: &Project, statement: StatementRef) -> Option<Text> {
    let facts = project.facts(statement.file);
    let named = |id: ExpressionId| match &facts[id].kind {
        ExpressionKind::Name(name) => Some(name.clone()),
        _ => None,
    };
    match &facts[statement.id].kind {
        StatementKind::Bind { target: Pattern::Name(name), .. } => Some(name.clone()),
        StatementKind::Expression(id) => match &facts[*id].kind {
            ExpressionKind::Assign { target, .. } => named(*target),
            ExpressionKind::Call { callee, .. } => match &facts[*callee].kind {
                ExpressionKind::Member { object, name }
                    if matches!(name.as_str(), "append" | "extend" | "insert") =>
                {
                    named(*object)
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The path of a pattern, with those of the patterns that it is written inside of.
fn full_path(pattern: Call<'_>) -> Text {
    let mut path = local_path(pattern).to_string();
    for outer in pattern.enclosing_calls().filter(|outer| is_pattern(outer.path())) {
        path.insert_str(0, &local_path(outer));
    }
    path.into()
}

/// The pattern as a path: the anchors of a regular expression are no part of it, its groups are
/// parameters.
fn local_path(pattern: Call<'_>) -> Text {
    let Some(given) = pattern.argument(0).or_else(|| pattern.named("route")) else {
        return Text::default();
    };
    let text = path_text(given);
    let is_expression = matches!(pattern.name(), "re_path" | "url");
    if is_expression { expression_path(&text) } else { text }
}

/// Is a pattern's second argument more patterns, and no view?
fn is_inclusion(view: Value<'_>) -> bool {
    let is_include = view.as_call().is_some_and(|call| {
        matches!(call.name(), "include" | "decorator_include")
            || call.path().ends_with("urls.include")
    });
    // Channels: `KnownOnly(URLRouter([…]))`.
    let inner = std::iter::successors(view.as_call(), |call| call.argument(0)?.as_call());
    is_include
        || inner.into_iter().any(|call| call.name() == "URLRouter")
        || !included(view).is_empty()
}

/// The carriers that a pattern includes.
fn included(view: Value<'_>) -> Vec<Carrier> {
    let given = match view.as_call().filter(|call| call.name() == "include") {
        Some(call) => call.argument(0),
        None => Some(view),
    };
    given.map(carriers).unwrap_or_default()
}

fn carriers(value: Value<'_>) -> Vec<Carrier> {
    let project = value.project;
    match value.kind() {
        // `(patterns, "namespace")`.
        ExpressionKind::List(items) => match items.first().map(|&first| value.sibling(first)) {
            Some(first) if first.as_call().is_none() => carriers(first),
            _ => Vec::new(),
        },
        ExpressionKind::Text(module) => {
            let from = project.file(value.at.file);
            let file = project.modules().resolve(from, module);
            file.map(|file| Carrier::Table(file, "urlpatterns".into())).into_iter().collect()
        }
        ExpressionKind::Member { object, name } if name == "urls" => {
            let found = objects(value.sibling(*object), is_carrying);
            let mut found: Vec<Carrier> = found.into_iter().map(Carrier::Object).collect();
            found.extend(found.is_empty().then(|| named_table(value)).flatten());
            found
        }
        _ => named_table(value).into_iter().collect(),
    }
}

/// Is this the path of a router of views, or of an interface?
fn is_carrying(path: &str) -> bool {
    rest::is_router(path) || ninja::is_object(path)
}

/// A list of patterns by its name, or the list of a module.
fn named_table(value: Value<'_>) -> Option<Carrier> {
    match value.resolve() {
        Definition::Module(file) => Some(Carrier::Table(file, "urlpatterns".into())),
        Definition::Value(at) => {
            let list = value.project.value(at);
            matches!(list.kind(), ExpressionKind::List(_)).then(|| table_of(list)).flatten()
        }
        _ => None,
    }
}

/// `urlpatterns = router.urls`, `urlpatterns += more_patterns`.
fn joined_tables(project: &Project, file: FileId, tree: &mut Carriers) {
    let facts = project.facts(file);
    for &id in project.unit(file).index.statements_of(Facts::TOP_LEVEL) {
        let value = match &facts[id].kind {
            StatementKind::Bind { value: Some(value), .. } | StatementKind::Expression(value) => {
                *value
            }
            _ => continue,
        };
        let Some(name) = table_name(project, StatementRef { file, id }) else { continue };
        if name != "urlpatterns" {
            continue;
        }
        let table = Carrier::Table(file, name);
        for part in parts(project.value(ExpressionRef { file, id: value })) {
            for child in carriers(part) {
                tree.hang(child, table.clone(), Text::default(), Vec::new());
            }
        }
    }
}

/// The lists that an expression adds up.
fn parts(value: Value<'_>) -> Vec<Value<'_>> {
    match value.kind() {
        ExpressionKind::Operation { operands, .. } => {
            operands.iter().flat_map(|&part| parts(value.sibling(part))).collect()
        }
        ExpressionKind::Assign { value: added, .. } => parts(value.sibling(*added)),
        ExpressionKind::List(items) => {
            let spreads = items.iter().filter_map(|&item| match value.sibling(item).kind() {
                ExpressionKind::Spread(inner) => Some(value.sibling(*inner)),
                _ => None,
            });
            spreads.collect()
        }
        ExpressionKind::Call { arguments, .. } => {
            arguments.iter().flat_map(|argument| parts(value.sibling(argument.value))).collect()
        }
        ExpressionKind::Member { .. } | ExpressionKind::Name(_) => vec![value],
        _ => Vec::new(),
    }
}

/// `include(f"plugins.{name}.urls")`: the tables that it may mean, of those that nothing else includes.
fn computed_inclusions(roots: &[Carrier], patterns: &[Call<'_>], tree: &mut Carriers) {
    let mut tables: Vec<Carrier> =
        patterns.iter().filter_map(|pattern| table_of(pattern.value())).collect();
    tables.sort();
    tables.dedup();
    for &pattern in patterns {
        let Some(table) = table_of(pattern.value()) else { continue };
        let Some(include) = pattern.argument(1).and_then(Value::as_call) else { continue };
        let Some(given) = include.argument(0).filter(|_| include.name() == "include") else {
            continue;
        };
        // `include(import_module(f"plugins.{name}").urlpatterns)`.
        let is_inside = |call: &Call<'_>| {
            call.name() == "import_module"
                && call.enclosing_calls().any(|outer| outer.at() == include.at())
        };
        let import = pattern.project.calls_in(pattern.file).find(is_inside);
        let named = import.and_then(|call| call.argument(0)).unwrap_or(given);
        let module = path_text(named);
        // A module that is only computed may be any, and a list is written somewhere.
        let Some((before, after)) = module.split_once(UNKNOWN).filter(|_| module.contains('.'))
        else {
            continue;
        };
        let project = pattern.project;
        let (before, after) = (before.replace('.', "/"), after.replace('.', "/"));
        let file = &pattern.source_file().path;
        let line = project.line(pattern.location());
        let why = format!("included by {file}:{line}, which computes the name of its module");
        let is_meant = |found: &&Carrier| {
            let Carrier::Table(file, name) = found else { return false };
            let path = format!("/{}", project.file(*file).path.trim_end_matches(".py"));
            name == "urlpatterns" && path.contains(&format!("/{before}")) && path.ends_with(&after)
        };
        let is_loose = |found: &&Carrier| {
            **found != table
                && !roots.contains(found)
                && tree.ways(found).iter().all(|way| way.top == **found)
        };
        let loose: Vec<Carrier> =
            tables.iter().filter(is_meant).filter(is_loose).cloned().collect();
        for child in loose {
            let supposed =
                Supposed { prefix: full_path(pattern), replaces: false, guards: &[], why: &why };
            tree.suppose(child, table.clone(), &supposed);
        }
    }
}

/// Marks the tables that are served: the one that the settings name, else those nobody includes.
fn roots(project: &Project, settings: &Settings<'_>, patterns: &[Call<'_>], tree: &mut Carriers) {
    let mut tables: Vec<Carrier> = settings.roots(project);
    if tables.is_empty() {
        tables = patterns.iter().filter_map(|pattern| table_of(pattern.value())).collect();
        tables.sort();
        tables.dedup();
        tables.retain(|table| {
            let is_main = matches!(table, Carrier::Table(_, name) if name == "urlpatterns");
            is_main && tree.ways(table).iter().all(|way| way.top == *table)
        });
    }
    for table in tables {
        let node = tree.node(table);
        node.serves = true;
        node.guards = settings.middleware(project);
    }
}

/// The ways to a carrier and where on it something is registered.
struct Place<'w, 'p> {
    ways: &'w [Way<Carrier>],
    at: Value<'p>,
}

impl<'p> Place<'_, 'p> {
    fn view(&self, view: Value<'p>, path: &str, settings: &Settings<'p>, drafts: &mut Vec<Draft>) {
        let (inner, wrappers) = unwrapped(view);
        let (framework, kind) = if views::is_consumer(inner) {
            ("channels", RouteKind::WebSocket)
        } else {
            ("django", RouteKind::Http)
        };
        for answer in views::answers(inner, settings) {
            let mut guards = wrappers.clone();
            guards.extend(answer.guards);
            self.push(
                &Registered {
                    framework,
                    kind,
                    methods: answer.methods,
                    path,
                    at: self.at,
                    handler: answer.handler,
                    guards,
                },
                drafts,
            );
        }
    }

    /// One draft for each way and method.
    fn push(&self, registered: &Registered<'_>, drafts: &mut Vec<Draft>) {
        let project = self.at.project;
        for way in self.ways {
            let root = match &way.top {
                Carrier::Object(at) => project.value(*at).location(),
                Carrier::Table(file, _) => Location { file: *file, ..self.at.location() },
            };
            for method in &registered.methods {
                let mut chain = way.chain.clone();
                let (for_strangers, own): (Vec<_>, Vec<_>) =
                    registered.guards.iter().partition(|guard| is_for_strangers(project, guard));
                if !for_strangers.is_empty() {
                    chain.retain(|guard| !refuses_strangers(project, guard));
                }
                chain.extend(own.into_iter().cloned());
                drafts.push(Draft {
                    kind: registered.kind,
                    method: method.clone(),
                    path: joined(&way.path, registered.path),
                    framework: registered.framework,
                    location: registered.at.location(),
                    handler: registered.handler.clone(),
                    chain,
                    mount: way.mount(),
                    root: Some(Root::Router(root)),
                });
            }
        }
    }
}

/// Joins without touching the slash at the end, which is part of a Django path.
fn joined(prefix: &str, path: &str) -> Text {
    let prefix = prefix.trim_end_matches('/');
    Text::from(format!("{prefix}/{}", path.trim_start_matches('/')))
}

/// Is a class behind a value one of these libraries' own?
fn is_of(value: Value<'_>, library: &str) -> bool {
    library_path(value).starts_with(library)
}
