//! Routes that are open because of what they are for, never because no guard was found.

mod capability;
mod sign_in;

use sign_in::{
    SIGN_IN, SIGN_IN_PROCEDURES, changes_account, compares_password, is_recovery, is_registration,
    is_sign_in, registers, signs_out,
};

use super::RouteKind;
use crate::{
    facts::vocabulary::Meaning,
    project::{
        FunctionRef, Project,
        guards::{condition::changes_something, split_words},
    },
};

const HEALTH: [&str; 12] = [
    "health",
    "healthz",
    "healthcheck",
    "livez",
    "readyz",
    "ready",
    "live",
    "liveness",
    "readiness",
    "ping",
    "up",
    "heartbeat",
];

const META: [&str; 16] = [
    "favicon",
    "robots",
    "sitemap",
    "manifest",
    "well-known",
    ".well-known",
    "assets",
    "static",
    "_next",
    "docs",
    "redoc",
    "openapi",
    "swagger",
    "version",
    "status",
    "rss",
];

/// Folders of files that belong to pages.
const PAGE_FILES: [&str; 8] =
    ["images", "img", "icons", "fonts", "css", "js", "thumbnails", "sprites"];

const INTAKE: [&str; 9] = [
    "contact",
    "newsletter",
    "subscribe",
    "waitlist",
    "feedback",
    "analytics",
    "track",
    "csp",
    "unsubscribe",
];

/// The purpose for which a route is public, if it has one.
pub(super) fn of(
    project: &Project,
    kind: RouteKind,
    method: &str,
    path: &str,
    handler: Option<FunctionRef>,
    mutates: bool,
) -> Option<&'static str> {
    match kind {
        RouteKind::Page | RouteKind::Job => return None,
        RouteKind::Rpc | RouteKind::GraphQl => return of_procedure(project, method, path, handler),
        // Its handler alone tells whether a call of gRPC or of a tool only reads.
        RouteKind::Grpc | RouteKind::Tool => {
            let method = if mutates { method } else { "QUERY" };
            return of_procedure(project, method, path, handler);
        }
        _ => {}
    }
    // A handler that does not tell methods apart may only read all the same.
    let reads = matches!(method, "GET" | "HEAD" | "OPTIONS") || method == "ANY" && !mutates;
    let path = &plain(path);
    let lower = path.to_ascii_lowercase();
    let fixed: Vec<&str> =
        lower.split('/').filter(|segment| !segment.is_empty() && !is_parameter(segment)).collect();
    let is_catch_all = lower
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains("...") || last.contains('*') || last.ends_with("..>"));
    // Words are told apart by their capitals: `ClientLogin`.
    let last = path.split('/').rfind(|segment| !segment.is_empty() && !is_parameter(segment));
    let last_words: Vec<String> = last.map(split_words).unwrap_or_default();
    let last_joined: String = last_words.concat();
    let any_segment = |words: &[&str]| fixed.iter().any(|segment| words.contains(segment));
    let last_is = |words: &[&str]| {
        words.contains(&last_joined.as_str())
            || last_words.iter().any(|word| words.contains(&word.as_str()))
    };
    let is_root = lower.trim_matches('/').is_empty();
    let changes = || handler.is_some_and(|handler| project.reaches(handler, changes_something));
    if is_root && kind == RouteKind::Http && (reads || method == "ANY" && !changes()) {
        return Some("banner");
    }
    if last_is(&HEALTH) && fixed.len() <= 4 && reads {
        return Some("health");
    }
    // What runs elsewhere reports that it is alive, under an address of its own.
    let segments: Vec<&str> = lower.split('/').collect();
    let reports = segments
        .windows(2)
        .any(|pair| matches!(pair[0], "ping" | "heartbeat") && is_parameter(pair[1]));
    if reports && !matches!(method, "PUT" | "PATCH" | "DELETE") {
        return Some("health");
    }
    // A hook is told of events; what is changed or deleted under that name is its registration.
    let is_told = matches!(method, "POST" | "ANY" | "GET");
    if is_told && (any_segment(&["webhook", "webhooks"]) || last_is(&["webhook", "webhooks"])) {
        return Some("webhook");
    }
    // `/accounts/delete-recover`: the link that does so is mailed to whom it belongs to. Where the path says whose
    // account it is, whoever calls it may choose.
    let recovers = matches!(last_words.last().map(String::as_str), Some("recover" | "recovery"));
    let of_one = segments.windows(2).any(|pair| is_parameter(pair[0]) && !is_parameter(pair[1]));
    let of_people = any_segment(&["account", "accounts", "user", "users"]);
    let asks_for_link = recovers && of_people && !of_one;
    let signs_in = is_sign_in(&fixed, &last_words, &last_joined, method, is_catch_all);
    if asks_for_link || signs_in && !(recovers && of_one) {
        return Some("login");
    }
    if any_segment(&["cron"]) {
        return Some("cron");
    }
    if reads && any_segment(&["public"]) {
        return Some("public");
    }
    if reads && (any_segment(&META) || last_is(&META) && fixed.len() <= 2) {
        return Some("static");
    }
    // A page of what everybody's owners chose to show: `/bookmarks/shared`.
    if reads && last_joined == "shared" {
        return Some("shared");
    }
    let only_reads_files = || handler.is_some_and(|handler| only_reads_files(project, handler));
    let is_page_file = any_segment(&PAGE_FILES) || is_catch_all && fixed.is_empty();
    if reads && is_page_file && only_reads_files() {
        return Some("static");
    }
    if last_is(&INTAKE) && !reads {
        return Some("intake");
    }
    if handler.is_some_and(|handler| expects_strangers(project, handler)) {
        return Some("intake");
    }
    let signs_in = handler.filter(|_| !changes_account(&last_words)).is_some_and(|handler| {
        compares_password(project, handler)
            || !reads && (registers(project, handler, &[]) || is_registration(project, handler))
            || !reads && signs_out(project, handler)
    });
    if signs_in {
        return Some("login");
    }
    let knows_secret = capability::in_path(project, path, handler)
        || handler.is_some_and(|handler| capability::in_request(project, path, handler));
    knows_secret.then_some("capability")
}

