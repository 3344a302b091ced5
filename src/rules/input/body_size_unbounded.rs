use crate::{
    facts::{Document, ExpressionKind, Language, Operator, Role, vocabulary::Meaning},
    gap::Confidence,
    project::{Body, Call, In, Location, Project, Route, Value},
    rules::{
        Sites,
        common::{has_word, last_name, server_calls},
    },
};

/// From here on a limit is none, in bytes.
const LARGEST: f64 = 50.0 * 1024.0 * 1024.0;

/// Names of settings and headers by which programs limit bodies themselves.
const OWN_LIMITS: [&str; 3] = ["MAX_CONTENT_LENGTH", "content-length", "Content-Length"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in server_calls(project, Meaning::BodyLimit) {
        judge_limit(call, sites);
    }
    settings(project, sites);
    if !has_proxy_limit(project) {
        judge_unlimited(project, sites);
        judge_framework(project, sites);
        pieces(project, sites);
    }
}

/// A limit that is set, or a reader of bodies with one of its own.
fn judge_limit(call: Call<'_>, sites: &mut Sites) {
    let (at, subject) = (call.location(), call.name());
    if call.detail(Meaning::BodyLimit, "none").is_some() {
        let mut limits = call.function().calls().filter(|other| other.means(Meaning::BodyLimit));
        if !limits.any(|other| other.detail(Meaning::BodyLimit, "limit").is_some()) {
            sites.gap(at, subject, "the limit for bodies is taken away");
        }
        return;
    }
    let Some(options) = call.detail(Meaning::BodyLimit, "limit") else { return };
    if options == "0" {
        if call.argument(0).and_then(bytes).is_some_and(|size| size >= LARGEST) {
            sites.gap(at, subject, "it takes bodies of any size that matters");
        } else {
            sites.holds(at, subject, "the size of bodies is limited");
        }
        return;
    }
    let Some(value) = call.any_option(options.split(',')).given() else {
        if call.detail(Meaning::BodyLimit, "default").is_some_and(|default| default != "none") {
            sites.holds(at, subject, "its library limits the size of bodies");
        }
        return;
    };
    match bytes(value) {
        Some(size) if size >= LARGEST => {
            sites.gap(at, subject, "it takes bodies of any size that matters");
        }
        Some(_) => {
            sites.holds(at, subject, "the size of bodies is limited");
        }
        None => {}
    }
}

/// A size as it is written: `"500mb"`, `52428800`, `Infinity`.
fn bytes(value: Value<'_>) -> Option<f64> {
    if let ExpressionKind::Operation { operator: Operator::Multiply, operands } = value.kind() {
        let factors = operands.iter().map(|&operand| bytes(value.sibling(operand)));
        return factors.product();
    }
    if let Some(number) = value.number() {
        return Some(number);
    }
    if matches!(value.kind(), ExpressionKind::Name(name) if name == "Infinity") {
        return Some(f64::INFINITY);
    }
    size_of(value.text()?)
}

