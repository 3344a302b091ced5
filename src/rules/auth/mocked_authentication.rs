use crate::{
    facts::{ExpressionKind, Operator, Runtime, StatementKind, vocabulary::Meaning},
    gap::Confidence,
    project::{Body, Call, In, Location, Project, Value},
    rules::{Sites, stubs},
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for body in project.functions().filter(|body| is_asked(body)) {
        let name = body.name();
        if let Some(place) = literal_password(body) {
            sites.gap(
                place,
                &*name,
                format!("`{name}` compares with a password that stands in the code"),
            );
        } else if let Some((place, what)) =
            unconditional(body).filter(|_| !is_answered_beside(body))
        {
            let admitted = stubs::admission(body);
            let confidence =
                if admitted.is_some() { Confidence::Certain } else { Confidence::Likely };
            let site = sites
                .gap(place, &*name, format!("`{name}` lets everybody pass: {what}"))
                .confidence(confidence);
            if let Some(admitted) = admitted {
                site.because(admitted, "it says so itself");
            }
        } else if let Some((admitted, assumed)) = assumed(body) {
            sites
                .gap(admitted, &*name, format!("`{name}` takes a success for granted"))
                .because(assumed, "nobody is asked");
        } else if verifies(body) {
            sites.holds(body.location(), &*name, "it verifies what it is given");
        }
    }
}

/// Is it a check of who is calling, by its name, in code that runs where the caller cannot change it?
fn is_asked(body: &Body<'_>) -> bool {
    let file = &body.unit().file;
    !body.is_top_level()
        && file.is_shipped()
        && file.runtime != Runtime::Browser
        && is_check(&body.function().name)
        && !is_left_out(body)
        && !is_of_device(body)
}

/// What a device lets a page do: a place, a camera, a notice. Whoever checks for it asks for it beside.
fn is_of_device(body: &Body<'_>) -> bool {
    let function = body.function();
    stubs::words(&function.name).iter().any(|word| word.starts_with("permission"))
        && function.parameters.is_empty()
        && body.unit().file.text.contains("requestPermission")
}

/// `#[cfg(not(feature = "tenants"))]`: what stands in where the feature is not built, which has a check of its own.
fn is_left_out(body: &Body<'_>) -> bool {
    let of_block = body.class().into_iter().flat_map(|block| &block.class().decorators);
    let decorators = body.function().decorators.iter().chain(of_block);
    decorators.map(|&id| body.project.value(In { file: body.at.file, id })).any(|decorator| {
        let written: String = decorator.source().split_whitespace().collect();
        written.contains("cfg(not(feature")
    })
}

fn is_check(name: &str) -> bool {
    let words = stubs::words(name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    if has(&[
        "public",
        "anonymous",
        "optional",
        "logout",
        "page",
        "url",
        "header",
        "headers",
        "test",
    ]) {
        return false;
    }
    has(&["authenticate", "authenticated", "authorize", "authorized", "login", "signin"])
        || has(&["auth"])
            && has(&["require", "check", "verify", "middleware", "ensure", "is", "validate"])
        || name.eq_ignore_ascii_case("auth")
        || has(&["permission", "permissions", "access", "admin", "role"])
            && has(&["has", "is", "check", "require", "can", "verify"])
        || has(&["token", "password", "credentials", "otp", "session"])
            && has(&["verify", "check", "validate", "compare"])
        || has(&["current"]) && has(&["user", "admin"])
}

/// `withAuth(check, { callbacks: { authorized: () => true } })`: a function beside it asks.
fn is_answered_beside(body: Body<'_>) -> bool {
    let project = body.project;
    let index = &body.unit().index;
    let Some(literal) = index.literal_of(body.at.id) else { return false };
    let around = index.ancestors(literal);
    let calls = around.filter_map(|id| project.call(In { file: body.at.file, id }));
    let mut others = calls.flat_map(Call::positional).filter_map(Value::as_function);
    others.any(|other| other.at != body.at && verifies(other))
}

fn verifies(body: Body<'_>) -> bool {
    body.project.reaches(body.at, |meaning| {
        matches!(
            meaning,
            Meaning::VerifyCredential
                | Meaning::ComparePassword
                | Meaning::ConstantTimeCompare
                | Meaning::ReadIdentity
                | Meaning::EnforceAuthentication
        )
    })
}

/// It has one answer, and that is yes, or somebody made up; or it only hands on.
fn unconditional(body: Body<'_>) -> Option<(Location, &'static str)> {
    let facts = &body.unit().facts;
    let branches = body.statements().iter().any(|&id| {
        matches!(
            facts[id].kind,
            StatementKind::If { .. }
                | StatementKind::Match { .. }
                | StatementKind::Throw(_)
                | StatementKind::Try { .. }
        )
    });
    if branches || stubs::does_anything(body) {
        return None;
    }
    if let Some(answer) = stubs::fixed_answer(body) {
        return match answer.unwrapped().kind() {
            ExpressionKind::Bool(false) | ExpressionKind::Number(_) | ExpressionKind::Text(_) => {
                None
            }
            ExpressionKind::Object(_) => {
                is_person(answer).then(|| (answer.location(), "it returns a made-up user"))
            }
            ExpressionKind::Bool(true) => Some((answer.location(), "it always says yes")),
            ExpressionKind::Call { .. } => {
                let source = answer.source();
                let says_yes =
                    source.contains("true") || source == "Ok(())" || source.contains("id");
                says_yes.then(|| (answer.location(), "its answer never changes"))
            }
            _ => None,
        };
    }
    let last = body.function().parameters.last().and_then(|parameter| parameter.name())?;
    let hands_on = body.calls().find(|call| call.name() == last.as_str() && last == "next")?;
    Some((hands_on.location(), "it only hands on"))
}

/// An object that stands for a caller.
fn is_person(value: Value<'_>) -> bool {
    ["id", "user_id", "userId", "email", "role", "username", "user"]
        .iter()
        .any(|key| value.entry(key).given().is_some())
}

fn assumed(body: Body<'_>) -> Option<(Location, Location)> {
    let admitted = stubs::admission(body)?;
    Some((admitted, stubs::assumed_success(body, admitted)?))
}

/// `password === "admin123"`
fn literal_password(body: Body<'_>) -> Option<Location> {
    let facts = &body.unit().facts;
    body.statements().iter().find_map(|&id| {
        let StatementKind::If { test, .. } = facts[id].kind else { return None };
        let test = body.project.value(In { file: body.at.file, id: test });
        test.descendants().into_iter().find_map(|value| {
            let ExpressionKind::Operation { operator: Operator::Equal, operands } = value.kind()
            else {
                return None;
            };
            let [a, b] = operands.as_slice() else { return None };
            let (a, b) = (value.sibling(*a), value.sibling(*b));
            let is_password = |one: Value<'_>| {
                let name = facts.last_segment(one.at.id).unwrap_or_default().to_ascii_lowercase();
                ["password", "passwd", "otp"].iter().any(|word| name.contains(word))
            };
            let is_literal =
                |one: Value<'_>| one.kind().as_text().is_some_and(|text| text.len() > 2);
            (is_password(a) && is_literal(b) || is_password(b) && is_literal(a))
                .then(|| value.location())
        })
    })
}
