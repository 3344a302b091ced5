use crate::{
    facts::{
        EntryKey, ExpressionKind, File, Language, Pattern, Role, Span, StatementKind,
        vocabulary::Meaning,
    },
    gap::Severity,
    project::{Call, FileId, In, Project, Unit, Value, views::Setting},
    rules::{Sites, common::has_word},
};

/// Options that switch the check off, with the value that does it.
const OPTIONS: [(&str, bool); 6] = [
    ("rejectUnauthorized", false),
    ("InsecureSkipVerify", true),
    ("check_hostname", false),
    ("verify_ssl", false),
    ("strictSSL", false),
    ("insecureHTTPParser", true),
];

/// The variable by which a whole process stops checking.
const VARIABLE: &str = "NODE_TLS_REJECT_UNAUTHORIZED";

const MESSAGE: &str = "whoever stands between the two ends can read and change everything";

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        if !matches!(unit.file.role, Role::Source | Role::Config | Role::Script | Role::Migration) {
            continue;
        }
        for call in project.calls_in(id) {
            of_call(call, sites);
        }
        of_values(project, id, unit, sites);
        if matches!(unit.file.language, Language::Shell | Language::Dockerfile | Language::Env) {
            of_lines(project, id, unit, sites);
        }
    }
}

fn of_call(call: Call, sites: &mut Sites) {
    let is_request = call.means(Meaning::HttpRequest) || call.means(Meaning::HttpClient);
    if is_request && let Setting::Given(value) = call.option("verify") {
        match value.boolean() {
            Some(false) => {
                sites.gap(call.location(), call.path(), MESSAGE);
            }
            _ => {
                sites.holds(call.location(), call.path(), "certificates are checked");
            }
        }
    }
    // A method of that name takes the switch; other calls switch by being there.
    let is_switch = call.name().contains("danger") || call.name().contains("insecure");
    if call.means(Meaning::DisableTlsVerification) && is_switch {
        let is_off = call.argument(0).is_none_or(|value| value.boolean() == Some(true));
        if is_off {
            let severity = if is_asked_for(call) { Severity::Low } else { Severity::High };
            sites.gap(call.location(), call.path(), MESSAGE).severity(severity);
        }
    } else if call.means(Meaning::DisableTlsVerification) && is_plain_switch(call) {
        sites.gap(call.location(), call.path(), MESSAGE);
    }
}

/// `if CONFIG.accept_invalid_certificates()`: only where whoever runs the program asks for it.
fn is_asked_for(call: Call) -> bool {
    const SETTINGS: [&str; 9] = [
        "config",
        "configuration",
        "settings",
        "env",
        "options",
        "opts",
        "args",
        "flags",
        "insecure",
    ];
    let Some(statement) = call.value().statement() else { return false };
    let unit = call.project.unit(statement.file);
    unit.index.enclosing(statement.id).any(|(outer, _)| match unit.facts[outer].kind {
        StatementKind::If { test, .. } => has_word(call.value().sibling(test).source(), &SETTINGS),
        _ => false,
    })
}

/// Calls that only hide a warning, or that only may take such an option, switch nothing off.
fn is_plain_switch(call: Call) -> bool {
    !call.name().contains("warnings")
        && call.detail(Meaning::DisableTlsVerification, "option").is_none()
        && !call.source_file().language.is_script()
}

fn of_values(project: &Project, id: FileId, unit: &Unit, sites: &mut Sites) {
    let value = |at| project.value(In { file: id, id: at });
    for (at, expression) in unit.facts.expressions() {
        match &expression.kind {
            ExpressionKind::Object(entries) => {
                for entry in entries {
                    if let EntryKey::Name(name) = &entry.key {
                        option(name, value(entry.value), sites);
                    }
                }
            }
            ExpressionKind::Call { arguments, .. } => {
                for argument in arguments {
                    if let Some(name) = &argument.name {
                        option(name, value(argument.value), sites);
                    }
                }
            }
            ExpressionKind::Assign { target, value: assigned, .. } => {
                variable(value(*target), value(*assigned), sites);
            }
            ExpressionKind::Member { name, .. } if name == "CERT_NONE" => {
                sites.gap(value(at).location(), "CERT_NONE", MESSAGE);
            }
            _ => {}
        }
    }
    for statement in &unit.facts.statements {
        if let StatementKind::Bind { target: Pattern::Place(place), value: Some(bound), .. } =
            &statement.kind
        {
            variable(value(*place), value(*bound), sites);
        }
    }
}

fn option(name: &str, value: Value, sites: &mut Sites) {
    let Some((_, off)) = OPTIONS.iter().find(|(known, _)| *known == name) else { return };
    match value.boolean() {
        Some(given) if given == *off => {
            // A hosted database with its own authority is the usual excuse.
            let severity = if is_for_database(value) { Severity::Medium } else { Severity::High };
            sites.gap(value.location(), name, MESSAGE).severity(severity);
        }
        Some(_) => {
            sites.holds(value.location(), name, "certificates are checked");
        }
        None => {}
    }
}

fn is_for_database(value: Value) -> bool {
    let index = &value.project.unit(value.at.file).index;
    let mut calls = index.ancestors(value.at.id).filter_map(|at| value.sibling(at).as_call());
    calls.any(|call| {
        call.means(Meaning::DatabaseClient)
            || ["Pool", "Client", "Sequelize", "DataSource"].contains(&call.name())
    })
}

/// `process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"`.
fn variable(target: Value, assigned: Value, sites: &mut Sites) {
    let name = match target.kind() {
        ExpressionKind::Member { name, .. } => Some(name.as_str()),
        ExpressionKind::Index { index, .. } => target.sibling(*index).kind().as_text(),
        _ => None,
    };
    let is_off = match assigned.kind() {
        ExpressionKind::Text(text) | ExpressionKind::Number(text) => text == "0",
        _ => false,
    };
    match name {
        Some(VARIABLE) if is_off => {
            sites.gap(assigned.location(), VARIABLE, MESSAGE);
        }
        Some(name) => option(name, assigned, sites),
        None => {}
    }
}

fn of_lines(project: &Project, id: FileId, unit: &Unit, sites: &mut Sites) {
    let file = &unit.file;
    let mut offset = 0_usize;
    for line in file.text.split_inclusive('\n') {
        let start = u32::try_from(offset).unwrap_or(u32::MAX);
        offset += line.len();
        let command = line.trim();
        if command.starts_with('#') || is_own_machine(command, file) {
            continue;
        }
        let words: Vec<&str> = command.split([' ', '"', '\'']).collect();
        let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
        let is_off = has(&["curl"])
            && has(&["-k", "--insecure", "-sk", "-ks", "-skL", "-kL", "-fsSLk"])
            || has(&["wget"]) && has(&["--no-check-certificate"])
            || command.contains("http.sslVerify=false")
            || command.contains("http.sslVerify false")
            || command.contains("StrictHostKeyChecking=no")
            || command.contains(VARIABLE) && command.contains("=0")
            || command.contains("strict-ssl=false");
        if is_off {
            let end = start + u32::try_from(line.trim_end().len()).unwrap_or(0);
            sites.gap(project.location(id, Span::new(start, end)), "a command", MESSAGE);
        }
    }
}

/// A container that asks itself whether it is well does so without a wire.
fn is_own_machine(command: &str, file: &File) -> bool {
    let asks_itself = has_word(file.name(), &["healthcheck", "health"]);
    asks_itself || ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| command.contains(host))
}
