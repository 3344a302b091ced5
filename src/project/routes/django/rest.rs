//! Django REST framework: routers, view sets, and the permission classes that stand before them.

use super::{
    Carrier, Carriers, Place, RouteKind, Settings,
    settings::by_path,
    views::{Answer, class_guards},
};
use crate::{
    facts::{Block, EntryKey, ExpressionKind, Operator, Pattern, StatementKind, Text},
    project::{
        Body, Definition, ExpressionRef, Project, Type, Value,
        guards::{Assessment, Grade, Mode},
        routes::{
            Candidate, Draft, Handler, Scope, What,
            python::{
                Registered, ancestry, attribute, calls, candidate, candidate_definition,
                decorators_from, method, methods, objects, path_text,
            },
        },
    },
};

/// The actions that routers know: name, method, on one object, and the class that brings it.
const ACTIONS: [(&str, &str, bool, &str); 6] = [
    ("list", "GET", false, "ListModelMixin"),
    ("create", "POST", false, "CreateModelMixin"),
    ("retrieve", "GET", true, "RetrieveModelMixin"),
    ("update", "PUT", true, "UpdateModelMixin"),
    ("partial_update", "PATCH", true, "UpdateModelMixin"),
    ("destroy", "DELETE", true, "DestroyModelMixin"),
];

/// How deep routers nest: deeper nesting does not occur, and cycles must end.
const NESTING_MAX: usize = 6;

pub(super) fn is_router(path: &str) -> bool {
    path.starts_with("rest_framework.routers.")
        || path.starts_with("rest_framework_nested.routers.")
}

/// `router.register("users", UserViewSet)`.
pub(super) fn routers<'p>(
    project: &'p Project,
    settings: &Settings<'p>,
    tree: &Carriers,
    drafts: &mut Vec<Draft>,
) {
    for call in calls(project).filter(|call| call.name() == "register") {
        let Some(receiver) = call.receiver() else { continue };
        let view = call.argument(1).or_else(|| call.named("viewset"));
        let Some(Definition::Class(class)) = view.map(Value::resolve) else { continue };
        let class = project.class(class);
        let prefix = call.argument(0).or_else(|| call.named("prefix")).map(path_text);
        let prefix = prefix.unwrap_or_default();
        for object in objects(receiver, is_router) {
            let ways = tree.ways(&Carrier::Object(object));
            let prefix = format!("{}{prefix}", nesting(project, object, 0));
            for action in actions(class) {
                let place = Place { ways: &ways, at: action.at.unwrap_or_else(|| call.value()) };
                let mut guards = class_guards(class, action.name);
                guards.extend(action.body.into_iter().flat_map(|body| decorators_from(body, 0)));
                if action.body.is_none() && action.detail {
                    guards.extend(object_permissions(class));
                }
                for method in &action.methods {
                    let mut guards = guards.clone();
                    guards.extend(action_permissions(
                        class,
                        method,
                        &action,
                        call.value(),
                        settings,
                    ));
                    let at = place.at;
                    place.push(
                        &Registered {
                            framework: "django-rest-framework",
                            kind: RouteKind::Http,
                            methods: vec![method.clone()],
                            path: &action.path(&prefix),
                            at,
                            handler: action.handler(call.value()),
                            guards,
                        },
                        drafts,
                    );
                }
            }
        }
    }
}

/// The path of what a nested router hangs below: `NestedSimpleRouter(router, "orders", lookup="order")`.
fn nesting(project: &Project, router: ExpressionRef, depth: usize) -> String {
    let created = project.call(router).filter(|_| depth < NESTING_MAX);
    let Some(call) = created.filter(|call| call.path().contains(".routers.Nested")) else {
        return String::new();
    };
    let text = |given: Option<Value<'_>>| given.map(path_text).unwrap_or_default();
    let parent = call.argument(0).or_else(|| call.named("parent_router"));
    let parent = parent.and_then(|parent| objects(parent, is_router).first().copied());
    let above = parent.map(|parent| nesting(project, parent, depth + 1)).unwrap_or_default();
    let prefix = text(call.argument(1).or_else(|| call.named("parent_prefix")));
    let lookup = text(call.argument(2).or_else(|| call.named("lookup")));
    format!("{above}{}/<{lookup}_pk>/", prefix.trim_matches('/'))
}

