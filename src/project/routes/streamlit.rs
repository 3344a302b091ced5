//! Streamlit: scripts that run from top to bottom for each visitor, and the pages that they navigate to.

use std::collections::BTreeSet;

use super::{
    Candidate, Draft, Handler, Mount, RouteKind, Scope, What,
    python::{calls, candidate_definition, is_python},
};
use crate::{
    facts::{Facts, Text},
    project::{
        Body, Call, Definition, FileId, FunctionRef, In, Location, Project, Value, guards::Mode,
    },
};

/// The folder whose scripts are pages beside the one that is started.
const PAGES: &str = "pages";

/// Calls that set something up and show nothing.
const SETTING_UP: [&str; 4] = ["set_page_config", "cache_data", "cache_resource", "navigation"];

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let scripts: Vec<FunctionRef> = project
        .units()
        .filter(|(file, _)| is_python(project, *file))
        .filter_map(|(file, _)| script(project, file))
        .collect();
    if scripts.is_empty() {
        return;
    }
    let navigations: Vec<Call<'_>> =
        calls(project).filter(|call| call.path() == "streamlit.navigation").collect();
    let imported = imported(project);
    let mut navigated: BTreeSet<FileId> = BTreeSet::new();
    for &navigation in &navigations {
        navigated.insert(navigation.file);
        for page in offered(navigation) {
            navigated.extend(page.file());
            page.push(navigation, &navigations, drafts);
        }
    }
    for &handler in &scripts {
        let is_page = folder(project, handler.file) == PAGES;
        let is_navigated = |entry: &FileId| is_above(project, *entry, handler.file);
        // Where the script that is started navigates by itself, the folder means nothing.
        let is_left_out = is_page && navigated.iter().any(is_navigated);
        if navigated.contains(&handler.file) || is_left_out || imported.contains(&handler.file) {
            continue;
        }
        let path = if is_page { page_path(project.file(handler.file).name()) } else { "/".into() };
        drafts.push(draft(path, project.body(handler).location(), handler));
    }
}

fn draft(path: Text, location: Location, handler: FunctionRef) -> Draft {
    Draft {
        kind: RouteKind::Page,
        method: "GET".into(),
        path,
        framework: "streamlit",
        location,
        handler: Handler::Function(handler),
        chain: Vec::new(),
        mount: Mount::Resolved,
        root: None,
    }
}

/// What runs for each visitor of a script: the script itself, or the function that it does everything in.
fn script(project: &Project, file: FileId) -> Option<FunctionRef> {
    let top = In { file, id: Facts::TOP_LEVEL };
    let body = project.body(top);
    if body.calls().any(shows) {
        return Some(top);
    }
    let mut called = body.calls().filter(|call| call.arguments().is_empty());
    called.find_map(|call| {
        let main = call.callee().filter(|callee| callee.at.file == file)?;
        main.calls_within().any(shows).then_some(main.at)
    })
}

/// Does a call put something on the page?
fn shows(call: Call<'_>) -> bool {
    let name = call.path().strip_prefix("streamlit.");
    name.is_some_and(|name| !SETTING_UP.iter().any(|known| name.starts_with(known)))
}

/// The files that others import: parts of pages, and no pages.
fn imported(project: &Project) -> BTreeSet<FileId> {
    let mut found = BTreeSet::new();
    for (file, unit) in project.units().filter(|(file, _)| is_python(project, *file)) {
        for import in &unit.facts.imports {
            let whole = import.name.as_ref().map(|name| format!("{}.{name}", import.module));
            let modules = [Some(import.module.to_string()), whole];
            let resolved = modules
                .into_iter()
                .flatten()
                .filter_map(|module| project.modules().resolve(project.file(file), &module));
            found.extend(resolved.filter(|&module| module != file));
        }
    }
    found
}

fn folder(project: &Project, file: FileId) -> &str {
    project.file(file).folder().rsplit('/').next().unwrap_or_default()
}

/// Does a file stand in the folder that holds the folder of another?
fn is_above(project: &Project, entry: FileId, page: FileId) -> bool {
    let folder = project.file(page).folder();
    let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
    project.file(entry).folder() == above
}

