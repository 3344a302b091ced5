//! What answers behind a pattern, and what stands before it.

use super::{
    Settings,
    order::{Part, before_view},
    rest,
};
use crate::{
    facts::{ExpressionKind, Text},
    project::{
        Body, Call, Definition, In, Meaning, Type, Value,
        guards::{Assessment, Grade, Mode},
        routes::{
            Candidate, Handler, Scope, What,
            python::{
                ancestry, bases, candidate, candidate_definition, decorators_from, method, methods,
                viewed_class,
            },
        },
    },
};

/// The methods that a class answers by functions of the same name.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// One handler, the methods it answers, and what stands before it.
pub(super) struct Answer {
    pub(super) methods: Vec<Text>,
    pub(super) handler: Handler,
    pub(super) guards: Vec<Candidate>,
}

/// What a view answers.
pub(super) fn answers<'p>(view: Value<'p>, settings: &Settings<'p>) -> Vec<Answer> {
    if let Some(consumer) = consumer(view) {
        return vec![consumer];
    }
    if let Some(class) = viewed_class(view) {
        if let Some(actions) = rest::mapped_actions(view, class, settings) {
            return actions;
        }
        return class_answers(class, view, settings);
    }
    if is_admin_site(view) {
        return vec![Answer {
            methods: vec!["ANY".into()],
            handler: Handler::Expression(view.at),
            guards: vec![admin_guard(view)],
        }];
    }
    match view.resolve() {
        Definition::Function(function) => {
            vec![function_answer(view.project.body(function), view, settings)]
        }
        // A feed: an object that is called, which only reads.
        Definition::Instance(class) => {
            let class = view.project.class(class);
            let handler = method(class, "__call__")
                .map_or(Handler::Expression(view.at), |body| Handler::Function(body.at));
            let guards = class_guards(class, "__call__");
            vec![Answer { methods: vec!["GET".into()], handler, guards }]
        }
        _ => {
            vec![library_answer(view)]
        }
    }
}

/// What a view of a library answers. Only of Django's own is it known what they do.
fn library_answer(view: Value<'_>) -> Answer {
    let made = view.as_call().filter(|call| call.name() == "as_view");
    let class = made.and_then(Call::receiver);
    let of_class = |class: Value<'_>| {
        let definition = class.resolve();
        candidate_definition(view.project, definition, class, Scope::Class, Mode::Dependency)
    };
    let mut guards: Vec<Candidate> = class.map(of_class).into_iter().collect();
    let path = class.unwrap_or(view).path();
    let methods = generic_methods(&path);
    // What another call makes of a view, a decorator, is judged as a guard; resolvers are ways in of their own.
    let is_schema = view.project.vocabulary().has(&path, Meaning::WebApplication);
    let is_view = !is_schema && (made.is_some() || view.as_call().is_none());
    if is_view && methods == ["ANY"] && path.contains('.') {
        guards.push(Candidate {
            what: What::Unreadable(format!("`{path}` answers, and is not in this repository")),
            name: path,
            location: view.location(),
            scope: Scope::Class,
            mode: Mode::Dependency,
        });
    }
    Answer { methods, handler: Handler::Expression(view.at), guards }
}

/// `Consumer.as_asgi()` of Channels: who is let in is decided where the connection is made, or by what is written
/// around the table.
fn consumer(view: Value<'_>) -> Option<Answer> {
    let call = view.as_call().filter(|call| call.name() == "as_asgi")?;
    let Definition::Class(class) = call.receiver()?.resolve() else { return None };
    let connect = ["connect", "websocket_connect"];
    let class = view.project.class(class);
    let connect = connect.into_iter().find_map(|name| method(class, name));
    let handler = connect.map_or(Handler::Expression(view.at), |body| Handler::Function(body.at));
    let around = call.enclosing_calls().filter_map(|outer| {
        let Definition::Class(class) = outer.callee_value().resolve() else { return None };
        let decides = method(view.project.class(class), "__call__")?;
        let (definition, at) = (Definition::Function(decides.at), outer.callee_value());
        let (scope, mode) = (Scope::Router, Mode::Middleware);
        Some(candidate_definition(view.project, definition, at, scope, mode))
    });
    Some(Answer { methods: vec!["GET".into()], handler, guards: around.collect() })
}