/// `-1` is no limit.
fn size_of(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    if text.starts_with('-') {
        return Some(f64::INFINITY);
    }
    let length = text.find(|sign: char| !sign.is_ascii_digit() && sign != '.');
    let (number, unit) = text.split_at(length.unwrap_or(text.len()));
    let factor = match unit.trim() {
        "" | "b" => 1.0,
        "k" | "kb" => 1024.0,
        "m" | "mb" => 1024.0 * 1024.0,
        "g" | "gb" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

/// Go reads a body to its end, however long it is, unless it is told a limit.
fn judge_unlimited(project: &Project, sites: &mut Sites) {
    let is_go = |call: &Call<'_>| call.source_file().language == Language::Go;
    let limit = server_calls(project, Meaning::BodyLimit).find(is_go);
    for call in server_calls(project, Meaning::ReadToEnd).filter(is_go) {
        if !call.argument(0).is_some_and(is_body_of_request) {
            continue;
        }
        let (at, subject) = (call.location(), call.name());
        if let Some(limit) = limit {
            let fact = "the program limits the size of bodies";
            sites.holds(at, subject, fact).because(limit.location(), "limited here");
        } else {
            let message = "the body of a request is read to its end, however long it is";
            let draft = sites.gap(at, subject, message).confidence(Confidence::Heuristic);
            draft.root("no limit for bodies");
        }
    }
}

/// What settings say of the size of bodies.
fn settings(project: &Project, sites: &mut Sites) {
    for (file, unit) in project.units().filter(|(_, unit)| unit.file.role == Role::Config) {
        let Some(Document::Settings(settings)) = &unit.facts.document else { continue };
        let limits = |name: &str| project.vocabulary().has(name, Meaning::BodyLimit);
        for setting in settings.iter().filter(|setting| limits(&setting.name)) {
            let place = project.location(file, setting.span);
            match size_of(&setting.value) {
                Some(size) if size >= LARGEST => {
                    sites.gap(place, &*setting.name, "it takes bodies of any size that matters");
                }
                Some(_) => {
                    sites.holds(place, &*setting.name, "the size of bodies is limited");
                }
                None => {}
            }
        }
    }
}

/// A program of a framework without a limit that takes bodies, in which nothing else limits them.
fn judge_framework(project: &Project, sites: &mut Sites) {
    let takes_bodies = |route: &&Route| {
        project.vocabulary().has(route.framework, Meaning::UnlimitedBody)
            && route.is_written_to()
            && route.ships(project)
    };
    let Some(route) = project.routes().iter().find(takes_bodies) else { return };
    let is_near = |file| {
        project.file(file).language.is_script()
            == project.file(route.location.file).language.is_script()
    };
    let limit = server_calls(project, Meaning::BodyLimit)
        .find(|call| is_near(call.file))
        .map(Call::location)
        .or_else(|| own_limit(project));
    if let Some(limit) = limit {
        let fact = "the program limits the size of bodies";
        sites.holds(route.location, route.framework, fact).because(limit, "limited here");
    } else if !runs_on_platform(project) {
        let message =
            "the framework reads bodies whole, however long they are, and nothing limits them";
        let draft = sites.gap(route.location, route.framework, message);
        draft.confidence(Confidence::Heuristic);
    }
}

/// A setting or a header by which the program limits bodies itself.
fn own_limit(project: &Project) -> Option<Location> {
    project.units().filter(|(_, unit)| unit.file.is_shipped()).find_map(|(file, unit)| {
        let says = |text: &str| OWN_LIMITS.contains(&text);
        let (_, found) =
            unit.facts.expressions().find(|(_, expression)| match &expression.kind {
                ExpressionKind::Text(text) => says(text),
                ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => says(name),
                _ => false,
            })?;
        Some(Location { file, span: found.span })
    })
}

/// Platforms that run functions limit what they hand to them.
fn runs_on_platform(project: &Project) -> bool {
    let serves_functions =
        |module: &str| project.vocabulary().has(module, Meaning::FunctionAdapter);
    project.units().any(|(_, unit)| {
        unit.facts.imports.iter().any(|import| serves_functions(&import.module))
            || matches!(
                unit.file.name(),
                "vercel.json"
                    | "wrangler.toml"
                    | "wrangler.jsonc"
                    | "wrangler.json"
                    | "serverless.yml"
            )
            || unit.file.path.contains("supabase/functions/")
    })
}

/// `request.on("data", (piece) => (body += piece))`, and nothing asks how long it has become.
fn pieces(project: &Project, sites: &mut Sites) {
    for (file, unit) in project.units().filter(|(_, unit)| unit.file.is_shipped()) {
        if !unit.file.language.is_script() {
            continue;
        }
        for call in project.calls_in(file) {
            let is_data =
                call.name() == "on" && call.argument(0).and_then(Value::text) == Some("data");
            let of_request = call
                .receiver()
                .and_then(last_name)
                .is_some_and(|name| matches!(name, "req" | "request"));
            let Some(handler) = call.argument(1).and_then(Value::as_function) else { continue };
            if !is_data || !of_request {
                continue;
            }
            let (at, subject) = (call.location(), "data");
            if asks_how_long(handler) {
                sites.holds(at, subject, "it asks how long the body has become");
            } else if collects(handler) {
                let message = "the body of a request is collected, however long it is";
                sites.gap(at, subject, message);
            }
        }
    }
}

/// `body += piece`, `pieces.push(piece)`
fn collects(handler: Body<'_>) -> bool {
    let facts = handler.project.facts(handler.at.file);
    let span = handler.function().span;
    handler.calls_within().any(|call| matches!(call.name(), "push" | "concat"))
        || facts.expressions().any(|(_, expression)| {
            span.contains(expression.span)
                && matches!(
                    expression.kind,
                    ExpressionKind::Assign { operator: Some(Operator::Add), .. }
                )
        })
}

fn asks_how_long(handler: Body<'_>) -> bool {
    let facts = handler.project.facts(handler.at.file);
    let span = handler.function().span;
    facts.expressions().any(|(_, expression)| {
        let ExpressionKind::Operation { operator, operands } = &expression.kind else {
            return false;
        };
        let compares = matches!(
            operator,
            Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual
        );
        compares
            && span.contains(expression.span)
            && operands.iter().any(|&operand| {
                let value = handler.project.value(In { file: handler.at.file, id: operand });
                value.descendants().into_iter().filter_map(last_name).any(|name| {
                    has_word(name, &["length", "size", "bytes", "total", "received", "count"])
                })
            })
    })
}

/// `r.Body`, and not the body of an answer.
fn is_body_of_request(value: Value<'_>) -> bool {
    let ExpressionKind::Member { object, name } = value.unwrapped().kind() else { return false };
    let path = value.sibling(*object).path();
    name == "Body"
        && (value.project.vocabulary().has(&path, Meaning::RequestObject)
            || path.ends_with(".Request"))
}

/// A proxy in front that is set up in this repository.
fn has_proxy_limit(project: &Project) -> bool {
    project.units().any(|(_, unit)| {
        // A proxy of that kind takes 1 MB where it is not told otherwise.
        unit.file.text.contains("client_max_body_size")
            || unit.file.text.contains("proxy_pass ")
            || unit.file.text.contains("maxRequestBodyBytes")
    })
}
