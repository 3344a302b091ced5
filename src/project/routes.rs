//! Every way in, and what stands before it.
//!
//! Each framework of `routes/<framework>.rs` pushes [`Draft`]s: where a handler is registered, under
//! which method and path, and what stands before it. `finish` grades the chain and decides.

use super::{
    Definition, Edge, ExpressionRef, FunctionRef, Location, Project,
    guards::{Assessment, Grader, Mode},
};
use crate::facts::Text;

mod actix;
mod aiohttp;
mod axum;
mod below;
mod connexion;
mod django;
mod edge;
pub(super) mod effects;
mod exported;
mod express;
mod fastapi;
mod fastify;
mod finish;
mod flask;
mod go;
mod gradio;
mod graphql;
mod grpc;
mod handed_on;
mod hono;
mod hosted;
mod itty;
mod java;
mod jobs;
mod koa;
mod looped;
mod memory;
pub(super) mod nest;
pub(super) mod next;
mod nuxt;
mod ordered;
mod purpose;
mod python;
mod registered;
mod remix;
mod rocket;
mod rust;
mod script;
mod serverless;
mod sockets;
mod streamlit;
mod supabase;
mod sveltekit;
mod tools;
mod tornado;
mod tree;
mod trpc;
mod validation;
mod warp;
mod wrapped;

pub use django::middleware_names;

/// One way in.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    pub kind: RouteKind,
    /// Upper case; `ANY` when the method is not restricted.
    pub method: Text,
    /// The full path, prefixes of all mounts included, with the framework's own parameter syntax.
    pub path: Text,
    pub framework: &'static str,
    /// Where it is registered.
    pub location: Location,
    pub handler: Option<FunctionRef>,
    pub handler_name: Text,
    pub guards: Vec<GuardUse>,
    pub mount: Mount,
    /// Something before the handler checks the request against a schema.
    pub is_validated: bool,
    /// Does it change anything, judged by its method and kind, or by its handler where these do not say?
    pub mutates: bool,
    /// It answers strangers, and changes things only for callers it knows: a page and its form under one
    /// address.
    pub changes_for_known: bool,
    /// The purpose for which it is open to everybody, if it has one: `login`, `health`.
    pub public: Option<&'static str>,
    pub authentication: Authentication,
    /// Why, in one sentence.
    pub reason: String,
    /// What asks who is calling before a request arrives, where nothing in the code does.
    pub edge: Option<Edge>,
    /// The root cause that routes with the same missing guard share.
    pub root: Option<Root>,
}

/// Where a guard would stand that keeps strangers out of several routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// The router they hang on.
    Router(Location),
    /// The folder of an application whose files are its routes.
    Folder(Text),
}

impl Route {
    /// Is nobody asked who they are, as far as the code tells and the users say?
    pub fn asks_nobody(&self) -> bool {
        self.authentication == Authentication::None && self.edge.is_none()
    }

    /// Does something else than a request start it?
    pub const fn is_job(&self) -> bool {
        matches!(self.kind, RouteKind::Job)
    }

    /// May a stranger change something by it, if nothing before it refuses strangers?
    pub const fn changes_for_strangers(&self) -> bool {
        self.mutates && !self.changes_for_known
    }

    /// May a request of its method change something, whatever its handler does?
    pub fn is_written_to(&self) -> bool {
        self.mutates
            || !matches!(
                self.method.as_str(),
                "GET" | "HEAD" | "OPTIONS" | "QUERY" | "SUBSCRIPTION"
            )
    }

    /// Is it part of a page for demonstrations, whose server answers by itself? Whether such a page is open is one
    /// question, asked of the page.
    pub fn is_demonstration(&self) -> bool {
        matches!(self.framework, "streamlit" | "gradio")
    }

    /// The type of the one value that the framework hands its handlers; empty where there are several.
    pub fn context_type(&self) -> &'static str {
        match self.framework {
            "hono" => "hono.Context()",
            "koa" => "koa.Context()",
            _ => "",
        }
    }

    /// Is the request the first of several values that the framework hands its handlers?
    pub fn hands_request_first(&self) -> bool {
        matches!(self.framework, "express" | "fastify")
    }

    /// Does the framework fill what its handlers take from the request, where nothing says otherwise?
    pub fn fills_unmarked(&self) -> bool {
        matches!(self.framework, "jax-rs" | "micronaut")
    }

    /// Does the framework hand its handlers data of the request beside things of the server's own, told apart by
    /// their types alone?
    pub fn fills_by_type(&self) -> bool {
        matches!(self.framework, "warp" | "tonic" | "grpc-go" | "connect")
    }

    /// Is it open in the deployed program? A way in that a document declares ships with its handler.
    pub fn ships(&self, project: &Project) -> bool {
        let declared = project.file(self.location.file);
        if declared.language.is_code() {
            return declared.is_shipped();
        }
        self.handler.is_some_and(|handler| project.file(handler.file).is_shipped())
    }
}