/// Is this what answers for connections?
pub(super) fn is_consumer(view: Value<'_>) -> bool {
    view.as_call().is_some_and(|call| call.name() == "as_asgi")
}

/// `admin.site.urls`, also of a site of the project's own.
fn is_admin_site(view: Value<'_>) -> bool {
    match view.kind() {
        ExpressionKind::Member { object, name } if name == "urls" => {
            let site = view.sibling(*object);
            super::is_of(site, "django.contrib.admin.") || site.path().contains("admin.site")
        }
        _ => false,
    }
}

fn admin_guard(view: Value<'_>) -> Candidate {
    let assessment = Assessment {
        grade: Some(Grade::G3),
        why: "the administration site refuses everybody but staff".to_owned(),
        decided_at: None,
        role: true,
        weakness: None,
    };
    Candidate {
        what: What::Assessed(assessment),
        name: view.source().into(),
        location: view.location(),
        scope: Scope::Router,
        mode: Mode::Dependency,
    }
}

fn function_answer<'p>(body: Body<'p>, view: Value<'p>, settings: &Settings<'p>) -> Answer {
    let mut answered = vec![Text::from("ANY")];
    let mut asks_rest = false;
    for decorator in body.decorators() {
        let call = decorator.as_call();
        let name = call.map_or_else(
            || decorator.source().rsplit('.').next().unwrap_or_default(),
            |call| call.name(),
        );
        match name {
            "require_POST" => answered = vec!["POST".into()],
            "require_GET" | "require_safe" => answered = vec!["GET".into()],
            "require_http_methods" | "api_view" => {
                asks_rest |= name == "api_view";
                let listed = call.and_then(|call| call.argument(0));
                answered = methods(listed, &["GET"]);
            }
            _ => {}
        }
    }
    let mut guards = decorators_from(body, 0);
    if asks_rest {
        guards.extend(rest::function_permissions(body, view, settings));
    }
    Answer { methods: answered, handler: Handler::Function(body.at), guards }
}

/// One answer for each method of a class.
fn class_answers<'p>(class: Type<'p>, view: Value<'p>, settings: &Settings<'p>) -> Vec<Answer> {
    let (_, outside) = ancestry(class);
    let is_rest = outside.iter().any(|path| path.starts_with("rest_framework."));
    let own = METHODS.into_iter().filter_map(|name| Some((name, method(class, name)?)));
    let mut found: Vec<(Text, Handler)> = own
        .map(|(name, body)| (Text::from(name.to_ascii_uppercase()), Handler::Function(body.at)))
        .collect();
    for path in &outside {
        for inherited in generic_methods(path) {
            if inherited != "ANY" && found.iter().all(|(known, _)| *known != inherited) {
                found.push((inherited, inherited_handler(class, view)));
            }
        }
    }
    if found.is_empty() {
        found.push(("ANY".into(), inherited_handler(class, view)));
    }
    let answer = |(answered, handler): (Text, Handler)| {
        let mut guards = class_guards(class, &answered.to_ascii_lowercase());
        if let Handler::Function(function) = handler {
            let body = class.project.body(function);
            guards.extend(decorators_from(body, 0));
            guards.extend(body.decorators().filter_map(method_decorator).flatten());
        }
        if is_rest {
            let is_own = method(class, &answered.to_ascii_lowercase()).is_some();
            let is_about_one = matches!(answered.as_str(), "PUT" | "PATCH" | "DELETE")
                || outside.iter().any(|path| path.contains(".Retrieve"));
            if !is_own && is_about_one {
                guards.extend(rest::object_permissions(class));
            }
            guards.extend(rest::class_permissions(class, &answered, "", view, settings));
        }
        Answer { methods: vec![answered], handler, guards }
    };
    found.into_iter().map(answer).collect()
}

/// What of a class runs when a library's method answers.
fn inherited_handler(class: Type<'_>, view: Value<'_>) -> Handler {
    let hooks = ["form_valid", "perform_create", "get_queryset", "get_context_data", "get_object"];
    let hook = hooks.into_iter().find_map(|name| method(class, name));
    hook.map_or(Handler::Expression(view.at), |body| Handler::Function(body.at))
}

