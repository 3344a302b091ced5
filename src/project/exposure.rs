//! How an application is reached from outside, and what asks who is calling before a request arrives: as the
//! repository's own deployment shows it.
//!
//! An exposure that asks counts for a route only if no other leads past it. Whatever is not sure to lead to the
//! application counts for nothing.

use super::{
    Location, Project, Route,
    routes::{Authentication, RouteKind},
};
use crate::facts::{File, Role, Text};

mod access;
mod application;
mod aws;
mod azure;
mod cloud_run;
mod compose;
mod databricks;
mod gateway;
mod istio;
mod kubernetes;
mod nginx;
mod oauth2_proxy;
mod pattern;
mod terraform;
mod traefik;

use application::{Applications, Certainty, Target};
use pattern::Pattern;

/// The configuration enforces it, and shows every way to the application.
const ENFORCED: f64 = 1.0;

/// The configuration asks; whether there is another way is decided elsewhere.
const PARTIAL: f64 = 0.8;

/// Reads what one kind of files says.
type Reader = fn(&Project, &mut Vec<Exposure>);

/// The kinds of files that are read.
const READERS: &[Reader] = &[
    azure::static_web_apps,
    cloud_run::read,
    compose::read,
    databricks::read,
    kubernetes::read,
    nginx::read,
    terraform::read,
    traefik::read,
];

/// All ways from outside to the applications of a project, in the order of their places.
#[derive(Clone, Debug, Default)]
pub struct Exposures {
    all: Vec<Exposure>,
}

/// One way by which requests reach an application.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// As people call it: ``Ingress `web` ``.
    pub name: String,
    pub location: Location,
    pub asks: Asks,
    target: Target,
    pattern: Pattern,
    layer: Layer,
}

/// What an exposure wants to know of a caller.
#[derive(Clone, Debug, PartialEq)]
pub enum Asks {
    /// Only known callers pass.
    Caller {
        /// What says so: `auth-url`, `IAM`.
        by: Text,
        /// From 0 to 1, as far as the repository shows that nothing leads past it.
        credit: f64,
    },
    /// Nothing is asked here.
    Nobody,
    /// It says that everybody may come in.
    Everybody,
    /// Decided by something that cannot be read here.
    Unclear,
}

/// Where on the way to the application an exposure stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Layer {
    /// One of several doors: all that lead to a route have to ask. Below one address the most specific pattern
    /// decides.
    Door(Text),
    /// A door of the machine that containers are composed on, which tells nothing of other deployments.
    Machine(Text),
    /// Around the application itself, whatever the door: it is enough if one of these asks for all that reach a
    /// route.
    Wall(Text),
}

/// What asks for the caller of a route before its application does.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// As people call it.
    pub name: String,
    /// What says so.
    pub by: Text,
    /// Where the repository shows it; nothing where users declare it.
    pub location: Option<Location>,
    /// From 0 to 1.
    pub credit: f64,
}

/// Reads the deployment, and notes with each route what stands before it.
pub(super) fn resolve(project: &mut Project) {
    project.exposures = Exposures::of(project);
    let before: Vec<Option<Before>> =
        project.routes.iter().map(|route| before(project, route)).collect();
    for (route, before) in project.routes.iter_mut().zip(before) {
        if let Some(Before { edge, reason }) = before {
            (route.edge, route.reason) = (edge, reason);
        }
    }
}

/// What stands before a route, with the reason of its verdict as it reads then.
#[derive(Clone, Debug)]
struct Before {
    edge: Option<Edge>,
    reason: String,
}

