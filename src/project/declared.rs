//! What the users of a project declare about it in `gapcheck.toml`, because code alone does not tell.

/// Declarations about guards and routes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declarations {
    pub guards: Vec<Guard>,
    pub public: Vec<Public>,
    pub platforms: Vec<Platform>,
}

/// Something outside the code lets only known callers through, by what the users say.
#[derive(Clone, Debug, PartialEq)]
pub struct Platform {
    pub provider: String,
    /// The routes behind it: paths, or prefixes that end in `/**`.
    pub scope: Vec<String>,
    /// From 0 to 1; 0 where the declaration should have been reviewed by now.
    pub credit: f64,
}

/// A function that refuses strangers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    pub name: String,
    /// The file that defines it, relative to the scanned root; any file when missing.
    pub path: Option<String>,
    /// It demands a role or permission on top of a known caller.
    pub role: bool,
}

/// Routes that are meant to be open to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// A path, or a prefix that ends in `/**`.
    pub route: String,
    pub reason: String,
}

impl Declarations {
    /// The guard declared under the last name of `written`, if it may be defined in `path`.
    pub fn guard(&self, written: &str, path: Option<&str>) -> Option<&Guard> {
        let name = written.split('(').next().unwrap_or_default();
        let name = name.rsplit(['.', ':']).next().unwrap_or_default();
        self.guards.iter().find(|guard| {
            let same_file = match (&guard.path, path) {
                (Some(declared), Some(path)) => declared == path,
                _ => true,
            };
            guard.name == name && same_file
        })
    }

    /// Is a route with this path meant to be open?
    pub fn is_public(&self, path: &str) -> bool {
        self.public.iter().any(|public| covers(&public.route, path))
    }

    /// What is said to ask, before a request for this path arrives, who is calling.
    pub fn platform(&self, path: &str) -> Option<&Platform> {
        self.platforms
            .iter()
            .find(|platform| platform.scope.iter().any(|pattern| covers(pattern, path)))
    }
}

/// Does a path match a pattern: itself, or a prefix that ends in `/**`?
fn covers(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix("/**") {
        Some(prefix) => {
            path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
        }
        None => path.trim_end_matches('/') == pattern.trim_end_matches('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_prefix_ends_at_a_segment() {
        let public = vec![Public { route: "/docs/**".into(), reason: "manual".into() }];
        let declared = Declarations { public, ..Declarations::default() };
        assert!(declared.is_public("/docs/start"));
        assert!(declared.is_public("/docs"));
        assert!(!declared.is_public("/docs-internal"));
    }

    #[test]
    fn a_guard_is_found_by_its_last_name_and_its_file() {
        let guard = |path: Option<&str>| Guard {
            name: "ensure_member".into(),
            path: path.map(str::to_owned),
            role: false,
        };
        let declared =
            Declarations { guards: vec![guard(Some("a.py"))], ..Declarations::default() };
        assert!(declared.guard("members.ensure_member(3)", Some("a.py")).is_some());
        assert!(declared.guard("ensure_member", Some("b.py")).is_none());
        assert!(declared.guard("ensure_members", Some("a.py")).is_none());
    }
    #[test]
    fn a_platform_covers_what_lies_below_its_scope() {
        let platform = |scope: &str| Platform {
            provider: "proxy".into(),
            scope: vec![scope.into()],
            credit: 0.7,
        };
        let declared =
            Declarations { platforms: vec![platform("/api/**")], ..Declarations::default() };
        assert!(declared.platform("/api/orders").is_some());
        assert!(declared.platform("/apis").is_none());
        let declared = Declarations { platforms: vec![platform("/**")], ..Declarations::default() };
        assert!(declared.platform("/").is_some() && declared.platform("/orders/:id").is_some());
    }
}
