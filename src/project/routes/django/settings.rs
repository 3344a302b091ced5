//! The settings that stand before every view.

use super::Carrier;
use crate::{
    facts::{ExpressionKind, Facts, Text},
    project::{
        Declaration, Definition, ExpressionRef, Project, Value,
        guards::Mode,
        routes::{
            Candidate, Scope,
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
            let (definition, mode) = match by_path(named) {
                Definition::Class(class) => {
                    let class = project.class(class);
                    let hook = ["process_request", "process_view"]
                        .into_iter()
                        .find_map(|name| method(class, name));
                    match (hook, method(class, "__call__")) {
                        (Some(hook), _) => (Definition::Function(hook.at), Mode::Hook),
                        (None, Some(call)) => (Definition::Function(call.at), Mode::Middleware),
                        (None, None) => continue,
                    }
                }
                function @ Definition::Function(_) => (function, Mode::Wrapper),
                other => (other, Mode::Middleware),
            };
            guards.push(candidate_definition(project, definition, named, Scope::Global, mode));
        }
        guards
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
