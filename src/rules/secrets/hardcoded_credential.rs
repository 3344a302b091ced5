use crate::{
    facts::{
        Credential, ExpressionKind, File, Language, Role, Span, Strength, secret::is_signing_name,
    },
    gap::Confidence,
    project::{FileId, In, Project, Unit},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        if !is_ours(&unit.file) {
            continue;
        }
        for one in &unit.facts.credentials {
            let Some(confidence) = judged(project, id, unit, one) else { continue };
            let message = format!("the value of `{}` is written into the source", one.name);
            sites
                .gap(project.location(id, one.span), &*one.name, message)
                .confidence(confidence)
                .identity(&*one.name);
        }
    }
    if sites.is_empty()
        && let Some((first, _)) = project.units().find(|(_, unit)| unit.file.language.is_code())
    {
        let fact = "no literal under a secret's name";
        sites.holds(project.location(first, Span::default()), "the project", fact);
    }
}

/// Environment files, containers, pipelines and agents have rules of their own.
fn is_ours(file: &File) -> bool {
    let has_own_rule = file.language == Language::Dockerfile
        || super::secret_in_build_or_deploy::is_deployment(file)
        || super::agent_config::is_agent_file(file)
        || file.language == Language::Env && !file.name().ends_with(".properties");
    let is_markup =
        matches!(file.language, Language::Html | Language::Template | Language::Markdown);
    let is_collection = file.name().contains("postman")
        || file.name().contains("openapi")
        || file.name().contains("swagger");
    !has_own_rule
        && !is_markup
        && !is_collection
        && !is_test_place(&file.path)
        && matches!(file.role, Role::Source | Role::Config | Role::Script | Role::Migration)
}

/// Folders such as `test-environments` hold what tests need, whatever their kind.
pub(super) fn is_test_place(path: &str) -> bool {
    path.split(['/', '-', '_']).any(|word| matches!(word, "test" | "tests" | "testing"))
}

/// How sure, by name, value and place together. None: another rule, or not sure enough to say it.
fn judged(project: &Project, file: FileId, unit: &Unit, one: &Credential) -> Option<Confidence> {
    let is_code = unit.file.language.is_code();
    if unit.facts.comments.iter().any(|comment| comment.span.contains(one.span)) {
        return None;
    }
    // The rule about fallback values judges these by what they are used for.
    if is_code && (one.is_fallback || is_signing_name(&one.name)) {
        return None;
    }
    let is_used = is_code && is_handed_on(project, file, one);
    match (one.strength, is_used) {
        (Strength::Random, _) | (Strength::Mixed, true) => Some(Confidence::Likely),
        (Strength::Mixed, false) if is_code || is_settings(&unit.file) => {
            Some(Confidence::Heuristic)
        }
        (Strength::Words, true) => Some(Confidence::Heuristic),
        (Strength::Mixed | Strength::Words, false) => None,
    }
}

fn is_settings(file: &File) -> bool {
    file.name().ends_with(".properties")
        || file.language == Language::Yaml
        || file.language == Language::Toml
}

/// Is the literal an argument of a call, by name or in an object of options?
fn is_handed_on(project: &Project, file: FileId, one: &Credential) -> bool {
    let facts = project.facts(file);
    let literal = facts.expressions().find(|(_, expression)| {
        matches!(expression.kind, ExpressionKind::Text(_)) && expression.span.contains(one.span)
    });
    literal.is_some_and(|(id, _)| {
        let index = &project.unit(file).index;
        let mut ancestors = index.ancestors(id);
        ancestors.any(|at| project.call(In { file, id: at }).is_some())
    })
}
