use crate::{
    facts::{
        Credential, ExpressionKind, Role, SecretClass, Span, Strength, secret::DATABASE_URL,
        secret::words,
    },
    gap::{Confidence, Severity},
    project::{Client, FileId, In, Location, Project, views::Setting},
    rules::Sites,
};

/// A bundler writes the value of variables that start so into what it ships.
const PUBLIC_PREFIXES: [&str; 9] = [
    "NEXT_PUBLIC_",
    "VITE_",
    "REACT_APP_",
    "PUBLIC_",
    "NUXT_PUBLIC_",
    "EXPO_PUBLIC_",
    "GATSBY_",
    "VUE_APP_",
    "NG_APP_",
];

/// Words that name something private by themselves.
const PRIVATE: [&str; 8] = [
    "secret",
    "private",
    "password",
    "passwd",
    "encryption",
    "credentials",
    "signing",
    "passphrase",
];

/// Services that bill by the call: their keys are never meant for a browser.
const PAID: [&str; 18] = [
    "openai",
    "anthropic",
    "claude",
    "gemini",
    "groq",
    "replicate",
    "mistral",
    "cohere",
    "perplexity",
    "deepseek",
    "huggingface",
    "elevenlabs",
    "sendgrid",
    "resend",
    "twilio",
    "mailgun",
    "openrouter",
    "xai",
];

/// Words that make a name one of a switch, a limit or an address, or public by design.
const HARMLESS: [&str; 23] = [
    "disable",
    "disabled",
    "enable",
    "enabled",
    "allow",
    "min",
    "max",
    "length",
    "signup",
    "signin",
    "reset",
    "url",
    "uri",
    "policy",
    "public",
    "publishable",
    "anon",
    "site",
    "client",
    "id",
    "required",
    "endpoint",
    "model",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let client = project.client();
    for (id, unit) in project.units() {
        if !unit.file.language.is_script() || !matches!(unit.file.role, Role::Source | Role::Config)
        {
            continue;
        }
        if client.has(id) {
            literals(project, client, id, sites);
        }
        for (name, location) in reads(project, id) {
            let Some(severity) = exposure(name) else { continue };
            let ships = client.has(id);
            let message = if ships {
                format!("`{name}` is built into what every visitor downloads")
            } else {
                format!("`{name}` would be built into the bundle as soon as client code reads it")
            };
            let severity = if ships { severity } else { Severity::High };
            let site =
                sites.gap(location, name, message).severity(severity).root(name).identity(name);
            show_chain(project, client, id, site);
        }
        for call in project.calls_in(id) {
            if let Setting::Given(value) = call.option("dangerouslyAllowBrowser")
                && value.boolean() == Some(true)
                && has_own_key(call)
            {
                let message = "the paid key that this client uses reaches every visitor";
                sites.gap(call.location(), call.path(), message).severity(Severity::Critical);
            }
        }
    }
    settings(project, sites);
    if sites.is_empty()
        && !client.is_empty()
        && let Some((first, _)) = project.units().find(|(id, _)| client.has(*id))
    {
        let fact = "what ships to the browser names no secret";
        sites.holds(project.location(first, Span::default()), "the bundle", fact);
    }
}

/// Secrets as literals in code that ships.
fn literals(project: &Project, client: &Client, id: FileId, sites: &mut Sites) {
    let facts = project.facts(id);
    for hit in facts.secrets.iter().filter(|hit| hit.provider != DATABASE_URL) {
        let message = format!("a {} is shipped to every visitor", hit.title);
        let severity =
            if hit.class == SecretClass::Live { Severity::Critical } else { Severity::High };
        let place = project.location(id, hit.span);
        let site = sites.gap(place, &*hit.title, message).severity(severity).identity(&*hit.name);
        show_chain(project, client, id, site);
    }
    for one in facts.credentials.iter().filter(|one| is_strong(one)) {
        let message = format!("the value of `{}` is shipped to every visitor", one.name);
        let place = project.location(id, one.span);
        let site = sites
            .gap(place, &*one.name, message)
            .severity(Severity::High)
            .confidence(Confidence::Likely)
            .identity(&*one.name);
        show_chain(project, client, id, site);
    }
}

