use crate::{
    facts::{ExpressionKind, Language, Operator, vocabulary::Meaning},
    gap::Severity,
    project::{
        Body, Call, In, Location, Project, Unit, Value, routes::Authentication, views::Setting,
    },
    rules::{Sites, common::server_calls},
};

/// How names end that tell the kind of a file.
const KIND: [&str; 13] = [
    "content_type",
    "contenttype",
    "mimetype",
    "mime_type",
    "mime",
    "filename",
    "originalname",
    "suffix",
    "extension",
    "ext",
    "endswith",
    "splitext",
    "file_name",
];

/// Calls that compare what they are called on or given.
const ASKING: [&str; 15] = [
    "endswith",
    "startswith",
    "equals",
    "equalsIgnoreCase",
    "contains",
    "includes",
    "has",
    "startsWith",
    "endsWith",
    "matches",
    "test",
    "HasSuffix",
    "HasPrefix",
    "Contains",
    "starts_with",
];

/// How names end that tell how large it is.
const SIZE: [&str; 5] = ["size", "length", "len", "bytes", "tell"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in server_calls(project, Meaning::ReceiveUpload) {
        judge_receiver(call, sites);
    }
    let limit = limit_of_program(project);
    for (body, place, severity) in handlers(project) {
        // A schema that takes a file says what fits.
        let has_schema = body.calls_within().any(|call| call.means(Meaning::ValidateSchema));
        let has_size = has_schema
            || limit.is_some()
            || is_limited(project, body)
            || compares(project, body, &SIZE);
        let has_kind = has_schema || compares(project, body, &KIND) || looks_inside(body);
        report(sites, place, &body.name(), severity, (has_size, has_kind));
    }
}

/// Middleware that takes files apart, with what it was told.
fn judge_receiver(call: Call<'_>, sites: &mut Sites) {
    let told = |detail: &str| {
        let options = call.detail(Meaning::ReceiveUpload, detail).unwrap_or_default();
        call.any_option(options.split(','))
    };
    let sets_up = |call: Call<'_>| call.detail(Meaning::ReceiveUpload, "set_up").is_some();
    if sets_up(call) {
        return;
    }
    let (size, kind) = (told("size"), told("kind"));
    let is_set_up_elsewhere = call.project.calls_with(Meaning::ReceiveUpload).any(sets_up);
    if matches!(size, Setting::Unknown)
        || matches!(kind, Setting::Unknown)
        || size.given().is_none() && is_set_up_elsewhere
    {
        sites.unknown(call.location(), call.name(), "its options are put together elsewhere");
        return;
    }
    let in_handlers = call.detail(Meaning::ReceiveUpload, "in") == Some("handlers");
    let has_size = size.given().is_some() || has_validator(call, "size");
    let has_kind = kind.given().is_some()
        || has_validator(call, "kind")
        || in_handlers && asks_for_kind(call.project);
    report(sites, call.location(), call.name(), Severity::High, (has_size, has_kind));
}

/// A pipe in the same file that refuses files.
fn has_validator(call: Call<'_>, refused: &str) -> bool {
    let mut others = call.project.calls_in(call.file);
    others.any(|other| other.detail(Meaning::RefuseUpload, "refuses") == Some(refused))
}

/// Does any handler of the program ask for the kind of a file?
fn asks_for_kind(project: &Project) -> bool {
    let kinds = ["mimetype", "originalname", "extname"];
    project
        .routes()
        .iter()
        .filter_map(|route| route.handler)
        .any(|handler| compares(project, project.body(handler), &kinds))
}

/// `checked`: whether the size and whether the kind of files is looked at.
fn report(
    sites: &mut Sites,
    place: Location,
    subject: &str,
    severity: Severity,
    checked: (bool, bool),
) {
    let (message, severity) = match checked {
        (true, true) => {
            sites.holds(place, subject, "the size and the kind of files are checked");
            return;
        }
        (false, false) => ("takes files of any size and kind", severity),
        (false, true) => ("takes files of any size", Severity::Medium),
        (true, false) => ("takes files of any kind", Severity::Medium),
    };
    sites.gap(place, subject, message).severity(severity);
}

