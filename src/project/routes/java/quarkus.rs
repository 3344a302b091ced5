//! Quarkus: the permissions of its settings, and reactive routes; web sockets of Java.

use std::collections::BTreeMap;

use super::{
    Application, Endpoint,
    annotations::{Annotation, annotations, class_annotations, path_text},
    matched,
    settings::Setting,
    unreadable,
};
use crate::{
    facts::Text,
    project::{
        Body, Definition, Location, Type,
        guards::{Assessment, Grade, Mode},
        routes::{Candidate, Draft, RouteKind, Scope, What, express::join_paths},
    },
};

const PERMISSIONS: &str = "quarkus.http.auth.permission.";
const ENFORCER: [&str; 2] =
    ["quarkus.keycloak.policy-enforcer.enable", "quarkus.keycloak.policy-enforcer.enabled"];
const REFUSES_UNANNOTATED: [&str; 2] = [
    "quarkus.security.jaxrs.deny-unannotated-endpoints",
    "quarkus.security.deny-unannotated-members",
];
const DEFAULT_ROLES: &str = "quarkus.security.jaxrs.default-roles-allowed";

/// One named permission: which requests, and what is demanded of them.
#[derive(Default)]
struct Permission<'s> {
    paths: Vec<&'s str>,
    methods: Vec<&'s str>,
    policy: &'s str,
    is_off: bool,
    /// It applies beside the one whose path fits best.
    is_shared: bool,
    at: Option<Location>,
}

impl<'p> Application<'p> {
    /// The path below which the server of a package answers.
    pub(super) fn root_path(&self, home: &Text) -> Text {
        join_paths("", self.settings.text(home, "quarkus.http.root-path").unwrap_or_default())
    }