/// `1_📈_Sales report.py` is shown under `/Sales_report`: numbers and signs before the name are for the menu.
fn page_path(file_name: &str) -> Text {
    let stem = file_name.strip_suffix(".py").unwrap_or(file_name);
    let is_between = |character: char| matches!(character, '_' | '-' | ' ');
    let named = stem.trim_start_matches(|character: char| character.is_ascii_digit());
    let named = named.trim_start_matches(is_between);
    let named = named.trim_start_matches(|character: char| {
        !character.is_alphanumeric() && !character.is_ascii()
    });
    let named = named.trim_start_matches(is_between);
    let named = if named.is_empty() { stem } else { named };
    Text::from(format!("/{}", named.replace(' ', "_")))
}

/// A page that a script navigates to: `st.Page("orders.py")`, `st.Page(show, url_path="report")`.
struct Offered<'p> {
    page: Call<'p>,
    is_default: bool,
}

/// The pages that a call of `st.navigation` offers, in a list or in one for each section.
fn offered(navigation: Call<'_>) -> Vec<Offered<'_>> {
    let Some(listed) = navigation.argument(0).or_else(|| navigation.named("pages")) else {
        return Vec::new();
    };
    let pages = pages_in(listed);
    let says_so = |page: &Call<'_>| page.named("default").and_then(Value::boolean) == Some(true);
    let default = pages.iter().position(says_so).unwrap_or_default();
    let numbered = pages.into_iter().enumerate();
    numbered.map(|(number, page)| Offered { page, is_default: number == default }).collect()
}

fn pages_in(listed: Value<'_>) -> Vec<Call<'_>> {
    use crate::{facts::ExpressionKind, project::Origin};

    let listed = listed.constant();
    match listed.kind() {
        ExpressionKind::Object(entries) => {
            entries.iter().flat_map(|entry| pages_in(listed.sibling(entry.value))).collect()
        }
        ExpressionKind::List(items) => {
            items.iter().flat_map(|&item| pages_in(listed.sibling(item))).collect()
        }
        _ => {
            let made = listed.as_call().or_else(|| match listed.project.origin(listed.at) {
                Origin::Created(at) => listed.project.call(at),
                _ => None,
            });
            made.filter(|call| call.path() == "streamlit.Page").into_iter().collect()
        }
    }
}

impl<'p> Offered<'p> {
    fn shown(&self) -> Option<Value<'p>> {
        self.page.argument(0).or_else(|| self.page.named("page"))
    }

    /// The script of the page, named from the folder of the one that navigates.
    fn file(&self) -> Option<FileId> {
        let project = self.page.project;
        let named = self.shown()?.text()?;
        let folder = self.page.source_file().folder();
        let whole = if folder.is_empty() { named.to_owned() } else { format!("{folder}/{named}") };
        let mut files = project.units();
        files.find(|(_, unit)| *unit.file.path == *whole).map(|(file, _)| file)
    }

    fn handler(&self) -> Option<FunctionRef> {
        if let Some(file) = self.file() {
            let top = In { file, id: Facts::TOP_LEVEL };
            return Some(script(self.page.project, file).unwrap_or(top));
        }
        self.shown()?.as_function().map(|body| body.at)
    }

    fn path(&self, handler: Body<'_>) -> Text {
        if self.is_default {
            return "/".into();
        }
        if let Some(path) = self.page.named("url_path").and_then(Value::text) {
            return Text::from(format!("/{path}"));
        }
        match self.file() {
            Some(file) => page_path(self.page.project.file(file).name()),
            None => Text::from(format!("/{}", handler.function().name)),
        }
    }

    fn push(&self, navigation: Call<'p>, navigations: &[Call<'p>], drafts: &mut Vec<Draft>) {
        let project = self.page.project;
        let Some(handler) = self.handler() else { return };
        let beside = navigations.iter().filter(|other| other.file == navigation.file);
        let definition = Definition::Function(navigation.function().at);
        let navigating = navigation.value();
        let mut guard =
            candidate_definition(project, definition, navigating, Scope::Router, Mode::Script);
        if beside.count() > 1 {
            let why = "which pages are offered depends on a test that is not followed";
            guard = Candidate { what: What::Unreadable(why.to_owned()), ..guard };
        }
        let path = self.path(project.body(handler));
        let draft = draft(path, self.page.location(), handler);
        drafts.push(Draft { chain: vec![guard], ..draft });
    }
}
