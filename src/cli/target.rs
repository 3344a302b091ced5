//! What is scanned, and the options of the run.

use std::{
    env, fs,
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail, ensure};

use super::{RunOptions, command_hint, progress};
use crate::{
    config::{Config, Options, Selection},
    report::Gate,
    suppress::Date,
};

/// The root of the scanned tree, and the one file of it if only one is meant.
pub(super) struct Target {
    pub root: PathBuf,
    pub only: Option<String>,
    pub shown: String,
}

impl Target {
    /// # Errors
    /// When there is no such folder or file.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let shown = path.to_string_lossy().into_owned();
        let found = match fs::metadata(path) {
            Ok(found) => found,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                bail!("no such folder or file: {shown}{}", command_hint(&shown))
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {shown}")),
        };
        let whole = path.canonicalize().with_context(|| format!("cannot read {shown}"))?;
        if found.is_dir() {
            // `.` says nothing to whoever reads the report later.
            let is_relative_only =
                path.components().all(|part| !matches!(part, Component::Normal(_)));
            let name = whole.file_name().filter(|_| is_relative_only);
            let shown = name.map_or(shown, |name| name.to_string_lossy().into_owned());
            return Ok(Self { root: whole, only: None, shown });
        }
        ensure!(found.is_file(), "neither a folder nor a plain file: {shown}");
        let root = whole.parent().context("a file has a folder")?.to_owned();
        let only = whole.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Self { root, only, shown })
    }

    /// The options of a run that asks for nothing in particular.
    pub(super) fn options(&self, run: &RunOptions) -> Result<Options> {
        let config = Config::load(&self.root)?;
        config.check_rules(&known_rules())?;
        Ok(Options {
            target: self.shown.clone(),
            only: self.only.clone(),
            selection: Selection {
                config_select: config.select.clone(),
                config_ignore: config.ignore.clone(),
                ..Selection::default()
            },
            gate: Gate::default(),
            min_confidence: None,
            today: today(run.today)?,
            progress: Arc::new(progress::reporter(run)),
            config,
        })
    }
}

/// The names of all rules.
pub(super) fn known_rules() -> Vec<&'static str> {
    static NAMES: std::sync::LazyLock<Vec<crate::gap::RuleId>> =
        std::sync::LazyLock::new(|| crate::rule_texts().into_keys().collect());
    NAMES.iter().map(|name| &**name).collect()
}

/// The day that was given, else that of the build, else that of the clock.
fn today(given: Option<Date>) -> Result<Date> {
    if let Some(day) = given {
        return Ok(day);
    }
    let seconds = match env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text.trim().parse().context("SOURCE_DATE_EPOCH is not a number of seconds")?,
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
    };
    Date::of_unix_seconds(seconds).context("the clock is beyond the year 9999; use --today")
}
