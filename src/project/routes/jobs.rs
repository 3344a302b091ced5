//! Functions that no request starts: at times, or when something was put into a queue.
//!
//! Strangers do not reach them, whatever they do; they are listed because what they do is done for somebody
//! who is no longer there to ask.

use super::{
    Candidate, Draft, Mount, RouteKind, Scope, What,
    registered::{self, Registered},
};
use crate::{
    facts::{Text, vocabulary::Meaning},
    project::{
        Project,
        guards::{Assessment, Grade, Mode},
    },
};

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    drafts.extend(registered::all(project, Meaning::Schedule).into_iter().map(draft));
}

fn draft(job: Registered<'_>) -> Draft {
    let starter = job.row.detail("framework").unwrap_or_default();
    let assessment = Assessment {
        grade: Some(Grade::G3),
        why: "no request starts it".to_owned(),
        decided_at: None,
        role: false,
        weakness: None,
    };
    let started_by = Candidate {
        what: What::Assessed(assessment),
        name: starter.into(),
        location: job.location,
        scope: Scope::Global,
        mode: Mode::Dependency,
    };
    Draft {
        kind: RouteKind::Job,
        method: Text::default(),
        path: job.name,
        framework: "jobs",
        location: job.location,
        handler: job.handler,
        chain: vec![started_by],
        mount: Mount::Resolved,
        root: None,
    }
}