/// Handlers that are handed files and keep them, where they are, and how bad it is that anybody may hand
/// them anything: who has proved who they are does less harm.
fn handlers(project: &Project) -> Vec<(Body<'_>, Location, Severity)> {
    let mut found: Vec<(Body<'_>, Location, Severity)> = Vec::new();
    for route in project.routes() {
        let Some(body) = route.handler.map(|handler| project.body(handler)) else { continue };
        let file = project.file(body.at.file);
        if !file.is_shipped() {
            continue;
        }
        if let Some(place) = file_of(body).filter(|_| keeps(body))
            && !found.iter().any(|(known, ..)| known.at == body.at)
        {
            let is_open = matches!(route.authentication, Authentication::None);
            let severity = if is_open { Severity::High } else { Severity::Medium };
            found.push((body, place, severity));
        }
    }
    found
}

/// Is what comes in written to a file or handed to a store?
fn keeps(body: Body<'_>) -> bool {
    let writes = body
        .project
        .reaches(body.at, |meaning| matches!(meaning, Meaning::FileWrite | Meaning::FilePath));
    let is_script = body.project.file(body.at.file).language.is_script();
    let stores = ["put", "upload", "putObject", "uploadFile", "upload_stream"];
    writes || is_script && body.calls_within().any(|call| stores.contains(&call.name()))
}

/// Where a handler gets hold of a file.
fn file_of(body: Body<'_>) -> Option<Location> {
    let file = body.project.file(body.at.file);
    match file.language {
        Language::Go => body
            .calls_within()
            .find(|call| matches!(call.name(), "FormFile" | "MultipartReader"))
            .map(Call::location),
        language if language.is_script() => {
            let reads_file = body
                .calls_within()
                .any(|call| matches!(call.name(), "arrayBuffer" | "bytes" | "stream"));
            let form = body.calls_within().find(|call| call.name() == "formData");
            form.filter(|_| reads_file).map(Call::location)
        }
        _ => declared_file(body),
    }
}

/// A parameter that is a file, or `request.files`.
fn declared_file(body: Body<'_>) -> Option<Location> {
    let facts = body.project.facts(body.at.file);
    let function = body.function();
    let vocabulary = body.project.vocabulary();
    let is_file = |value: Value<'_>| vocabulary.has(&value.path(), Meaning::ReceiveUpload);
    let parameter = function.parameters.iter().find(|parameter| {
        parameter.annotation.is_some_and(|id| {
            let annotation = body.project.value(In { file: body.at.file, id });
            annotation.descendants().into_iter().any(is_file)
        })
    });
    if let Some(parameter) = parameter {
        return Some(Location { file: body.at.file, span: parameter.span });
    }
    let member = facts.expressions().find(|(_, expression)| match &expression.kind {
        ExpressionKind::Member { object, name } => {
            matches!(name.as_str(), "files" | "FILES")
                && facts.last_segment(*object) == Some("request")
                && function.span.contains(expression.span)
        }
        _ => false,
    })?;
    Some(Location { file: body.at.file, span: member.1.span })
}

/// Does the handler, or one that it calls, compare something whose name ends like this?
fn compares(project: &Project, body: Body<'_>, endings: &[&str]) -> bool {
    let called = body.calls_within().filter_map(Call::callee);
    std::iter::once(body).chain(called).any(|body| {
        let facts = project.facts(body.at.file);
        facts.expressions().any(|(id, expression)| {
            let value = project.value(In { file: body.at.file, id });
            is_question(value)
                && body.function().span.contains(expression.span)
                && value.descendants().into_iter().any(|part| is_named(part, endings))
        })
    })
}

/// Does the framework limit what a handler is sent, or something that is set up for all of it?
fn is_limited(project: &Project, body: Body<'_>) -> bool {
    let language = project.file(body.at.file).language;
    // Spring and the frameworks of Rust have limits of their own.
    let has_default = matches!(language, Language::Java | Language::Rust);
    has_default
        || server_calls(project, Meaning::BodyLimit)
            .any(|call| call.source_file().language == language)
}

/// What the file holds, and not what it is called, is looked at; or its kind is at least asked for.
fn looks_inside(body: Body<'_>) -> bool {
    let language = body.project.file(body.at.file).language;
    body.calls_within().any(|call| {
        call.means(Meaning::TellFileKind)
            || language == Language::Rust && call.name() == "content_type"
    }) || language.is_script() && compares(body.project, body, &["type"])
}

fn is_question(value: Value<'_>) -> bool {
    match value.kind() {
        ExpressionKind::Operation { operator, .. } => matches!(
            operator,
            Operator::Equal
                | Operator::NotEqual
                | Operator::In
                | Operator::NotIn
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual
        ),
        ExpressionKind::Call { .. } => {
            value.as_call().is_some_and(|call| ASKING.contains(&call.name()))
        }
        _ => false,
    }
}

fn is_named(part: Value<'_>, endings: &[&str]) -> bool {
    match part.kind() {
        ExpressionKind::Member { name, .. } | ExpressionKind::Name(name) => {
            let name = name.to_ascii_lowercase();
            endings.iter().any(|ending| name.ends_with(ending))
        }
        _ => false,
    }
}

/// A limit for all bodies of the program.
fn limit_of_program(project: &Project) -> Option<Location> {
    let is_limit = |name: &str| {
        matches!(
            name,
            "MAX_CONTENT_LENGTH" | "DATA_UPLOAD_MAX_MEMORY_SIZE" | "client_max_body_size"
        )
    };
    let limited = |unit: &Unit| {
        unit.facts.expressions().find_map(|(_, expression)| match &expression.kind {
            ExpressionKind::Text(text) if is_limit(text) => Some(expression.span),
            ExpressionKind::Member { name, .. } | ExpressionKind::Name(name) if is_limit(name) => {
                Some(expression.span)
            }
            _ => None,
        })
    };
    project.units().find_map(|(file, unit)| Some(Location { file, span: limited(unit)? }))
}