/// What the permission classes ask about the one object that an action of the library's own is about.
pub(super) fn object_permissions(class: Type<'_>) -> Vec<Candidate> {
    let listed = attribute(class, "permission_classes").and_then(Value::items).unwrap_or_default();
    let asked = listed.into_iter().filter_map(|item| {
        let Definition::Class(at) = item.resolve() else { return None };
        let asks = method(class.project.class(at), "has_object_permission")?;
        let (definition, mode) = (Definition::Function(asks.at), Mode::Dependency);
        Some(candidate_definition(class.project, definition, item, Scope::Class, mode))
    });
    asked.collect()
}

/// One action of a view set.
struct Action<'p> {
    name: &'p str,
    methods: Vec<Text>,
    /// Is it about one object?
    detail: bool,
    /// What it adds to the path.
    suffix: Text,
    body: Option<Body<'p>>,
    /// `@action`, for one that the project adds.
    at: Option<Value<'p>>,
}

impl<'p> Action<'p> {
    fn path(&self, prefix: &str) -> Text {
        let key = if self.detail { "<pk>/" } else { "" };
        let suffix =
            if self.suffix.is_empty() { String::new() } else { format!("{}/", self.suffix) };
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Text::from(format!("{prefix}{key}{suffix}"))
    }

    fn handler(&self, registered: Value<'p>) -> Handler {
        self.body.map_or(Handler::Expression(registered.at), |body| Handler::Function(body.at))
    }
}

fn actions(class: Type<'_>) -> Vec<Action<'_>> {
    let (inside, outside) = ancestry(class);
    let has = |name: &str| outside.iter().any(|path| path.ends_with(name));
    let whole = has(".ModelViewSet");
    let reads = has(".ReadOnlyModelViewSet");
    let mut found = Vec::new();
    for (name, verb, detail, mixin) in ACTIONS {
        let body = method(class, name);
        if body.is_some() || whole || has(mixin) || reads && verb == "GET" {
            let methods = vec![verb.into()];
            found.push(Action { name, methods, detail, suffix: Text::default(), body, at: None });
        }
    }
    for body in inside.into_iter().flat_map(Type::methods) {
        let name = &body.function().name;
        for decorator in body.decorators() {
            let Some(call) = decorator.as_call() else { continue };
            let detail = match call.name() {
                "action" => call.named("detail").and_then(Value::boolean).unwrap_or(false),
                "detail_route" => true,
                "list_route" => false,
                _ => continue,
            };
            let suffix = call.named("url_path").map_or_else(|| name.clone(), path_text);
            found.push(Action {
                name,
                methods: methods(call.named("methods"), &["GET"]),
                detail,
                suffix,
                body: Some(body),
                at: Some(decorator),
            });
        }
    }
    found
}

/// `ViewSet.as_view({"get": "list"})`.
pub(super) fn mapped_actions<'p>(
    view: Value<'p>,
    class: Type<'p>,
    settings: &Settings<'p>,
) -> Option<Vec<Answer>> {
    let mapping = view.as_call()?.argument(0)?.constant();
    let ExpressionKind::Object(entries) = mapping.kind() else { return None };
    let mut answers = Vec::new();
    for entry in entries {
        let EntryKey::Name(verb) = &entry.key else { continue };
        let Some(name) = mapping.sibling(entry.value).text() else { continue };
        let verb = Text::from(verb.to_ascii_uppercase());
        let body = method(class, name);
        let mut guards = class_guards(class, name);
        guards.extend(body.into_iter().flat_map(|body| decorators_from(body, 0)));
        guards.extend(class_permissions(class, &verb, name, view, settings));
        let handler = body.map_or(Handler::Expression(view.at), |body| Handler::Function(body.at));
        answers.push(Answer { methods: vec![verb], handler, guards });
    }
    Some(answers)
}