/// The mixins, decorators and own `dispatch` of a class and its bases.
pub(super) fn class_guards(class: Type<'_>, answered: &str) -> Vec<Candidate> {
    let mut guards = Vec::new();
    for part in before_view(class) {
        match part {
            Part::Own(part) => guards.extend(own_guards(part, answered)),
            Part::Library(base, path) => guards.extend(library_guard(class, base, &path)),
            Part::View => {}
        }
    }
    guards
}

/// The decorators and the `dispatch` that stand in a class itself.
fn own_guards(class: Type<'_>, answered: &str) -> Vec<Candidate> {
    let project = class.project;
    let mut guards = Vec::new();
    for &id in &class.class().decorators {
        let decorator = project.value(In { file: class.at.file, id });
        let Some(call) = decorator.as_call() else { continue };
        let target = call.named("name").and_then(Value::text).unwrap_or("dispatch");
        if target == "dispatch" || target == answered {
            guards.extend(method_decorator(decorator).into_iter().flatten());
        }
    }
    if let Some(dispatch) = class.methods().find(|own| own.function().name == "dispatch") {
        let definition = Definition::Function(dispatch.at);
        if let Some(at) = bases(class).next() {
            let mode = Mode::Middleware;
            guards.push(candidate_definition(project, definition, at, Scope::Class, mode));
        }
        guards.extend(dispatch.decorators().filter_map(method_decorator).flatten());
    }
    guards
}

/// What a library's mixin is worth for a class.
fn library_guard<'p>(class: Type<'p>, base: Value<'p>, path: &str) -> Option<Candidate> {
    let definition = base.resolve();
    if path == "django.contrib.auth.mixins.UserPassesTestMixin"
        && let Some(test) = method(class, "test_func")
        && test.returned().all(|answer| answer.boolean() == Some(true))
    {
        return None;
    }
    if !matches!(definition, Definition::External(_)) {
        return None;
    }
    let mode = Mode::Dependency;
    Some(candidate_definition(class.project, definition, base, Scope::Class, mode))
}

/// The guards in `@method_decorator(login_required, name="dispatch")`.
fn method_decorator(decorator: Value<'_>) -> Option<Vec<Candidate>> {
    let call = decorator.as_call().filter(|call| call.name() == "method_decorator")?;
    let given = call.argument(0)?;
    let listed = given.items().unwrap_or_else(|| vec![given]);
    let guard = |item: Value<'_>| candidate(item, Scope::Class, Mode::Wrapper);
    Some(listed.into_iter().map(guard).collect())
}

/// The methods that a library's view class answers, by what its name says it does.
pub(super) fn generic_methods(path: &str) -> Vec<Text> {
    let name = path.trim_end_matches("()").rsplit('.').next().unwrap_or_default();
    let mut found: Vec<Text> = Vec::new();
    let mut answers = |methods: &[&str]| {
        for method in methods {
            if found.iter().all(|known| known != method) {
                found.push((*method).into());
            }
        }
    };
    if path.starts_with("rest_framework.") || path.starts_with("rest_framework_simplejwt.") {
        for (word, methods) in [
            ("List", &["GET"][..]),
            ("Retrieve", &["GET"]),
            ("Create", &["POST"]),
            ("Update", &["PUT", "PATCH"]),
            ("Destroy", &["DELETE"]),
            ("Obtain", &["POST"]),
            ("Token", &["POST"]),
        ] {
            if name.contains(word) {
                answers(methods);
            }
        }
    } else if path.starts_with("django.") {
        match name {
            "TemplateView"
            | "ListView"
            | "DetailView"
            | "RedirectView"
            | "ArchiveIndexView"
            | "PasswordChangeDoneView"
            | "PasswordResetDoneView" => answers(&["GET"]),
            "FormView"
            | "CreateView"
            | "UpdateView"
            | "DeleteView"
            | "LoginView"
            | "PasswordChangeView"
            | "PasswordResetView"
            | "PasswordResetConfirmView" => {
                answers(&["GET", "POST"]);
            }
            "LogoutView" => answers(&["POST"]),
            _ => {}
        }
    }
    if found.is_empty() { vec!["ANY".into()] } else { found }
}