/// What asks for the caller before a route does, as the repository shows it or its users declare it; nothing where
/// that changes nothing.
fn before(project: &Project, route: &Route) -> Option<Before> {
    let is_open = route.authentication == Authentication::None;
    if !is_open && route.authentication != Authentication::Unknown {
        return None;
    }
    let exposures = project.exposures();
    if let Some(edge) = exposures.edge(project, route) {
        let reason =
            format!("{} asks who is calling (`{}`), and nothing here does", edge.name, edge.by);
        return Some(Before { edge: Some(edge), reason });
    }
    let more =
        |said: String| Some(Before { edge: None, reason: format!("{}; {said}", route.reason) });
    let declared = project.declarations().platform(&route.path).filter(|_| is_open);
    let Some(platform) = declared else {
        let (past, asking) = exposures.past(project, route)?;
        return more(format!(
            "{} asks who is calling, and {} leads past it",
            asking.name, past.name
        ));
    };
    let provider = &platform.provider;
    if let Some(open) = exposures.everybody(project, route) {
        return more(format!(
            "`{provider}` is declared to ask, and {} lets everybody in",
            open.name
        ));
    }
    if platform.credit == 0.0 {
        return more(format!("what is declared of `{provider}` is overdue for review"));
    }
    let reason = format!("`{provider}` is declared to ask who is calling; nothing here shows it");
    let (name, by, credit) = (format!("`{provider}`"), "declared".into(), platform.credit);
    Some(Before { edge: Some(Edge { name, by, location: None, credit }), reason })
}

impl Exposure {
    fn new(name: String, location: Location, target: Target, layer: Layer, asks: Asks) -> Self {
        Self { name, location, asks, target, pattern: Pattern::all(), layer }
    }

    fn below(self, pattern: Pattern) -> Self {
        Self { pattern, ..self }
    }

    fn limit(&mut self, most: f64) {
        if let Asks::Caller { credit, .. } = &mut self.asks {
            *credit = credit.min(most);
        }
    }

    /// Is it for fewer requests than another that leads to the same?
    pub fn is_narrower(&self, other: &Self) -> bool {
        self.pattern.specificity() > other.pattern.specificity()
    }

    const fn is_wall(&self) -> bool {
        matches!(self.layer, Layer::Wall(_))
    }

    const fn credit(&self) -> Option<f64> {
        match self.asks {
            Asks::Caller { credit, .. } => Some(credit),
            _ => None,
        }
    }

    const fn asks_caller(&self) -> bool {
        matches!(self.asks, Asks::Caller { .. })
    }

    /// May a request for this route pass without an answer?
    fn lets_pass(&self, route: &Route) -> bool {
        !self.asks_caller() && (route.kind != RouteKind::Http || self.pattern.touches(route))
    }

    /// Does it ask for the caller of each request for this route?
    fn asks_for(&self, route: &Route) -> bool {
        self.asks_caller()
            && match route.kind {
                RouteKind::Http => self.pattern.covers(route),
                _ => self.pattern.is_all(),
            }
    }

    /// Is what it says about a deployment of its own, which others are beside?
    fn is_beside(&self, other: &Self) -> bool {
        matches!(self.layer, Layer::Machine(_)) && !matches!(other.layer, Layer::Machine(_))
    }
}

impl Exposures {
    /// Reads the deployment that a project describes; its routes are known by now.
    pub fn of(project: &Project) -> Self {
        let mut all = Vec::new();
        for read in READERS {
            read(project, &mut all);
        }
        all.sort_by(|a, b| (a.location, &a.name).cmp(&(b.location, &b.name)));
        let applications = Applications::of(project, all.iter().map(|one| &one.target));
        all.retain_mut(|exposure| match applications.find(&exposure.target) {
            Some((found, certainty)) => {
                exposure.target = found;
                if certainty == Certainty::Alone {
                    exposure.limit(PARTIAL);
                }
                true
            }
            None => false,
        });
        Self { all }
    }

    /// What asks for the caller of a route before its application does, if nothing leads past it.
    pub fn edge(&self, project: &Project, route: &Route) -> Option<Edge> {
        let leading = self.leading_to(project, route);
        let asking = walls(&leading, route).or_else(|| doors(&leading, route))?;
        let Asks::Caller { by, credit } = &asking.asks else { return None };
        let (name, by, credit) = (asking.name.clone(), by.clone(), *credit);
        Some(Edge { name, by, location: Some(asking.location), credit })
    }