/// Is what the handler verifies part of the purpose? A way to sign in verifies what its caller hands in to become
/// known, and a link that only its receiver knows may be signed.
pub(super) fn verifies(project: &Project, purpose: Option<&str>, handler: FunctionRef) -> bool {
    let reaches =
        |wanted: &[Meaning]| project.reaches(handler, |meaning| wanted.contains(&meaning));
    match purpose {
        Some("login") => true,
        Some("capability" | "intake") => {
            reaches(&[Meaning::VerifySignature])
                && !reaches(&[Meaning::ReadIdentity, Meaning::EnforceAuthentication])
        }
        _ => false,
    }
}

/// Does it hand out files, and nothing that is stored elsewhere?
fn only_reads_files(project: &Project, handler: FunctionRef) -> bool {
    let reads = |meaning| meaning == Meaning::FileRead;
    let reads_rows = |meaning: Meaning| {
        matches!(meaning, Meaning::DatabaseRead | Meaning::SqlQuery | Meaning::DocumentQuery)
    };
    project.reaches(handler, reads) && !project.reaches(handler, reads_rows)
}

/// Only where strangers are expected are people told from robots.
fn expects_strangers(project: &Project, handler: FunctionRef) -> bool {
    project.reaches(handler, |meaning| meaning == Meaning::TellRobots)
}

/// The path without what a pattern adds to it: `/^\/api\/auth\/.*$/`.
fn plain(path: &str) -> String {
    let pattern = path.strip_prefix('/').filter(|rest| rest.starts_with('^'));
    let Some(pattern) = pattern else { return path.to_owned() };
    let pattern = pattern.trim_start_matches('^').trim_end_matches(['/', '$']);
    pattern.replace("\\/", "/").replace(".*", "*")
}

/// The same for procedures, whose names are words: `auth.signIn`, `createAccount`.
fn of_procedure(
    project: &Project,
    method: &str,
    path: &str,
    handler: Option<FunctionRef>,
) -> Option<&'static str> {
    let mut names: Vec<Vec<String>> = path.split(['.', '/', ' ']).map(split_words).collect();
    let own = names.pop().unwrap_or_default();
    let joined = own.concat();
    let reads = matches!(method, "QUERY" | "SUBSCRIPTION");
    // `grpc.health.v1.Health/Check`
    let of_health = names.last().is_some_and(|service| HEALTH.contains(&service.concat().as_str()));
    let asks_health = of_health && matches!(joined.as_str(), "check" | "watch");
    if reads && (asks_health || HEALTH.contains(&joined.as_str())) {
        return Some("health");
    }
    // `verify` alone may be about an order; below `auth` it is about who is calling.
    let is_about_people = names.iter().flatten().any(|word| {
        matches!(word.as_str(), "auth" | "authentication" | "account" | "user" | "users")
    });
    let begins = |first: &str, second: &str| own.starts_with(&[first.into(), second.into()]);
    let signs_in = SIGN_IN_PROCEDURES.contains(&joined.as_str())
        || own.first().is_some_and(|first| first == "login")
        || begins("sign", "in")
        || begins("sign", "up")
        // `createSigninOptions`: what is needed to do so.
        || own.starts_with(&["create".into(), "signin".into()])
        || is_recovery(&own)
        || !reads && is_about_people && SIGN_IN.contains(&joined.as_str());
    if signs_in {
        return Some("login");
    }
    let has = |wanted: &[&str]| own.iter().any(|word| wanted.contains(&word.as_str()));
    let asks_for_mail =
        has(&["subscribe", "unsubscribe", "join"]) && has(&["newsletter", "waitlist"]);
    if !reads && (INTAKE.contains(&joined.as_str()) || asks_for_mail) {
        return Some("intake");
    }
    // `signFieldWithToken`
    if own.ends_with(&["with".into(), "token".into()])
        || own.ends_with(&["by".into(), "token".into()])
    {
        return Some("capability");
    }
    let handler = handler?;
    if !reads && (compares_password(project, handler) || registers(project, handler, &own)) {
        return Some("login");
    }
    capability::in_input(project, handler).then_some("capability")
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with([':', '{', '<', '[', '*', '$'])
}
