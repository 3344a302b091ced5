//! Where code runs, as far as its path tells. Later stages refine it by content.

use std::collections::BTreeSet;

use crate::facts::{Language, Runtime};

const SERVER_FOLDERS: &[&str] = &[
    "server",
    "backend",
    "api",
    "routes",
    "routers",
    "controllers",
    "middleware",
    "middlewares",
    "handlers",
    "services",
];

const BROWSER_FOLDERS: &[&str] =
    &["client", "frontend", "components", "hooks", "public", "static", "assets", "wwwroot"];

const JOB_FOLDERS: &[&str] = &["jobs", "workers", "tasks", "cron", "crons", "queues"];

const COMMAND_FOLDERS: &[&str] = &["cli", "bin", "commands"];

/// Folders whose packages are served by frameworks or platforms that decide where a file runs.
#[derive(Debug, Default)]
pub(super) struct Platforms {
    /// Folders with a `next.config.*`, each empty or ending in `/`.
    next: BTreeSet<String>,
    /// Folders with an `app/root.*`, each empty or ending in `/`: Remix and React Router.
    remix: BTreeSet<String>,
    /// Folders with a `wrangler.*`, each empty or ending in `/`.
    workers: BTreeSet<String>,
}

impl Platforms {
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut platforms = Self::default();
        for path in names {
            let start = path.rfind('/').map_or(0, |slash| slash + 1);
            let (folder, name) = path.split_at(start);
            if name.starts_with("next.config.") {
                platforms.next.insert(folder.to_owned());
            } else if let Some(package) = folder.strip_suffix("app/")
                && name.starts_with("root.")
            {
                platforms.remix.insert(package.to_owned());
            } else if name.starts_with("wrangler.") {
                platforms.workers.insert(folder.to_owned());
            }
        }
        platforms
    }

    pub(super) fn runtime(&self, path: &str, language: Language) -> Runtime {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
        let is_in = |folders: &[&str]| folder.split('/').any(|segment| folders.contains(&segment));
        match language {
            Language::Notebook => Runtime::Notebook,
            Language::Html | Language::Vue | Language::Svelte => Runtime::Browser,
            Language::JavaScript | Language::TypeScript => self.of_script(path, folder, name),
            Language::Python | Language::Go | Language::Rust | Language::Java => {
                if matches!(stem, "__main__" | "cli") || is_in(COMMAND_FOLDERS) {
                    Runtime::Cli
                } else if is_in(JOB_FOLDERS)
                    || matches!(stem, "tasks" | "celery" | "worker" | "celery_app")
                {
                    Runtime::Job
                } else if is_in(SERVER_FOLDERS) || language == Language::Java {
                    Runtime::Server
                } else {
                    Runtime::Unknown
                }
            }
            _ => Runtime::Unknown,
        }
    }

    fn of_script(&self, path: &str, folder: &str, name: &str) -> Runtime {
        let is_in = |folders: &[&str]| folder.split('/').any(|segment| folders.contains(&segment));
        let next = self.next.iter().rev().find_map(|package| path.strip_prefix(package.as_str()));
        if path.contains("supabase/functions/")
            || path.contains("edge-functions/")
            || self
                .workers
                .iter()
                .any(|package| path.starts_with(package.as_str()) && is_worker(path, package))
            || next.is_some_and(|inside| {
                let inside = inside.strip_prefix("src/").unwrap_or(inside);
                inside.starts_with("middleware.")
            })
        {
            return Runtime::Edge;
        }
        if let Some(inside) = next {
            let inside = inside.strip_prefix("src/").unwrap_or(inside);
            return of_next(inside, name);
        }
        if name.contains(".server.") || name.starts_with("+server.") || path.contains("lib/server/")
        {
            return Runtime::Server;
        }
        // A route module is both: its loader and action run on the server.
        let is_module = |package: &String| {
            let inside = path.strip_prefix(package.as_str()).unwrap_or_default();
            inside.starts_with("app/routes/") || inside.starts_with("app/root.")
        };
        if self.remix.iter().any(is_module) {
            return Runtime::Unknown;
        }
        let is_view = name.ends_with(".tsx") || name.ends_with(".jsx");
        // The nearest folder decides: `client/src/services` runs in the browser, `server/public` too.
        let nearest = folder.rsplit('/').find_map(|segment| match segment {
            "client" | "frontend" | "public" | "static" | "assets" | "wwwroot" => {
                Some(Runtime::Browser)
            }
            "server" | "backend" => Some(Runtime::Server),
            _ => None,
        });
        if is_view {
            return if nearest == Some(Runtime::Server) {
                Runtime::Server
            } else {
                Runtime::Browser
            };
        }
        if let Some(runtime) = nearest {
            return runtime;
        }
        if path.contains("netlify/functions/") {
            Runtime::Server
        } else if is_in(BROWSER_FOLDERS) {
            Runtime::Browser
        } else if is_in(JOB_FOLDERS) {
            Runtime::Job
        } else if is_in(COMMAND_FOLDERS) || name.starts_with("cli.") {
            Runtime::Cli
        } else if is_in(&["controllers", "routers", "middlewares"]) || path.starts_with("api/") {
            Runtime::Server
        } else {
            Runtime::Unknown
        }
    }
}

/// A file of a Next.js package. `inside` is its path in the package, without `src/`.
fn of_next(inside: &str, name: &str) -> Runtime {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    if inside.starts_with("pages/api/") || inside.starts_with("app/") && stem == "route" {
        Runtime::Server
    } else if inside.starts_with("pages/")
        || inside.starts_with("hooks/")
        || inside.starts_with("public/")
    {
        Runtime::Browser
    } else if inside.starts_with("app/")
        && matches!(stem, "page" | "layout" | "template" | "actions")
    {
        // Rendered on the server, unless a directive in the file says otherwise.
        Runtime::Server
    } else {
        Runtime::Unknown
    }
}

/// With `wrangler.toml` in a folder, its sources are the worker; views in it are not.
fn is_worker(path: &str, package: &str) -> bool {
    let inside = &path[package.len()..];
    (inside.starts_with("src/") || inside.starts_with("functions/") || !inside.contains('/'))
        && !inside.ends_with('x')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_where_code_runs() {
        let platforms = Platforms::of(["web/next.config.mjs", "edge/wrangler.toml"].into_iter());
        let cases = [
            ("web/src/app/api/users/route.ts", Runtime::Server),
            ("web/src/middleware.ts", Runtime::Edge),
            ("web/src/components/Card.tsx", Runtime::Unknown),
            ("edge/src/index.ts", Runtime::Edge),
            ("supabase/functions/pay/index.ts", Runtime::Edge),
            ("client/src/services/http.ts", Runtime::Browser),
            ("server/index.ts", Runtime::Server),
            ("src/App.tsx", Runtime::Browser),
            ("src/index.ts", Runtime::Unknown),
        ];
        for (path, runtime) in cases {
            assert_eq!(platforms.runtime(path, Language::TypeScript), runtime, "{path}");
        }
        assert_eq!(platforms.runtime("app/cli.py", Language::Python), Runtime::Cli);
    }
}
