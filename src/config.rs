//! Configuration: `gapcheck.toml` and the command line, joined into the options of a run.
//!
//! The repository under scan is not trusted. Its configuration is data: it runs nothing, reads nothing
//! else, and what the command line says wins over it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{
    gap::{CREDIT_BARE, CREDIT_DECLARED, Confidence, SuppressionReason},
    project::{Declarations, declared},
    report::{Gate, Threshold},
    suppress::Date,
};

mod file;
mod select;

pub(crate) use select::nearest;
pub use select::{RulePattern, Selection};

/// A configuration is written by hand; anything larger is a mistake or an attack.
const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// What one run is to do.
#[derive(Clone)]
pub struct Options {
    /// The scanned path as the user wrote it, for the report.
    pub target: String,
    /// Look at this file only, relative to the root.
    pub only: Option<String>,
    pub config: Config,
    pub selection: Selection,
    pub gate: Gate,
    pub min_confidence: Option<Confidence>,
    /// For expiry dates only.
    pub today: Date,
    /// Is told which stage begins; shows it to whoever waits.
    pub progress: Arc<dyn Fn(&str) + Send + Sync>,
}

/// What `gapcheck.toml` says. Without a file all of it is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The file as shown to people; missing when there is none.
    pub path: Option<String>,
    /// The scanned root relative to the folder that the file speaks about, with `/` at its end unless
    /// it is empty. Put in front of a scanned path, it gives the path that globs here mean.
    pub prefix: String,
    pub min_score: Option<f64>,
    pub fail_on: Option<Threshold>,
    pub select: Vec<RulePattern>,
    pub ignore: Vec<RulePattern>,
    /// As in `.gitignore`, relative to the scanned root.
    pub exclude: Vec<String>,
    pub guards: Vec<DeclaredGuard>,
    pub public: Vec<PublicRoute>,
    pub platforms: Vec<Platform>,
    /// Further rows of vocabulary, as the text of a vocabulary file.
    pub vocabulary: Option<String>,
    pub suppressions: Vec<PathSuppression>,
}

/// A function of the project that is declared to be a guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredGuard {
    pub name: String,
    /// The file that defines it, relative to the configuration's folder; any file when missing.
    pub path: Option<String>,
    pub kind: GuardKind,
}

/// What a declared guard decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardKind {
    Authentication,
    Authorization,
    Signature,
    RateLimit,
}

/// Routes that are meant to be public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicRoute {
    /// A path, or a prefix that ends in `/**`.
    pub route: String,
    pub reason: String,
}

/// A capability that the platform is declared to provide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// `authn.edge`, `rate-limit`, `logs.collect` and the like.
    pub capability: String,
    pub provider: String,
    /// Globs of routes or packages.
    pub scope: Vec<String>,
    /// A path in the repository or an address; missing for a bare declaration.
    pub evidence: Option<String>,
    pub does_not_cover: Vec<String>,
    pub owner: Option<String>,
    pub declared_on: Date,
    pub review_by: Date,
}

/// A suppression by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathSuppression {
    pub rule: RulePattern,
    /// As in `.gitignore`, relative to the configuration's folder.
    pub path: String,
    pub reason: SuppressionReason,
    pub text: String,
    pub until: Option<Date>,
}

impl Config {
    /// What it declares about guards, routes and what stands before them, for the project. A declaration that should
    /// have been reviewed before `today` counts for nothing.
    pub fn declarations(&self, today: Date) -> Declarations {
        let guards = self.guards.iter().filter_map(|guard| {
            let role = match guard.kind {
                GuardKind::Authentication => false,
                GuardKind::Authorization => true,
                GuardKind::Signature | GuardKind::RateLimit => return None,
            };
            // A path outside the scanned folder names a file that this run does not see.
            let path = guard
                .path
                .as_ref()
                .map(|path| path.strip_prefix(&self.prefix).unwrap_or(path).to_owned());
            Some(declared::Guard { name: guard.name.clone(), path, role })
        });
        let public = self.public.iter().map(|public| declared::Public {
            route: public.route.clone(),
            reason: public.reason.clone(),
        });
        let platforms = self.platforms.iter();
        let asking = platforms.filter(|platform| platform.capability == "authn.edge");
        let platforms = asking.map(|platform| declared::Platform {
            provider: platform.provider.clone(),
            scope: platform.scope.clone(),
            credit: match &platform.evidence {
                _ if platform.review_by < today => 0.0,
                Some(_) => CREDIT_DECLARED,
                None => CREDIT_BARE,
            },
        });
        let (guards, public, platforms) = (guards.collect(), public.collect(), platforms.collect());
        Declarations { guards, public, platforms }
    }

    /// Reads the configuration that applies to the folder `root`: the nearest one upwards, not beyond
    /// the repository's root; where there is no repository, the one in `root` itself.
    ///
    /// # Errors
    /// When the file is not a plain file, cannot be read, or is not a configuration.
    pub fn load(root: &Path) -> Result<Self> {
        let Some((folder, path)) = find(root)? else { return Ok(Self::default()) };
        let shown =
            path.strip_prefix(&folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let text = read(&path).with_context(|| shown.clone())?;
        let prefix = root.strip_prefix(&folder).unwrap_or(Path::new(""));
        let mut prefix = prefix.to_string_lossy().replace('\\', "/");
        if !prefix.is_empty() {
            prefix.push('/');
        }
        file::parse(&text, &shown, &prefix)
    }

    /// Checks every rule name in the file.
    ///
    /// # Errors
    /// When a name stands for no rule, with the line and the nearest name.
    pub fn check_rules(&self, known: &[&str]) -> Result<()> {
        let suppressed = self.suppressions.iter().map(|suppression| &suppression.rule);
        for pattern in self.select.iter().chain(&self.ignore).chain(suppressed) {
            pattern.check(known).with_context(|| match (&self.path, pattern.line) {
                (Some(path), Some(line)) => format!("{path}:{line}"),
                (path, _) => path.clone().unwrap_or_default(),
            })?;
        }
        Ok(())
    }

    /// The gate: what the command line says, else the file, else the default.
    pub fn gate(&self, fail_on: Option<Threshold>, min_score: Option<f64>) -> Gate {
        Gate {
            threshold: fail_on.or(self.fail_on).unwrap_or_default(),
            min_score: min_score.or(self.min_score),
            is_partial: false,
        }
    }
}

/// The folder that a configuration speaks about, and its file.
fn find(root: &Path) -> Result<Option<(PathBuf, PathBuf)>> {
    let is_repository = |folder: &&Path| fs::symlink_metadata(folder.join(".git")).is_ok();
    let top = root.ancestors().find(is_repository).unwrap_or(root);
    for folder in root.ancestors() {
        for name in ["gapcheck.toml", ".github/gapcheck.toml"] {
            let path = folder.join(name);
            if fs::symlink_metadata(&path).is_ok() {
                return Ok(Some((folder.to_owned(), path)));
            }
        }
        if folder == top {
            return Ok(None);
        }
    }
    bail!("{} has no folder", root.display())
}

fn read(path: &Path) -> Result<String> {
    let found = fs::symlink_metadata(path).context("cannot be read")?;
    ensure!(!found.is_symlink(), "is a symbolic link; a configuration must be a plain file");
    ensure!(found.is_file(), "is not a plain file");
    ensure!(found.len() <= CONFIG_BYTES_MAX, "is larger than 1 MiB");
    let bytes = fs::read(path).context("cannot be read")?;
    String::from_utf8(bytes).ok().context("is not UTF-8")
}
