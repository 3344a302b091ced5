mod answers;

use super::reach::{report, subject};
use crate::{
    facts::{ExpressionKind, Language, Runtime, Span, StatementKind, vocabulary::Meaning},
    gap::{Confidence, Severity},
    project::{
        self, Call, Project, Value,
        flow::{Flow, From, Judgement, Kills, Origin, Role, Use},
    },
    rules::{
        Sites,
        common::{last_name, names_of},
    },
};

/// What is dangerous in a page.
const ORIGINS: [Origin; 2] = [Origin::Request, Origin::ModelOutput];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let engines = unescaping_engines(project);
    for &engine in &engines {
        let message = "this engine is told to show values without escaping them";
        let draft = sites.gap(engine.location(), engine.name(), message);
        draft.confidence(Confidence::Likely).root(root_of(project, engine));
    }
    for found in project.flows().of(&[Meaning::RawHtml]) {
        let file = project.file(found.at.file);
        if !file.is_shipped() || file.path.contains("components/ui/") || !is_html(project, found) {
            continue;
        }
        if found.role != Role::Escaped {
            judge(project, sites, found);
        } else if let Some(&engine) = engines.iter().find(|engine| fills(**engine, &file.path)) {
            judge_unescaped(project, sites, found, engine);
        }
    }
}

fn judge(project: &Project, sites: &mut Sites, found: &Use) {
    let location = found.location(project);
    let file = project.file(location.file);
    // In a page all that is not constant was stored by somebody.
    let is_page = writer(project, found).is_none() && found.role == Role::Subject;
    match found.judge(Kills::HTML, &ORIGINS) {
        Judgement::Reached(_) | Judgement::Unknown(_)
            if is_made_by_engine(project.value(found.at)) => {}
        Judgement::Reached(flow)
            if flow.kills.any(Kills::PROJECTED) && is_address(project.value(found.at)) => {}
        Judgement::Reached(flow) => {
            report(project, sites, found, flow, "becomes HTML without being escaped");
        }
        Judgement::Unknown(flow)
            if is_own_file(project, flow)
                || answers::is_of_own_server(project.value(found.at))
                || is_own_code(project, found)
                || is_address(project.value(found.at))
                || file.language.is_template() && is_mail(&file.path)
                || is_cleaned_by_component(project.value(found.at)) =>
        {
            let reason =
                "where it is made was not followed, and may be of the project's own making";
            sites.unknown(location, subject(project, found), reason);
        }
        // What a function makes of nothing is its own.
        Judgement::Unknown(_)
            if found.call(project).is_some_and(|call| call.arguments().is_empty()) => {}
        Judgement::Unknown(flow) if is_page && file.runtime != Runtime::Cli => {
            let message = "a value that is not constant becomes HTML without being cleaned";
            let mut draft = sites.gap(location, subject(project, found), message);
            draft = draft.confidence(Confidence::Heuristic);
            if file.language.is_template() {
                draft = draft.severity(Severity::Medium);
            }
            for step in &flow.steps {
                draft = draft.because(step.location, &step.note);
            }
        }
        Judgement::Clean(why) if !found.flows.is_empty() => {
            sites.holds(location, subject(project, found), format!("the HTML: {why}"));
        }
        Judgement::Clean(_) | Judgement::Unknown(_) => {}
    }
}

/// A value that a template would escape if its engine had not been told not to.
fn judge_unescaped(project: &Project, sites: &mut Sites, found: &Use, engine: Call<'_>) {
    let (Judgement::Reached(flow) | Judgement::Unknown(flow)) = found.judge(Kills::HTML, &ORIGINS)
    else {
        return;
    };
    let value = project.value(found.at);
    if is_made_by_engine(value) || is_identifier(value) {
        return;
    }
    let message = "the engine was told to show this value without escaping it";
    let mut draft = sites.gap(found.location(project), subject(project, found), message);
    draft = draft.root(root_of(project, engine)).because(engine.location(), "told here");
    for step in &flow.steps {
        draft = draft.because(step.location, &step.note);
    }
}

/// The set-ups of template engines that turn escaping off.
fn unescaping_engines(project: &Project) -> Vec<Call<'_>> {
    let says = |call: Call<'_>, detail: &str, wanted: bool| {
        let option = call.detail(Meaning::TemplateEngine, detail);
        let given = option.and_then(|option| call.option(option).given());
        given.is_some_and(|value| value.boolean() == Some(wanted))
    };
    project
        .calls_with(Meaning::TemplateEngine)
        .filter(|call| call.source_file().is_shipped())
        .filter(|&call| says(call, "escape", false) || says(call, "raw", true))
        .collect()
}

fn root_of(project: &Project, engine: Call<'_>) -> String {
    format!("{}:{}", engine.source_file().path, project.line(engine.location()))
}

/// Does the engine fill the template at `path`? Both stand in one part of the repository.
fn fills(engine: Call<'_>, path: &str) -> bool {
    let (folder, _) = engine.source_file().path.rsplit_once('/').unwrap_or_default();
    let top = folder.split('/').next().unwrap_or_default();
    let is_mustache =
        [".hbs", ".handlebars", ".mustache"].iter().any(|ending| path.ends_with(ending));
    let is_other = [".ejs", ".eta", ".pug", ".jade"].iter().any(|ending| path.ends_with(ending));
    let takes_mustache = engine.detail(Meaning::TemplateEngine, "raw").is_some();
    path.starts_with(top) && !is_other && is_mustache == takes_mustache
}

