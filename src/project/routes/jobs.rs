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
        Location, Project,
        guards::{Assessment, Grade, Mode},
    },
};

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    drafts.extend(registered::all(project, Meaning::Schedule).into_iter().map(draft));
}

fn draft(job: Registered<'_>) -> Draft {
    let starter = job.row.detail("framework").unwrap_or_default();
    Draft {
        kind: RouteKind::Job,
        method: Text::default(),
        path: job.name,
        framework: "jobs",
        location: job.location,
        handler: job.handler,
        chain: vec![started_by(starter, job.location)],
        mount: Mount::Resolved,
        root: None,
    }
}

/// What stands before a job: whoever may write to the queue, or the clock.
pub(super) fn started_by(starter: &str, location: Location) -> Candidate {
    let assessment = Assessment {
        grade: Some(Grade::G3),
        why: "no request starts it".to_owned(),
        decided_at: None,
        role: false,
        weakness: None,
    };
    Candidate {
        what: What::Assessed(assessment),
        name: starter.into(),
        location,
        scope: Scope::Global,
        mode: Mode::Dependency,
    }
}