/// The kind of a way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteKind {
    Http,
    /// A function that the browser calls by name (Next.js server actions, Remix actions).
    Action,
    Rpc,
    GraphQl,
    Grpc,
    WebSocket,
    /// A function deployed on its own (Supabase, Cloudflare, Lambda).
    Edge,
    Webhook,
    Job,
    /// A tool offered to a model.
    Tool,
    /// A page that renders on the server.
    Page,
}

impl RouteKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Action => "action",
            Self::Rpc => "rpc",
            Self::GraphQl => "graphql",
            Self::Grpc => "grpc",
            Self::WebSocket => "websocket",
            Self::Edge => "edge",
            Self::Webhook => "webhook",
            Self::Job => "job",
            Self::Tool => "tool",
            Self::Page => "page",
        }
    }
}

/// Whether the place of a route in the application is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mount {
    Resolved,
    /// Registered, but nothing was seen that serves it.
    Partial,
    /// Mounted by code that cannot be read here; why.
    Dynamic(String),
}

/// A guard in a route's chain.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardUse {
    pub name: Text,
    /// Where it is attached.
    pub location: Location,
    pub scope: Scope,
    /// The function of this project that it is, or that made it.
    pub function: Option<FunctionRef>,
    pub assessment: Assessment,
}

/// How far a guard reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Global,
    Router,
    Class,
    Route,
    /// A check in the handler itself.
    Inline,
    Wrapper,
    /// A parameter type that refuses (Rust), a dependency (`FastAPI`).
    Extractor,
    /// A path pattern outside the code of the route (Next.js middleware).
    Matcher,
    /// Nowhere: attached where requests for this route do not pass, such as behind the route.
    Behind,
}

/// What is known about who may call. The table in DESIGN §4 decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authentication {
    Proven,
    Library,
    Checked,
    Named,
    None,
    Unknown,
}

impl Authentication {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Library => "library",
            Self::Checked => "checked",
            Self::Named => "named",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }

    /// Refuses strangers, as far as it can be told.
    pub const fn holds(self) -> bool {
        matches!(self, Self::Proven | Self::Library | Self::Checked)
    }
}

/// A way in as its framework registers it.
#[derive(Clone, Debug)]
pub struct Draft {
    pub kind: RouteKind,
    pub method: Text,
    pub path: Text,
    pub framework: &'static str,
    pub location: Location,
    pub handler: Handler,
    /// What stands before the handler, outermost first.
    pub chain: Vec<Candidate>,
    pub mount: Mount,
    pub root: Option<Root>,
}

/// What answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handler {
    Function(FunctionRef),
    /// An expression that could not be followed to a function.
    Expression(ExpressionRef),
}

/// Something in a guard's position.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub what: What,
    pub name: Text,
    pub location: Location,
    pub scope: Scope,
    pub mode: Mode,
}

/// What a candidate is, as far as the framework knows.
#[derive(Clone, Debug)]
pub enum What {
    Expression(ExpressionRef),
    Definition(Definition),
    /// Any one of these lets the request pass: worth what the weakest is worth.
    Any(Vec<What>),
    /// Judged by the framework itself: a filter chain, a matcher table.
    Assessed(Assessment),
    /// Cannot be read: why. Makes the route's authentication unknown unless another guard holds.
    Unreadable(String),
    /// Checks the body against a schema, and guards nothing.
    Schema,
    /// Sees only what is left of the path behind this prefix.
    Below(Text, Box<What>),
}

/// Finds and grades all ways in, sorted by file, place, method and path.
pub fn collect(project: &Project) -> Vec<Route> {
    let mut drafts = Vec::new();
    for framework in FRAMEWORKS {
        framework(project, &mut drafts);
    }
    let mut grader = Grader::new(project);
    let mut routes: Vec<Route> =
        drafts.into_iter().map(|draft| finish::finish(project, &mut grader, draft)).collect();
    routes.sort_by(|a, b| {
        (a.location, &a.method, &a.path, a.kind).cmp(&(b.location, &b.method, &b.path, b.kind))
    });
    routes.dedup_by(|a, b| {
        a.location == b.location && a.method == b.method && a.path == b.path && a.kind == b.kind
    });
    routes
}

/// The frameworks that are read, in no particular order but for what takes the place of routes of others.
const FRAMEWORKS: &[fn(&Project, &mut Vec<Draft>)] = &[
    // JavaScript and TypeScript.
    edge::routes,
    express::routes,
    fastify::routes,
    hono::routes,
    hosted::routes,
    itty::routes,
    koa::routes,
    nest::routes,
    graphql::routes,
    next::routes,
    nuxt::routes,
    remix::routes,
    serverless::routes,
    sockets::routes,
    supabase::routes,
    sveltekit::routes,
    trpc::routes,
    // Python.
    aiohttp::routes,
    connexion::routes,
    django::routes,
    fastapi::routes,
    flask::routes,
    tornado::routes,
    graphql::python::routes,
    gradio::routes,
    streamlit::routes,
    // Rust.
    actix::routes,
    axum::routes,
    rocket::routes,
    warp::routes,
    // Go.
    go::routes,
    // Rust and Go.
    grpc::routes,
    // Java.
    java::routes,
    // All.
    jobs::routes,
    tools::routes,
];