/// Markup that frameworks make and escape themselves: hidden fields against forgery, fields of forms.
fn is_made_by_engine(value: Value<'_>) -> bool {
    let Some(name) = names_of(value).into_iter().next() else { return false };
    let name = name.to_ascii_lowercase();
    let is_template = value.project.file(value.at.file).language.is_template();
    is_template
        && (name.contains("csrf")
            || name == "field"
            || name == "formset"
            || name == "form"
            || name.ends_with("_form"))
}

/// The key of a record: a number, or made by the database.
fn is_identifier(value: Value<'_>) -> bool {
    let name = last_name(value).unwrap_or_default();
    matches!(name, "id" | "_id" | "pk" | "uuid" | "loop") || name.ends_with("_id")
}

/// Read from a file: mostly one of the project's own.
fn is_own_file(project: &Project, flow: &Flow) -> bool {
    let From::Unknown(location) = flow.from else { return false };
    let text = project.file(location.file).slice(location.span);
    project.calls_in(location.file).any(|call| {
        call.means(Meaning::FileRead)
            && location.span.contains(call.location().span)
            && !text.is_empty()
    })
}

/// The inside of `<script>` and `<style>`: code of the page, or data for search engines.
fn is_own_code(project: &Project, found: &Use) -> bool {
    let index = &project.unit(found.at.file).index;
    let facts = project.facts(found.at.file);
    index.ancestors(found.at.id).any(|id| match &facts[id].kind {
        ExpressionKind::Element { name, .. } => matches!(name.as_str(), "script" | "style"),
        _ => false,
    })
}

/// An address in a template: what may be in it was encoded where it was made.
fn is_address(value: Value<'_>) -> bool {
    let is_template = value.project.file(value.at.file).language.is_template();
    let name = last_name(value).unwrap_or_default().to_ascii_lowercase();
    is_template && ["url", "href", "link"].iter().any(|ending| name.ends_with(ending))
}

/// Is it made by a function or a value of the component that cleans what it is made of?
fn is_cleaned_by_component(value: Value<'_>) -> bool {
    let (project, file) = (value.project, value.at.file);
    if project.file(file).language != Language::Vue {
        return false;
    }
    let facts = project.facts(file);
    let names: Vec<&str> = value
        .descendants()
        .into_iter()
        .filter_map(|part| match part.kind() {
            ExpressionKind::Name(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let functions = facts.functions().map(|(_, function)| (&function.name, function.span));
    let bindings = facts.statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Bind { target, .. } => Some((target.as_name()?, statement.span)),
        _ => None,
    });
    let cleans = |call: Call<'_>| {
        let is_cleaning =
            |meaning: Meaning| matches!(meaning, Meaning::SanitizeHtml | Meaning::EscapeHtml);
        call.meanings().any(is_cleaning)
            || call.callee().is_some_and(|callee| project.reaches(callee.at, is_cleaning))
    };
    let makers: Vec<Span> = functions
        .chain(bindings)
        .filter(|(name, _)| names.contains(&name.as_str()))
        .map(|(_, span)| span)
        .collect();
    project
        .calls_in(file)
        .any(|call| makers.iter().any(|span| span.contains(call.location().span)) && cleans(call))
}

/// A mail is read where no script runs.
fn is_mail(path: &str) -> bool {
    path.split('/').any(|folder| matches!(folder, "email" | "emails" | "mail" | "mails" | "mailer"))
}

/// The call that makes HTML of its argument, unless it is an attribute or an assignment that does.
fn writer<'p>(project: &'p Project, found: &Use) -> Option<Call<'p>> {
    found.call(project).filter(|call| call.means(Meaning::RawHtml))
}

/// Does what is written here answer the request?
fn is_answer(writer: Value<'_>) -> bool {
    let written = format!("{}.Write", writer.path());
    writer.project.vocabulary().has(&written, Meaning::Respond)
}

/// Is a template that escapes nothing one of a page, by its text or the name of its file?
fn is_template_of_html(template: Value<'_>) -> bool {
    let made = match template.project.origin(template.at) {
        project::Origin::Created(made) => template.project.value(made),
        _ => template,
    };
    made.descendants().into_iter().filter_map(Value::text).any(|text| {
        text.contains('<') || text.rsplit('.').next().is_some_and(|end| end.ends_with("html"))
    })
}

/// What is written to an answer is a page only if it has markup.
fn is_html(project: &Project, found: &Use) -> bool {
    let Some(call) = writer(project, found) else { return true };
    if call.row(Meaning::RawHtml).is_some_and(|row| row.detail("writer").is_some()) {
        let has_markup = |value: Value<'_>| value.text().is_some_and(|text| text.contains('<'));
        return call.argument(1).is_some_and(|text| text.descendants().into_iter().any(has_markup));
    }
    if let Some(position) = call.row(Meaning::RawHtml).and_then(|row| row.detail("answer")) {
        let writer = position.parse().ok().and_then(|position| call.argument(position));
        return writer.is_some_and(is_answer) && call.receiver().is_some_and(is_template_of_html);
    }
    if call.row(Meaning::RawHtml).is_some_and(|row| row.detail("only") == Some("html")) {
        let start = found.constant.as_ref().or(found.prefix.as_ref());
        return found.is_text && start.is_some_and(|start| start.contains('<'));
    }
    if let Some(option) = call.row(Meaning::RawHtml).and_then(|row| row.detail("only_with")) {
        return call.option(option).given().is_some_and(|value| value.boolean() == Some(true));
    }
    true
}