    /// What `quarkus.http.auth.permission` demands of requests for an endpoint.
    pub(super) fn permission(&self, endpoint: &Endpoint<'p>, method: &str) -> Option<Candidate> {
        let home = &endpoint.home;
        let enforcer = ENFORCER.iter().find_map(|name| self.settings.get(home, name));
        if let Some(enforcer) = enforcer.filter(|setting| setting.value == "true") {
            let why = "what Keycloak allows is not written in this repository";
            return Some(unreadable("quarkus.keycloak", why.to_owned(), enforcer.at));
        }
        let permissions = self.permissions(home);
        let by_path = |permission: &Permission<'_>| {
            permission.paths.iter().filter_map(|path| fit(path, &endpoint.seen_path)).max()
        };
        let best = permissions.values().filter(|one| !one.is_shared).filter_map(by_path).max()?;
        let is_ours =
            |one: &&Permission<'_>| by_path(one).is_some_and(|fit| one.is_shared || fit == best);
        let ours: Vec<&Permission<'_>> = permissions.values().filter(is_ours).collect();
        let is_for_method = |one: &&&Permission<'_>| {
            one.methods.is_empty() || one.methods.contains(&method) || method == "ANY"
        };
        let applied: Vec<&&Permission<'_>> = ours.iter().filter(is_for_method).collect();
        let at = ours.iter().find_map(|one| one.at);
        let refuses = |why: &str, role: bool, at: Option<Location>| {
            let (grade, why) = (Some(Grade::G3), why.to_owned());
            let decided_at = at;
            matched(
                "quarkus.http.auth.permission",
                endpoint,
                Assessment { grade, why, decided_at, role, weakness: None },
            )
        };
        if applied.is_empty() {
            return Some(refuses("a permission for the path leaves this method out", false, at));
        }
        let demanding = applied.iter().find(|one| one.policy != "permit")?;
        match demanding.policy {
            "authenticated" => Some(refuses("a permission asks for a caller", false, demanding.at)),
            "deny" => Some(refuses("a permission refuses everybody", false, demanding.at)),
            policy => {
                let prefix = format!("quarkus.http.auth.policy.{policy}.");
                if self.settings.below(home, &prefix).next().is_some() {
                    return Some(refuses("a permission asks for a role", true, demanding.at));
                }
                let why = format!("the policy `{policy}` is not written in the settings");
                let at = demanding.at.unwrap_or_else(|| endpoint.class.location());
                Some(unreadable(policy, why, at))
            }
        }
    }

    fn permissions(&self, home: &str) -> BTreeMap<&str, Permission<'_>> {
        let mut permissions: BTreeMap<&str, Permission<'_>> = BTreeMap::new();
        for (name, setting) in self.settings.below(home, PERMISSIONS) {
            let Some((name, option)) = name.rsplit_once('.') else { continue };
            permissions.entry(name).or_default().set(option, setting);
        }
        permissions.retain(|_, permission| !permission.is_off && !permission.policy.is_empty());
        permissions
    }

    /// What is demanded of callers of methods that say nothing themselves.
    pub(super) fn unannotated(&self, endpoint: &Endpoint<'p>) -> Option<Candidate> {
        let home = &endpoint.home;
        let mut names = REFUSES_UNANNOTATED.into_iter();
        let found = names.find(|name| self.settings.text(home, name) == Some("true"));
        let role = self.settings.get(home, DEFAULT_ROLES).map(|_| DEFAULT_ROLES);
        let name = found.or(role)?;
        let decided_at = self.settings.get(home, name).map(|setting| setting.at);
        let assessment = Assessment {
            grade: Some(Grade::G3),
            why: "methods without an annotation are refused to strangers".to_owned(),
            decided_at,
            role: found.is_none(),
            weakness: None,
        };
        Some(matched(name, endpoint, assessment))
    }

    /// `@Route(path = "/x", methods = GET)` on a method, below the path of `@RouteBase`.
    pub(super) fn reactive_routes(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        let own = class_annotations(class);
        let base = own.iter().find(|own| own.name == "RouteBase");
        let base = base.and_then(|base| base.paths().into_iter().next()).unwrap_or_default();
        for method in class.methods() {
            for route in annotations(method.decorators()).filter(|own| own.name == "Route") {
                let option = |name: &str| route.call.and_then(|call| call.named(name));
                let kind = option("type").map(|kind| kind.source().to_owned()).unwrap_or_default();
                if kind.ends_with("FAILURE") {
                    continue;
                }
                let given = option("path").or_else(|| option("regex"));
                let name = || Text::from(method.function().name.to_lowercase());
                let path = given.map_or_else(name, path_text);
                let home = super::package_folder(self.project, class.at.file);
                let path = join_paths(&join_paths(&self.root_path(&home), &base), &path);
                let mut methods: Vec<Text> = option("methods")
                    .map(|given| given.items().unwrap_or_else(|| vec![given]))
                    .unwrap_or_default()
                    .iter()
                    .map(|verb| verb.source().rsplit('.').next().unwrap_or_default().into())
                    .collect();
                if methods.is_empty() {
                    methods.push("ANY".into());
                }
                let mut endpoint = Endpoint::new("quarkus", class, method)
                    .answering(methods, path)
                    .at(route.value);
                endpoint.before = self.route_filters(&endpoint.home);
                self.push(&endpoint, drafts);
            }
        }
    }

    /// The methods with `@RouteFilter` of a package.
    fn route_filters(&self, home: &Text) -> Vec<Candidate> {
        let bodies =
            self.project.functions().filter(|body| super::is_read(self.project, body.at.file));
        let ours = bodies.filter(|body| {
            annotations(body.decorators()).any(|own| own.name == "RouteFilter")
                && super::package_folder(self.project, body.at.file) == *home
        });
        ours.map(|body| Candidate {
            what: What::Definition(Definition::Function(body.at)),
            name: body.name(),
            location: body.location(),
            scope: Scope::Global,
            mode: Mode::Middleware,
        })
        .collect()
    }

    /// `@ServerEndpoint("/x")`, `@WebSocket(path = "/x")`, and the method that takes what is sent.
    pub(super) fn socket(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        let own = class_annotations(class);
        let is_socket = |own: &&Annotation<'_>| {
            matches!(own.name, "ServerEndpoint" | "WebSocket" | "ServerWebSocket")
        };
        let Some(endpoint) = own.iter().find(is_socket) else { return };
        let marked = |wanted: &[&str]| {
            class.methods().find(|method| {
                annotations(method.decorators()).any(|own| wanted.contains(&own.name))
            })
        };
        let opening = marked(&["OnOpen"]);
        let taking = marked(&["OnMessage", "OnTextMessage", "OnBinaryMessage"]);
        let Some(handler) = taking.or(opening) else { return };
        let path = endpoint.paths().into_iter().next().unwrap_or_default();
        let mut endpoint = Endpoint {
            kind: RouteKind::WebSocket,
            ..Endpoint::new("jakarta-websocket", class, handler)
                .answering(vec!["GET".into()], join_paths("", &path))
                .at(endpoint.value)
        };
        endpoint.before = turned_away(class, opening, endpoint.location).into_iter().collect();
        self.push(&endpoint, drafts);
    }
}

