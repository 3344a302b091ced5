use super::reach::{Relevance, report, subject};
use crate::{
    facts::vocabulary::Meaning,
    project::{
        Project,
        flow::{Flow, From, Judgement, Kills, Origin, Use},
    },
    rules::Sites,
};

/// Parts of a request that name the page that is asked for.
const OWN_ADDRESSES: [&str; 10] = [
    "url",
    "nextUrl",
    "originalUrl",
    "path",
    "full_path",
    "path_info",
    "get_full_path()",
    "pathname",
    "href",
    "RequestURI",
];
/// What programs call a request, and the address of a page.
const REQUESTS: [&str; 8] = ["req", "request", "r", "c", "ctx", "context", "event", "location"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for found in project.flows().of(&[Meaning::Redirect]) {
        let location = found.location(project);
        if !project.file(location.file).is_shipped() {
            continue;
        }
        // Back to where the visitor is: the page itself asked for that address.
        let is_own_address = |flow: &Flow| match flow.from {
            From::Source(Origin::Request, read) => {
                is_own_address(project.file(read.file).slice(read.span))
            }
            _ => false,
        };
        // `/` alone may be followed by another: `//elsewhere.example`.
        let stays_here = |found: &Use| {
            found.flows.iter().all(|flow| {
                is_own_address(flow)
                    || flow.kills.any(Kills::URL)
                    || flow.kills.all(Kills::ROOTED | Kills::ONE_SLASH)
            })
        };
        match found.judge(Kills::URL, &[Origin::Request]) {
            Judgement::Reached(flow) if !stays_here(found) => {
                report(project, sites, found, flow, "chooses where the visitor is sent");
            }
            Judgement::Reached(_) => {
                sites.holds(location, subject(project, found), "the target: stays on this site");
            }
            Judgement::Clean(why) if relevance(found) == Relevance::Full => {
                sites.holds(location, subject(project, found), format!("the target: {why}"));
            }
            Judgement::Clean(_) | Judgement::Unknown(_) => {}
        }
    }
}

/// A constant target is no question.
fn relevance(found: &Use) -> Relevance {
    if found.flows.is_empty() { Relevance::None } else { Relevance::Full }
}

/// `request.url`, and not the field of that name in a body.
fn is_own_address(source: &str) -> bool {
    let Some((object, name)) = source.rsplit_once('.') else { return false };
    let object = object.rsplit('.').next().unwrap_or(object);
    let is_part =
        matches!(name, "pathname" | "search") && object.to_ascii_lowercase().ends_with("url");
    is_part || OWN_ADDRESSES.contains(&name) && REQUESTS.contains(&object)
}