    /// What says that everybody may call a route.
    pub fn everybody(&self, project: &Project, route: &Route) -> Option<&Exposure> {
        let leading = self.leading_to(project, route);
        leading.into_iter().find(|one| one.asks == Asks::Everybody && one.lets_pass(route))
    }

    /// What leads past an exposure that asks for the callers of a route, with that exposure.
    pub fn past(&self, project: &Project, route: &Route) -> Option<(&Exposure, &Exposure)> {
        let leading = self.leading_to(project, route);
        let asking = leading.iter().copied().find(|one| one.asks_for(route))?;
        let past = leading.into_iter().find(|one| {
            let is_open = matches!(one.asks, Asks::Nobody | Asks::Everybody);
            is_open && one.lets_pass(route) && one.name != asking.name && !one.is_beside(asking)
        })?;
        Some((past, asking))
    }

    /// Those that ask, in the order of their places.
    pub fn asking(&self) -> impl Iterator<Item = &Exposure> {
        self.all.iter().filter(|exposure| exposure.asks_caller())
    }

    fn leading_to(&self, project: &Project, route: &Route) -> Vec<&Exposure> {
        if !takes_requests(route) {
            return Vec::new();
        }
        let folder = application::folder_of(project, route);
        self.all.iter().filter(|exposure| exposure.target.reaches(folder)).collect()
    }
}

/// Does a file describe what is deployed for others, and not for tests or one developer's machine?
fn is_deployed(file: &File) -> bool {
    let is_local = |part: &str| {
        let mut words = part.split(['-', '_', '.']);
        words.any(|word| {
            matches!(
                word,
                "dev" | "develop" | "development" | "local" | "test" | "override" | "minikube"
            )
        })
    };
    !file.path.split('/').any(is_local)
        && !matches!(
            file.role,
            Role::Test | Role::Example | Role::Docs | Role::Vendored | Role::Generated
        )
}

/// Functions that a vendor of their own deploys do not stand behind a project's gateway.
fn takes_requests(route: &Route) -> bool {
    !route.is_job() && route.framework != "supabase" && route.kind != RouteKind::Webhook
}

/// The wall around an application that asks for all that reach the route.
fn walls<'e>(leading: &[&'e Exposure], route: &Route) -> Option<&'e Exposure> {
    let walls: Vec<&Exposure> = leading.iter().copied().filter(|one| one.is_wall()).collect();
    let is_whole = |one: &&Exposure| {
        let is_hole = |other: &&Exposure| other.layer == one.layer && other.lets_pass(route);
        one.asks_for(route) && !walls.iter().any(is_hole)
    };
    walls.iter().copied().find(is_whole)
}

/// The door of an application that asks, if all that lead to the route do; of several the one that shows least.
fn doors<'e>(leading: &[&'e Exposure], route: &Route) -> Option<&'e Exposure> {
    // A wall that says everybody may come in says it for all doors.
    if leading.iter().any(|one| one.is_wall() && one.asks == Asks::Everybody) {
        return None;
    }
    let doors: Vec<&Exposure> = leading.iter().copied().filter(|one| !one.is_wall()).collect();
    let asking: Vec<&Exposure> = doors.iter().copied().filter(|one| one.asks_for(route)).collect();
    let is_overruled =
        |open: &Exposure| asking.iter().any(|one| one.layer == open.layer && one.is_narrower(open));
    let leads_past = |open: &&Exposure| {
        let is_elsewhere = asking.iter().all(|asking| open.is_beside(asking));
        open.lets_pass(route) && !is_elsewhere && !is_overruled(open)
    };
    if doors.iter().any(leads_past) {
        return None;
    }
    asking.into_iter().reduce(|least, one| if one.credit() < least.credit() { one } else { least })
}
