use super::database::{is_intake, is_private, is_served_by_api};
use crate::{
    gap::{Confidence, Severity},
    project::{
        Project, entities,
        schema::{Policy, Predicate, Table, Verb},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    if !is_served_by_api(project) {
        return;
    }
    for table in project.schema().tables().filter(|table| table.is_exposed()) {
        for policy in &table.policies {
            judge(table, policy, sites);
        }
    }
}

fn judge(table: &Table, policy: &Policy, sites: &mut Sites) {
    if !policy.is_permissive || !policy.is_for_clients() {
        return;
    }
    let subject = format!("policy {} on {}", policy.name, table.name);
    let who = if policy.is_for_strangers() { "everybody" } else { "everybody who is signed in" };
    let verb = policy.verb.name();
    let place = policy.location;
    if deciding(policy).any(Predicate::is_always_true) {
        if !policy.verb.writes() && !is_private(table) {
            sites.holds(place, subject, "the table holds nothing about people");
            return;
        }
        if policy.verb == Verb::Insert && is_intake(&table.name) {
            sites.holds(place, subject, "everybody may leave something here").credit(0.8);
            return;
        }
        let message =
            format!("{who} passes the policy `{}`: {verb} in `{}`", policy.name, table.name);
        let severity = match (policy.verb.writes(), is_private(table)) {
            (true, true) if policy.is_for_strangers() => Severity::Critical,
            (true, _) => Severity::High,
            (false, _) => Severity::Medium,
        };
        sites
            .gap(place, subject, message)
            .severity(severity)
            .because(table.created, "the table is made here");
    } else if deciding(policy).any(Predicate::is_any_user) && is_private(table) {
        let message = format!(
            "everybody who is signed in passes the policy `{}`: {verb} in `{}`, whoever it belongs to",
            policy.name, table.name
        );
        let severity = if policy.verb.writes() { Severity::High } else { Severity::Medium };
        sites.gap(place, subject, message).severity(severity);
    } else if deciding(policy).any(Predicate::reads_user_metadata) {
        let message = format!(
            "the policy `{}` trusts `user_metadata`, which people write themselves",
            policy.name
        );
        sites.gap(place, subject, message).severity(Severity::High);
    } else if raises_oneself(table, policy) {
        let message = format!(
            "the policy `{}` lets people change what they may do in `{}`",
            policy.name, table.name
        );
        sites.gap(place, subject, message).confidence(Confidence::Heuristic);
    } else {
        sites.holds(place, subject, "rows are tied to who is asking");
    }
}

/// The conditions that decide for this verb.
fn deciding(policy: &Policy) -> impl Iterator<Item = &Predicate> {
    let (using, check) = (policy.using.as_ref(), policy.check.as_ref());
    let both = match policy.verb {
        Verb::Insert => [check, None],
        Verb::Select | Verb::Delete => [using, None],
        Verb::Update | Verb::All => [using, check],
    };
    both.into_iter().flatten()
}

/// People may write their own row, and the row says what they may do.
fn raises_oneself(table: &Table, policy: &Policy) -> bool {
    let by_role = |column: &str| {
        matches!(column, "role" | "is_admin" | "is_superuser" | "credits" | "balance" | "plan")
    };
    policy.verb == Verb::Update
        && entities::is_person(&table.name)
        && table.has_column(by_role)
        && policy.check.is_none()
        && policy.using.as_ref().is_some_and(|using| {
            using.text().contains("auth.uid") && !using.text().contains("role")
        })
}
