//! The format of `gapcheck.toml`, version 1.

use anyhow::{Context as _, Error, Result, anyhow, ensure};
use serde::Deserialize;
use toml::{Spanned, value::Datetime};

use super::{
    Config, DeclaredGuard, GuardKind, PathSuppression, Platform, PublicRoute, RulePattern,
    select::nearest,
};
use crate::{
    facts::{Lines, vocabulary::Vocabulary},
    gap::SuppressionReason,
    report::Threshold,
    suppress::Date,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConfigV1 {
    min_score: Option<Spanned<f64>>,
    fail_on: Option<Threshold>,
    #[serde(default)]
    select: Vec<Spanned<String>>,
    #[serde(default)]
    ignore: Vec<Spanned<String>>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default)]
    guard: Vec<GuardV1>,
    #[serde(default)]
    public: Vec<PublicV1>,
    #[serde(default)]
    platform: Vec<PlatformV1>,
    vocabulary: Option<Spanned<toml::Table>>,
    #[serde(default)]
    suppress: Vec<SuppressV1>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GuardV1 {
    name: String,
    path: Option<String>,
    kind: GuardKind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PublicV1 {
    route: String,
    reason: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PlatformV1 {
    capability: String,
    provider: String,
    #[serde(default)]
    scope: Vec<String>,
    evidence: Option<String>,
    #[serde(default)]
    does_not_cover: Vec<String>,
    owner: Option<String>,
    declared_on: Spanned<Datetime>,
    review_by: Spanned<Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SuppressV1 {
    rule: Spanned<String>,
    path: String,
    reason: SuppressionReason,
    text: Spanned<String>,
    until: Option<Spanned<Datetime>>,
}

/// Where in the file something stands, for messages.
struct Source<'t> {
    path: &'t str,
    lines: Lines,
}

/// Reads the text of the file at `path`; `prefix` is the scanned root within the file's folder.
pub(super) fn parse(text: &str, path: &str, prefix: &str) -> Result<Config> {
    let source = Source { path, lines: Lines::of(text) };
    let file: ConfigV1 = toml::from_str(text).map_err(|error| source.explain(&error))?;
    if let Some(score) = &file.min_score {
        ensure!(
            (0.0..=100.0).contains(score.get_ref()),
            source.error(score.span().start, "`min-score` is a number from 0 to 100")
        );
    }
    Ok(Config {
        path: Some(path.to_owned()),
        prefix: prefix.to_owned(),
        min_score: file.min_score.map(Spanned::into_inner),
        fail_on: file.fail_on,
        select: file.select.iter().map(|rule| source.pattern(rule)).collect(),
        ignore: file.ignore.iter().map(|rule| source.pattern(rule)).collect(),
        exclude: file.exclude.iter().filter_map(|glob| below(glob, prefix)).collect(),
        guards: file
            .guard
            .into_iter()
            .map(|guard| DeclaredGuard { name: guard.name, path: guard.path, kind: guard.kind })
            .collect(),
        public: file
            .public
            .into_iter()
            .map(|public| {
                let reason = source.filled(public.reason, "reason")?;
                Ok(PublicRoute { route: public.route, reason })
            })
            .collect::<Result<_>>()?,
        platforms: file
            .platform
            .into_iter()
            .map(|platform| source.platform(platform))
            .collect::<Result<_>>()?,
        vocabulary: file.vocabulary.map(|rows| source.vocabulary(rows)).transpose()?,
        suppressions: file
            .suppress
            .into_iter()
            .map(|suppress| {
                Ok(PathSuppression {
                    rule: source.pattern(&suppress.rule),
                    path: suppress.path,
                    reason: suppress.reason,
                    text: source.filled(suppress.text, "text")?,
                    until: suppress.until.map(|date| source.date(&date)).transpose()?,
                })
            })
            .collect::<Result<_>>()?,
    })
}

/// A glob of the configuration's folder as one of the scanned folder below it; nothing when it cannot
/// match there.
fn below(glob: &str, prefix: &str) -> Option<String> {
    let inner = glob.trim_end_matches('/');
    let is_anchored = inner.contains('/') && !inner.starts_with("**/");
    if prefix.is_empty() || !is_anchored {
        return Some(glob.to_owned());
    }
    let path = glob.strip_prefix('/').unwrap_or(glob);
    path.strip_prefix(prefix).map(|rest| format!("/{rest}"))
}

impl Source<'_> {
    fn error(&self, offset: usize, message: &str) -> Error {
        let line = self.lines.line_of(u32::try_from(offset).unwrap_or(u32::MAX));
        anyhow!("{}:{line}: {message}", self.path)
    }

    /// What the TOML reader says, with the line, and for an unknown key the one that was likely meant.
    fn explain(&self, error: &toml::de::Error) -> Error {
        let mut message = error.message().trim().replace('\n', ", ");
        let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        if let Some((unknown, expected)) = names.split_first()
            && message.starts_with("unknown ")
        {
            let kind = if message.starts_with("unknown variant") { "value" } else { "key" };
            let hint = match nearest(unknown, expected.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("known are {}", expected.join(", ")),
            };
            message = format!("unknown {kind} `{unknown}`, {hint}");
        }
        self.error(error.span().map_or(0, |span| span.start), &message)
    }

    fn pattern(&self, rule: &Spanned<String>) -> RulePattern {
        let offset = u32::try_from(rule.span().start).unwrap_or(u32::MAX);
        RulePattern { line: Some(self.lines.line_of(offset)), ..RulePattern::new(rule.get_ref()) }
    }

    fn filled(&self, text: Spanned<String>, key: &str) -> Result<String> {
        let offset = text.span().start;
        let text = text.into_inner();
        ensure!(!text.trim().is_empty(), self.error(offset, &format!("`{key}` is empty: say why")));
        Ok(text)
    }

    fn date(&self, date: &Spanned<Datetime>) -> Result<Date> {
        let offset = date.span().start;
        let day = date.get_ref().date.with_context(|| self.error(offset, "a date is expected"))?;
        Date::new(i32::from(day.year), day.month, day.day)
            .with_context(|| self.error(offset, "no such day"))
    }

    fn platform(&self, platform: PlatformV1) -> Result<Platform> {
        let declared_on = self.date(&platform.declared_on)?;
        let review_by = self.date(&platform.review_by)?;
        ensure!(
            review_by <= declared_on.a_year_later(),
            self.error(platform.review_by.span().start, "`review-by` is more than a year away")
        );
        Ok(Platform {
            capability: platform.capability,
            provider: platform.provider,
            scope: platform.scope,
            evidence: platform.evidence.filter(|evidence| !evidence.trim().is_empty()),
            does_not_cover: platform.does_not_cover,
            owner: platform.owner,
            declared_on,
            review_by,
        })
    }

    /// The rows as the text of a vocabulary file of their own, known to be well formed.
    fn vocabulary(&self, rows: Spanned<toml::Table>) -> Result<String> {
        let offset = rows.span().start;
        let mut table = rows.into_inner();
        table.entry("schema").or_insert(toml::Value::Integer(1));
        let text = toml::to_string(&table).context("a table that was read can be written")?;
        Vocabulary::default().add(&text).map_err(|error| {
            let reason = error.downcast_ref::<toml::de::Error>().map_or_else(
                || format!("{error:#}"),
                |error| error.message().trim().replace('\n', ", "),
            );
            self.error(offset, &format!("[vocabulary]: {reason}"))
        })?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        format!("{:#}", parse(text, "gapcheck.toml", "").expect_err("it is wrong on purpose"))
    }

    #[test]
    fn all_keys_are_read() {
        let config = parse(
            r#"
            min-score = 60
            fail-on = "high"
            select = ["auth"]
            ignore = ["auth/csrf-missing"]
            exclude = ["legacy/"]
            [[guard]]
            name = "require_user"
            path = "src/auth.py"
            kind = "authentication"
            [[public]]
            route = "/status"
            reason = "for the load balancer"
            [[platform]]
            capability = "authn.edge"
            provider = "oauth2-proxy"
            declared-on = 2026-11-01
            review-by = 2027-05-01
            [[vocabulary.name]]
            path = "ourhttp.get"
            means = "http-request"
            [[suppress]]
            rule = "input/ssrf"
            path = "tools/"
            reason = "accepted-risk"
            text = "internal tool"
            until = 2027-01-01
            "#,
            "gapcheck.toml",
            "",
        )
        .expect("all of it is right");
        assert_eq!(config.min_score, Some(60.0));
        assert_eq!(config.fail_on, Some(Threshold::High));
        assert_eq!(config.guards[0].kind, GuardKind::Authentication);
        assert_eq!(config.platforms[0].review_by.to_string(), "2027-05-01");
        assert_eq!(config.suppressions[0].rule.line, Some(23));
        assert!(config.vocabulary.expect("one row").contains("ourhttp.get"));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line_and_the_right_one() {
        assert_eq!(
            error_of("\nmin-scor = 3\n"),
            "gapcheck.toml:2: unknown key `min-scor`, did you mean `min-score`?"
        );
        let error = error_of("[[guard]]\nname = \"x\"\nkidn = \"authentication\"\n");
        assert_eq!(error, "gapcheck.toml:3: unknown key `kidn`, did you mean `kind`?");
        let error = error_of("fail-on = \"hihg\"\n");
        assert_eq!(error, "gapcheck.toml:1: unknown value `hihg`, did you mean `high`?");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(error_of("min-score = 300\n").contains("0 to 100"));
        assert!(error_of("min-score = \n").starts_with("gapcheck.toml:1: "));
        assert!(error_of("[[public]]\nroute = \"/\"\nreason = \" \"\n").contains("say why"));
        let error = error_of("[vocabulary]\n[[vocabulary.name]]\npath = \"a\"\nmeans = \"x\"\n");
        assert!(error.contains("[vocabulary]: "), "{error}");
    }

    #[test]
    fn globs_follow_the_scanned_folder() {
        assert_eq!(below("*.min.js", "web/"), Some("*.min.js".to_owned()));
        assert_eq!(below("web/old/", "web/"), Some("/old/".to_owned()));
        assert_eq!(below("api/old/", "web/"), None);
        assert_eq!(below("**/old", "web/"), Some("**/old".to_owned()));
    }
}
