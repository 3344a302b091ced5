//! The settings that stand before every view.

use super::Carrier;
use crate::{
    facts::{ExpressionKind, Facts, Text},
    project::{
        Declaration, Definition, ExpressionRef, Project, Value,
        guards::Mode,
        routes::{
            Candidate, Scope, What,
            python::{candidate_definition, is_python, method},
        },
        views::Setting,
    },
};

/// The settings of a Django project, from whichever modules define them.
#[derive(Default)]
pub(super) struct Settings<'p> {
    middleware: Vec<Value<'p>>,
    urls: Vec<Value<'p>>,
    /// The classes that DRF asks where a view names none.
    pub(super) permissions: Vec<Value<'p>>,
}

impl<'p> Settings<'p> {
    pub(super) fn read(project: &'p Project) -> Self {
        let mut settings = Self::default();
        for (file, unit) in project.units().filter(|(file, _)| is_python(project, *file)) {
            if !unit.file.is_shipped() {
                continue;
            }
            let bound = |name: &str| -> Vec<Value<'p>> {
                let declared = unit.index.declarations(Facts::TOP_LEVEL, name).iter();
                let values = declared.filter_map(|declared| match declared {
                    Declaration::Bound { value: Some(id), .. } => {
                        Some(project.value(ExpressionRef { file, id: *id }))
                    }
                    _ => None,
                });
                values.collect()
            };
            for list in bound("MIDDLEWARE").into_iter().chain(bound("MIDDLEWARE_CLASSES")) {
                settings.middleware.extend(texts(list));
            }
            settings.urls.extend(bound("ROOT_URLCONF"));
            for rest in bound("REST_FRAMEWORK") {
                if let Setting::Given(list) = rest.entry("DEFAULT_PERMISSION_CLASSES") {
                    settings.permissions.extend(texts(list));
                }
            }
        }
        settings
    }

    /// The tables that the settings name as the way in.
    pub(super) fn roots(&self, project: &Project) -> Vec<Carrier> {
        let named = self.urls.iter().filter_map(|value| {
            let from = project.file(value.at.file);
            project.modules().resolve(from, value.text()?)
        });
        named.map(|file| Carrier::Table(file, "urlpatterns".into())).collect()
    }

    /// What runs before every view.
    pub(super) fn middleware(&self, project: &'p Project) -> Vec<Candidate> {
        let mut guards = Vec::new();
        for &named in &self.middleware {
            let mut guard = |definition, mode| {
                let scope = Scope::Global;
                guards.push(candidate_definition(project, definition, named, scope, mode));
            };
            match by_path(named) {
                Definition::Class(class) => {
                    let class = project.class(class);
                    let hooks = ["process_request", "process_view"];
                    let hooks: Vec<_> =
                        hooks.iter().filter_map(|name| method(class, name)).collect();
                    for hook in &hooks {
                        guard(Definition::Function(hook.at), Mode::Hook);
                    }
                    // What has hooks inherits what calls them.
                    if let Some(call) = method(class, "__call__").filter(|_| hooks.is_empty()) {
                        guard(Definition::Function(call.at), Mode::Middleware);
                    }
                }
                function @ Definition::Function(_) => guard(function, Mode::Wrapper),
                other => guard(other, Mode::Middleware),
            }
        }
        guards
    }
}

/// Is this Django's own middleware that refuses strangers wherever a view does not say that it is for them?
pub(super) fn refuses_strangers(project: &Project, guard: &Candidate) -> bool {
    path_of(project, guard) == "django.contrib.auth.middleware.LoginRequiredMiddleware"
}

/// Does something around a view say that it is for strangers as well, or that it asks by itself?
pub(super) fn is_for_strangers(project: &Project, guard: &Candidate) -> bool {
    let path = path_of(project, guard);
    let is_view = path.strip_prefix("django.contrib.auth.views.").is_some_and(|view| {
        matches!(view, "LoginView" | "LogoutView") || view.starts_with("PasswordReset")
    });
    is_view
        || path == "django.contrib.auth.decorators.login_not_required"
        || path.starts_with("rest_framework.") && path.ends_with("View")
        || path.starts_with("rest_framework.viewsets.")
}

fn path_of(project: &Project, guard: &Candidate) -> Text {
    match &guard.what {
        What::Expression(at) => project.path_of(&project.resolve_value(*at)),
        What::Definition(definition) => project.path_of(definition),
        _ => Text::default(),
    }
}

/// The middleware that settings list by name.
pub fn middleware_names(project: &Project) -> Vec<Value<'_>> {
    Settings::read(project).middleware
}

fn texts(list: Value<'_>) -> Vec<Value<'_>> {
    let items = list.items().unwrap_or_default();
    items.into_iter().filter(|item| matches!(item.kind(), ExpressionKind::Text(_))).collect()
}

/// What a dotted path written as a string stands for.
pub(in crate::project::routes) fn by_path(named: Value<'_>) -> Definition {
    let project = named.project;
    let Some(path) = named.text() else { return named.resolve() };
    let Some((module, name)) = path.rsplit_once('.') else { return Definition::Unknown };
    match project.modules().resolve(project.file(named.at.file), module) {
        Some(file) => project.resolve_export(file, name),
        None => Definition::External(Text::from(path)),
    }
}
