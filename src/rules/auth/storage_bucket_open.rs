use super::common::{has_word, is_server};
use crate::{
    facts::vocabulary::Meaning,
    gap::Severity,
    project::{Location, Project, Value, schema::Verb},
    rules::Sites,
};

/// Names of files that everybody is meant to see.
const FOR_ALL: [&str; 22] = [
    "avatar",
    "avatars",
    "logo",
    "logos",
    "public",
    "assets",
    "icons",
    "banners",
    "static",
    "media",
    "thumbnails",
    "covers",
    "cover",
    "images",
    "photos",
    "blog",
    "products",
    "product",
    "gallery",
    "fonts",
    "brand",
    "branding",
];

/// Names of files that are somebody's own.
const PRIVATE: [&str; 26] = [
    "document",
    "documents",
    "invoice",
    "invoices",
    "receipt",
    "receipts",
    "ids",
    "kyc",
    "uploads",
    "attachments",
    "medical",
    "contracts",
    "contract",
    "resumes",
    "resume",
    "cvs",
    "reports",
    "exports",
    "backups",
    "files",
    "private",
    "statements",
    "recordings",
    "transcripts",
    "user",
    "users",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for bucket in project.schema().buckets() {
        judge(&bucket.name, bucket.is_public, bucket.location, sites);
    }
    for call in project
        .calls()
        .filter(|call| is_server(project, call.file) || call.source_file().is_shipped())
    {
        if call.name() == "createBucket" {
            let Some(name) = call.argument(0).and_then(Value::text) else { continue };
            let is_public = call.option("public").given().and_then(Value::boolean) == Some(true);
            judge(name, is_public, call.location(), sites);
        }
        let acl = call.option("ACL").given().and_then(Value::text);
        let writes =
            call.means(Meaning::DatabaseWrite) || has_word(call.name(), &["put", "upload"]);
        if writes && acl.is_some_and(|acl| acl.starts_with("public-read")) {
            let message = "the file is readable by everybody who has its address";
            sites.gap(call.location(), "stored file", message).severity(Severity::Medium);
        }
    }
    for table in project
        .schema()
        .tables()
        .filter(|table| table.schema == "storage" && table.name == "objects")
    {
        for policy in &table.policies {
            let subject = format!("policy {} on files", policy.name);
            let conditions: Vec<&str> = [&policy.using, &policy.check]
                .into_iter()
                .flatten()
                .map(|condition| condition.text())
                .collect();
            let is_tied = conditions.iter().any(|text| {
                text.contains("auth.uid")
                    || text.contains("owner")
                    || text.contains("auth.jwt")
                    || text.contains("service_role")
                    || text.contains("has_role")
                    || text.contains("is_admin")
            });
            if policy.verb == Verb::Select || !policy.is_for_clients() || !policy.is_permissive {
                continue;
            }
            if is_tied {
                sites.holds(policy.location, subject, "files are tied to who is asking");
            } else {
                let who = if policy.is_for_strangers()
                    && !conditions.iter().any(|text| text.contains("authenticated"))
                {
                    "everybody"
                } else {
                    "everybody who is signed in"
                };
                let message = format!(
                    "{who} passes the policy `{}`: {} files of others",
                    policy.name,
                    policy.verb.name()
                );
                let severity = if who == "everybody" { Severity::High } else { Severity::Medium };
                sites.gap(policy.location, subject, message).severity(severity);
            }
        }
    }
}

fn judge(name: &str, is_public: bool, place: Location, sites: &mut Sites) {
    let subject = format!("bucket {name}");
    if !is_public {
        sites.holds(place, subject, "the bucket is private");
    } else if has_word(name, &PRIVATE) && !has_word(name, &FOR_ALL) {
        sites.gap(place, subject, format!("everybody reads the files in the bucket `{name}`"));
    } else {
        sites.holds(place, subject, "what everybody is meant to see");
    }
}