fn is_strong(one: &Credential) -> bool {
    one.strength == Strength::Random
        && !words(&one.name).iter().any(|word| HARMLESS.contains(&word.as_str()))
}

fn show_chain(
    project: &Project,
    client: &Client,
    id: FileId,
    mut site: crate::rules::Draft<'_, crate::rules::OfGap>,
) {
    for file in client.chain(id).into_iter().filter(|file| *file != id && client.has(id)) {
        site = site.because(project.location(file, Span::default()), "ships, and brings it along");
    }
}

/// Names of variables with a public prefix that a file reads.
fn reads(project: &Project, id: FileId) -> Vec<(&str, Location)> {
    let facts = project.facts(id);
    let named = facts.expressions().filter_map(|(at, expression)| {
        let name = match &expression.kind {
            ExpressionKind::Member { object, name } => {
                (facts.last_segment(*object) == Some("env")).then_some(name)
            }
            ExpressionKind::Index { object, index } => match &facts[*index].kind {
                ExpressionKind::Text(name) if facts.last_segment(*object) == Some("env") => {
                    Some(name)
                }
                _ => None,
            },
            _ => None,
        }?;
        let place = project.value(In { file: id, id: at }).location();
        Some((name.as_str(), place))
    });
    let imported =
        facts.imports.iter().filter(|import| import.module.contains("env/static/public"));
    let imported = imported
        .filter_map(|import| Some((import.name.as_deref()?, project.location(id, import.span))));
    named.chain(imported).collect()
}

/// How bad it is that everybody reads the value of this variable. None: nothing, as far as its name says.
fn exposure(name: &str) -> Option<Severity> {
    let rest = PUBLIC_PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let words = words(rest);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let follows = |first: &str, second: &str| {
        words.windows(2).any(|pair| pair[0] == first && pair[1] == second)
    };
    if follows("database", "url") || follows("service", "role") || follows("service", "key") {
        return Some(Severity::Critical);
    }
    if has(&HARMLESS) {
        return None;
    }
    let is_key = has(&["key", "token", "secret", "apikey"]);
    if has(&PRIVATE) || has(&["jwt", "admin"]) && is_key {
        return Some(Severity::Critical);
    }
    (has(&PAID) && is_key).then_some(Severity::High)
}

/// A key that the visitor types in is the visitor's own.
fn has_own_key(call: crate::project::Call) -> bool {
    let key = ["apiKey", "api_key", "authToken"].iter().find_map(|name| call.option(name).given());
    key.is_some_and(|key| match key.unwrapped().kind() {
        ExpressionKind::Text(_) => true,
        ExpressionKind::Member { .. } | ExpressionKind::Index { .. } => {
            key.source().contains("env")
        }
        ExpressionKind::Name(_) => {
            key.constant().kind().as_text().is_some() || key.constant().source().contains("env.")
        }
        ExpressionKind::Operation { .. } => key.source().contains("env"),
        _ => false,
    })
}

/// Environment files that give a value to a variable which should not be public.
fn settings(project: &Project, sites: &mut Sites) {
    for environment in project.manifests().environments.iter().filter(|one| !one.is_template) {
        for setting in &environment.settings {
            let is_filled = setting.value.len() >= 8;
            if let Some(severity) = exposure(&setting.name).filter(|_| is_filled) {
                let message =
                    format!("`{}` is built into what every visitor downloads", setting.name);
                sites
                    .gap(project.location(environment.file, setting.span), &*setting.name, message)
                    .severity(severity)
                    .root(&*setting.name)
                    .identity(&*setting.name);
            }
        }
    }
}