/// `@permission_classes([…])` under `@api_view`, else the defaults.
pub(super) fn function_permissions<'p>(
    body: Body<'p>,
    view: Value<'p>,
    settings: &Settings<'p>,
) -> Vec<Candidate> {
    // What stands above `@api_view` is given a view that is made by then.
    let is_view =
        |decorator: &Value<'_>| decorator.as_call().is_some_and(|call| call.name() == "api_view");
    let inside = body.decorators().skip_while(|decorator| !is_view(decorator));
    let named = inside.into_iter().find_map(|decorator| {
        let call = decorator.as_call().filter(|call| call.name() == "permission_classes")?;
        call.argument(0)?.items()
    });
    match named {
        Some(items) => items.into_iter().filter_map(|item| permission(item, "POST")).collect(),
        None => defaults("POST", view, settings),
    }
}

fn action_permissions<'p>(
    class: Type<'p>,
    verb: &str,
    action: &Action<'p>,
    at: Value<'p>,
    settings: &Settings<'p>,
) -> Vec<Candidate> {
    let by_method = method(class, "get_permissions").is_some();
    let own = action.at.and_then(|decorator| decorator.as_call()?.named("permission_classes"));
    match own.and_then(Value::items).filter(|_| !by_method) {
        Some(items) => items.into_iter().filter_map(|item| permission(item, verb)).collect(),
        None => class_permissions(class, verb, action.name, at, settings),
    }
}

/// `get_permissions`, else `permission_classes` of the class or a base, else the defaults.
pub(super) fn class_permissions<'p>(
    class: Type<'p>,
    verb: &str,
    action: &str,
    at: Value<'p>,
    settings: &Settings<'p>,
) -> Vec<Candidate> {
    let listed = || match attribute(class, "permission_classes") {
        Some(list) => match list.items() {
            Some(items) => items.into_iter().filter_map(|item| permission(item, verb)).collect(),
            None => permission(list, verb).into_iter().collect(),
        },
        None => defaults(verb, at, settings),
    };
    let Some(chooses) = method(class, "get_permissions") else { return listed() };
    let mut choice = Choice { body: chooses, action, verb, bound: None };
    match choice.block(&chooses.function().body) {
        Some(Chosen::Classes(items)) => {
            items.into_iter().filter_map(|item| permission(item, verb)).collect()
        }
        Some(Chosen::Inherited) | None => listed(),
    }
}

fn defaults<'p>(verb: &str, at: Value<'p>, settings: &Settings<'p>) -> Vec<Candidate> {
    let classes = settings.permissions.iter();
    let named = classes.map(|&item| {
        let definition = by_path(item);
        if let Definition::External(path) = &definition
            && let Some(assessed) = by_library(path, verb, item)
        {
            return assessed;
        }
        let mode = Mode::Dependency;
        candidate_definition(at.project, definition, item, Scope::Global, mode)
    });
    named.collect()
}

/// A permission class in guard position.
fn permission<'p>(item: Value<'p>, verb: &str) -> Option<Candidate> {
    if let ExpressionKind::Operation { operator, operands } = item.kind() {
        let operands: Vec<Value<'p>> = operands.iter().map(|&id| item.sibling(id)).collect();
        return match operator {
            // Either suffices: the one that lets most pass counts.
            Operator::BitOr => {
                let lenient = operands.iter().find(|one| is_lenient(**one, verb));
                permission(*lenient.or(operands.first())?, verb)
            }
            Operator::BitAnd => {
                let strict = operands.iter().find(|one| !is_lenient(**one, verb));
                permission(*strict.or(operands.first())?, verb)
            }
            _ => None,
        };
    }
    let class = item.as_call().map_or(item, crate::project::views::Call::callee_value);
    match class.resolve() {
        Definition::External(path) => by_library(&path, verb, class)
            .or_else(|| Some(candidate(class, Scope::Class, Mode::Dependency))),
        definition => Some(candidate_definition(
            class.project,
            definition,
            class,
            Scope::Class,
            Mode::Dependency,
        )),
    }
}