/// Who may connect is decided when a connection opens: that cannot be read here.
fn turned_away(class: Type<'_>, opening: Option<Body<'_>>, at: Location) -> Option<Candidate> {
    let configured = class_annotations(class)
        .iter()
        .any(|own| own.call.is_some_and(|call| call.named("configurator").is_some()));
    let closes = opening
        .is_some_and(|body| body.calls_within().any(|call| call.name().starts_with("close")));
    let why = "whom it turns away when a connection opens is not read".to_owned();
    (configured || closes).then(|| unreadable("@OnOpen", why, at))
}

impl<'s> Permission<'s> {
    fn set(&mut self, option: &str, setting: &'s Setting) {
        let value = setting.value.as_str();
        let list = || value.split(',').map(str::trim).filter(|part| !part.is_empty());
        match option {
            "paths" => self.paths = list().collect(),
            "methods" => self.methods = list().collect(),
            "policy" => {
                self.policy = value;
                self.at = Some(setting.at);
            }
            "enabled" => self.is_off = value == "false",
            "shared" => self.is_shared = value == "true",
            _ => {}
        }
    }
}

/// How well the pattern of a permission fits a path; nothing if it does not. `/*` at its end stands for all
/// below, `*` elsewhere for one segment; the longest fits best, and one without a wildcard before all.
fn fit(pattern: &str, path: &str) -> Option<usize> {
    let pattern = join_paths("", pattern);
    let path = path.trim_matches('/');
    let Some(prefix) = pattern.strip_suffix('*') else {
        return same(pattern.trim_matches('/'), path).then_some(usize::MAX);
    };
    let whole = prefix.strip_suffix('/').unwrap_or(prefix).trim_matches('/');
    if whole.is_empty() {
        return Some(0);
    }
    let segments = whole.split('/').count();
    let start: Vec<&str> = path.split('/').take(segments).collect();
    let fits = if prefix.ends_with('/') {
        start.len() == segments && same(whole, &start.join("/"))
    } else {
        path.starts_with(whole)
    };
    fits.then_some(prefix.len())
}

fn same(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    pattern.clone().count() == path.clone().count()
        && pattern.zip(path).all(|(own, segment)| own == "*" || own == segment)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn the_longest_pattern_fits_best() {
        assert_eq!(fit("/*", "/api/users"), Some(0));
        assert_eq!(fit("/api/*", "/api"), Some(5));
        assert_eq!(fit("/api/users", "/api/users"), Some(usize::MAX));
        assert_eq!(fit("/api/*/keys", "/api/{id}/keys"), Some(usize::MAX));
        assert_eq!(fit("/q*", "/queue"), Some(2));
        assert_eq!(fit("/api/users", "/api/{id}"), None);
        assert_eq!(fit("/apis/*", "/api/users"), None);
    }
}
