//! Ways in.

use serde::Serialize;

use crate::report::routes::{RouteEdge, RouteGuard, RouteRow};

#[derive(Serialize)]
pub(in crate::report) struct RouteV1<'a> {
    kind: &'a str,
    method: &'a str,
    path: &'a str,
    file: &'a str,
    line: u32,
    handler: &'a str,
    mutates: bool,
    authentication: &'a str,
    public: Option<&'a str>,
    guards: Vec<GuardV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edge: Option<EdgeV1<'a>>,
    reason: &'a str,
}

impl<'a> From<&'a RouteRow> for RouteV1<'a> {
    fn from(route: &'a RouteRow) -> Self {
        Self {
            kind: &route.kind,
            method: &route.method,
            path: &route.path,
            file: &route.file,
            line: route.line,
            handler: &route.handler,
            mutates: route.mutates,
            authentication: &route.authentication,
            public: route.public.as_deref(),
            guards: route.guards.iter().map(Into::into).collect(),
            edge: route.edge.as_ref().map(Into::into),
            reason: &route.reason,
        }
    }
}

#[derive(Serialize)]
struct GuardV1<'a> {
    name: &'a str,
    file: &'a str,
    line: u32,
    grade: &'a str,
}

impl<'a> From<&'a RouteGuard> for GuardV1<'a> {
    fn from(guard: &'a RouteGuard) -> Self {
        Self { name: &guard.name, file: &guard.file, line: guard.line, grade: &guard.grade }
    }
}

#[derive(Serialize)]
struct EdgeV1<'a> {
    name: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    credit: f64,
}

impl<'a> From<&'a RouteEdge> for EdgeV1<'a> {
    fn from(edge: &'a RouteEdge) -> Self {
        let (file, line) = edge.place.as_ref().map(|(file, line)| (file.as_str(), *line)).unzip();
        Self { name: &edge.name, file, line, credit: edge.credit }
    }
}