/// Lets strangers pass for this method, by its name.
fn is_lenient(item: Value<'_>, verb: &str) -> bool {
    let name = item.source();
    let reads = matches!(verb, "GET" | "HEAD" | "OPTIONS");
    name.contains("AllowAny") || name.contains("ReadOnly") && reads
}

/// Library classes whose answer depends on the method.
fn by_library(path: &str, verb: &str, at: Value<'_>) -> Option<Candidate> {
    let reads = matches!(verb, "GET" | "HEAD" | "OPTIONS");
    if !path.ends_with("OrReadOnly") && !path.ends_with("OrAnonReadOnly") || reads {
        return None;
    }
    let assessment = Assessment {
        grade: Some(Grade::G3),
        why: format!("`{path}` refuses to change anything for callers it does not know"),
        decided_at: None,
        role: false,
        weakness: None,
    };
    Some(Candidate {
        what: What::Assessed(assessment),
        name: path.into(),
        location: at.location(),
        scope: Scope::Class,
        mode: Mode::Dependency,
    })
}

enum Chosen<'p> {
    Classes(Vec<Value<'p>>),
    Inherited,
}

/// Reads a `get_permissions` for one action.
struct Choice<'a, 'p> {
    body: Body<'p>,
    action: &'a str,
    verb: &'a str,
    /// What `permission_classes` was bound to on the way.
    bound: Option<Vec<Value<'p>>>,
}

impl<'p> Choice<'_, 'p> {
    fn value(&self, id: crate::facts::ExpressionId) -> Value<'p> {
        self.body.project.value(crate::project::In { file: self.body.at.file, id })
    }

    fn block(&mut self, block: &Block) -> Option<Chosen<'p>> {
        let facts = self.body.project.facts(self.body.at.file);
        for &id in block {
            match &facts[id].kind {
                StatementKind::Bind { target: Pattern::Name(_), value: Some(value), .. } => {
                    self.bound = self.value(*value).items().or_else(|| self.bound.take());
                }
                StatementKind::If { test, then, otherwise, .. } => {
                    let holds = self.decide(self.value(*test));
                    let branch = if holds { then } else { otherwise };
                    if let Some(chosen) = self.block(branch) {
                        return Some(chosen);
                    }
                }
                StatementKind::Return(Some(value)) => return Some(self.chosen(self.value(*value))),
                _ => {}
            }
        }
        None
    }

    fn chosen(&mut self, value: Value<'p>) -> Chosen<'p> {
        let is_comprehension = matches!(value.kind(), ExpressionKind::Comprehension { .. });
        match value.items() {
            Some(items) if !is_comprehension => Chosen::Classes(items),
            _ => self.bound.take().map_or(Chosen::Inherited, Chosen::Classes),
        }
    }

    /// Tests on `self.action` and `self.request.method`; any other fails.
    fn decide(&self, test: Value<'p>) -> bool {
        let ExpressionKind::Operation { operator, operands } = test.kind() else { return false };
        let operands: Vec<Value<'p>> = operands.iter().map(|&id| test.sibling(id)).collect();
        let matches = |literal: Value<'p>| {
            literal.text().is_some_and(|text| text == self.action || text == self.verb)
        };
        match (operator, operands.as_slice()) {
            (Operator::Equal, [_, literal]) => matches(*literal),
            (Operator::NotEqual, [_, literal]) => !matches(*literal),
            (Operator::In, [_, list]) => list.items().into_iter().flatten().any(matches),
            (Operator::NotIn, [_, list]) => !list.items().into_iter().flatten().any(matches),
            (Operator::Or, all) => all.iter().any(|one| self.decide(*one)),
            (Operator::And, all) => all.iter().all(|one| self.decide(*one)),
            (Operator::Not, [one]) => !self.decide(*one),
            _ => false,
        }
    }
}
