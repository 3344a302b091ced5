use super::{
    common::is_server,
    flows::{answers, handlers},
};
use crate::{
    facts::vocabulary::Meaning,
    project::{Body, Project},
    rules::Sites,
};

/// What says that nobody has an account under this name.
const UNKNOWN: [&str; 12] = [
    "user not found",
    "user does not exist",
    "user doesn't exist",
    "no user found",
    "no user with",
    "no account found",
    "no account with",
    "account not found",
    "email not found",
    "email not registered",
    "email is not registered",
    "unknown user",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let signing_in = project.functions().filter(|body| {
        is_server(project, body.at.file)
            && !body.is_top_level()
            && body.calls().any(|call| call.means(Meaning::ComparePassword))
            // Whoever is signed in already and confirms something learns nothing of others.
            && !project.routes_of(body.at).any(|route| route.authentication.holds())
    });
    for body in signing_in {
        judge(body, "sign-in", sites);
    }
    for (_, body) in handlers(project, &["forgot", "forgotpassword"]) {
        judge(body, "reset", sites);
    }
}

fn judge(body: Body<'_>, what: &str, sites: &mut Sites) {
    let name = body.display_name();
    let texts = answers(body);
    let told = texts.iter().find(|(_, text)| {
        let lower = text.to_ascii_lowercase();
        lower.len() < 80 && UNKNOWN.iter().any(|known| lower.contains(known))
    });
    match told {
        Some((value, text)) => {
            let message = format!("the {what} answers `{text}` where nobody has an account");
            sites.gap(value.location(), name, message);
        }
        None => {
            sites.holds(body.location(), name, "it does not say whether an account exists");
        }
    }
}
