//! What library names mean.
//!
//! Rules never name a library. `rules/vocabulary/*.toml` maps canonical paths of calls and types to
//! [`Meaning`]s; users extend the same table in `gapcheck.toml`.
//!
//! A canonical path is how a project-wide name resolution writes a callee (see `project::names`):
//! module and names joined by `.`, a call or construction on the way as `()`:
//! `requests.get`, `requests.Session().get`, `express.Router().use`, `net/http.Get`,
//! `reqwest.Client.new().get`. A receiver that could not be resolved is `?`: `?.execute`.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use super::{Language, Text};

mod meaning;

pub use meaning::Meaning;

/// The rows of all vocabulary files, ready for look-up.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    rows: Vec<Row>,
    /// Rows by the last segment of their path; `*` holds those that end in a wildcard.
    by_last_segment: HashMap<Text, Vec<u32>>,
}

/// What one path means.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    segments: Vec<Text>,
    pub means: Vec<Meaning>,
    /// The row says something only where one of these libraries is used; empty for everywhere.
    with: Arc<[Text]>,
    /// The languages in which the row is read; empty for all. Packages of two languages may share a name.
    languages: Arc<[Language]>,
    /// Facts about the name that rules ask for: `timeout = "timeout"`, `default = "none"`.
    pub details: BTreeMap<Text, Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VocabularyFile {
    /// The version of this file format.
    schema: u32,
    #[serde(default)]
    name: Vec<RowEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowEntry {
    path: OneOrMany<String>,
    means: OneOrMany<Meaning>,
    #[serde(default)]
    with: Vec<Text>,
    #[serde(default)]
    language: Vec<Language>,
    #[serde(default)]
    details: BTreeMap<Text, Text>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(value) => vec![value],
            Self::Many(values) => values,
        }
    }
}

impl Vocabulary {
    /// Adds the rows of one file.
    ///
    /// # Errors
    /// When the text is not TOML of this format, names an unknown meaning, or has an unbalanced brace.
    pub fn add(&mut self, text: &str) -> Result<()> {
        let file: VocabularyFile = toml::from_str(text)?;
        ensure!(
            file.schema == 1,
            "schema {} is not known; this version reads schema 1",
            file.schema
        );
        for entry in file.name {
            let means = entry.means.into_vec();
            let with: Arc<[Text]> = entry.with.into();
            let languages: Arc<[Language]> = entry.language.into();
            for path in entry.path.into_vec() {
                for expanded in expand_braces(&path).with_context(|| format!("path `{path}`"))? {
                    self.add_row(Row {
                        segments: split_segments(&expanded).map(Text::from).collect(),
                        means: means.clone(),
                        with: Arc::clone(&with),
                        languages: Arc::clone(&languages),
                        details: entry.details.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    fn add_row(&mut self, row: Row) {
        let last = row.segments.last().cloned().unwrap_or_default();
        let number = u32::try_from(self.rows.len()).expect("vocabularies have thousands of rows");
        self.by_last_segment.entry(last).or_default().push(number);
        self.rows.push(row);
    }

    /// Forgets the rows that are said of libraries none of which `is_used`.
    pub fn keep_used(&mut self, is_used: impl Fn(&str) -> bool) {
        self.by_last_segment.clear();
        for row in std::mem::take(&mut self.rows) {
            if row.with.is_empty() || row.with.iter().any(|library| is_used(library)) {
                self.add_row(row);
            }
        }
    }

    /// The rows that match a canonical path, most specific first.
    ///
    /// `*` stands for one segment, `*()` for one call, `**` for any number of them. A row that starts with `**` matches
    /// whatever the receiver is, also when it is unknown.
    pub fn rows_of<'v>(&'v self, path: &str) -> Vec<(u32, &'v Row)> {
        let segments: Vec<&str> = split_segments(path).collect();
        let Some(last) = segments.last() else { return Vec::new() };
        let candidates = [*last, "*", "*()", "**"]
            .into_iter()
            .filter_map(|key| self.by_last_segment.get(key))
            .flatten();
        let mut rows: Vec<(u32, &Row)> = candidates
            .map(|&number| (number, &self.rows[number as usize]))
            .filter(|(_, row)| matches(&row.segments, &segments))
            .collect();
        rows.sort_by_key(|(number, row)| (std::cmp::Reverse(row.specificity()), *number));
        rows
    }

    /// The row with this number, as [`Vocabulary::rows_of`] gives it.
    pub fn row(&self, number: u32) -> &Row {
        &self.rows[number as usize]
    }

    /// Does any row give `path` this meaning?
    pub fn has(&self, path: &str, meaning: Meaning) -> bool {
        self.rows_of(path).iter().any(|(_, row)| row.means.contains(&meaning))
    }
}

impl Row {
    pub fn detail(&self, key: &str) -> Option<&str> {
        self.details.get(key).map(Text::as_str)
    }

    pub fn is_for(&self, language: Language) -> bool {
        self.languages.is_empty() || self.languages.contains(&language)
    }

    /// The receiver is not looked at: whoever uses it should be less sure.
    pub fn is_by_name_only(&self) -> bool {
        self.segments.first().is_some_and(|segment| matches!(segment.as_str(), "**" | "?"))
    }

    fn specificity(&self) -> usize {
        self.segments.iter().filter(|segment| !segment.starts_with('*')).count()
    }
}

/// Splits at `.`, but not inside a module name such as `@scope/a.b` before its first name: there `/`
/// marks a module, whose dots belong to it until the first `.` after the last `/`.
fn split_segments(path: &str) -> impl Iterator<Item = &str> {
    let module_end = path.rfind('/').map_or(0, |slash| slash + 1);
    let first_end = path[module_end..].find('.').map_or(path.len(), |dot| module_end + dot);
    let rest = path.get(first_end + 1..).unwrap_or_default();
    std::iter::once(&path[..first_end]).chain(rest.split('.').filter(|segment| !segment.is_empty()))
}

fn matches(pattern: &[Text], segments: &[&str]) -> bool {
    match (pattern.split_first(), segments.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "**" => {
            (0..=segments.len()).any(|skipped| matches(rest, &segments[skipped..]))
        }
        (Some((first, rest)), Some((segment, others))) => {
            let same = match first.as_str() {
                "*" => true,
                "*()" => segment.ends_with("()"),
                name => name == *segment,
            };
            same && matches(rest, others)
        }
        _ => false,
    }
}

/// `a.{b,c}.{d,e}` to its four paths.
fn expand_braces(path: &str) -> Result<Vec<String>> {
    let Some(open) = path.find('{') else {
        ensure!(!path.contains('}'), "`}}` without `{{`");
        return Ok(vec![path.to_owned()]);
    };
    let Some(length) = path[open..].find('}') else { bail!("`{{` without `}}`") };
    let (before, after) = (&path[..open], &path[open + length + 1..]);
    let mut expanded = Vec::new();
    for choice in path[open + 1..open + length].split(',') {
        expanded.extend(expand_braces(&format!("{before}{}{after}", choice.trim()))?);
    }
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(text: &str) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        vocabulary.add(text).expect("the test's own rows are well formed");
        vocabulary
    }

    #[test]
    fn braces_expand_and_wildcards_match() {
        let words = vocabulary(
            "schema = 1\n\
             [[name]]\npath = \"requests.{get,post}\"\nmeans = \"http-request\"\n\
             [[name]]\npath = \"**.execute\"\nmeans = \"sql-query\"\n\
             [[name]]\npath = \"openai.*().chat.completions.create\"\nmeans = \"model-call\"\n",
        );
        assert!(words.has("requests.post", Meaning::HttpRequest));
        assert!(!words.has("requests.put", Meaning::HttpRequest));
        assert!(words.has("?.execute", Meaning::SqlQuery));
        assert!(words.has("openai.OpenAI().chat.completions.create", Meaning::ModelCall));
        assert!(!words.has("openai.chat.completions.create", Meaning::ModelCall));
    }

    #[test]
    fn rows_said_of_a_library_are_forgotten_where_it_is_not_used() {
        let text = "schema = 1\n\
             [[name]]\npath = \"**.find_one\"\nmeans = \"document-query\"\nwith = [\"pymongo\", \"motor\"]\n\
             [[name]]\npath = \"**.execute\"\nmeans = \"sql-query\"\n";
        let (mut used, mut unused) = (vocabulary(text), vocabulary(text));
        used.keep_used(|library| library == "motor");
        unused.keep_used(|_| false);
        assert!(used.has("?.find_one", Meaning::DocumentQuery));
        assert!(!unused.has("?.find_one", Meaning::DocumentQuery));
        assert!(unused.has("?.execute", Meaning::SqlQuery));
    }

    #[test]
    fn a_module_may_hold_dots_and_slashes() {
        let segments: Vec<_> = split_segments("golang.org/x/crypto/bcrypt.CompareHash").collect();
        assert_eq!(segments, ["golang.org/x/crypto/bcrypt", "CompareHash"]);
        let segments: Vec<_> = split_segments("@aws-sdk/client-s3.S3Client().send").collect();
        assert_eq!(segments, ["@aws-sdk/client-s3", "S3Client()", "send"]);
    }

    #[test]
    fn an_unknown_meaning_is_refused_with_its_name() {
        let wrong = "schema = 1\n[[name]]\npath = \"a.b\"\nmeans = \"http-requst\"\n";
        let error = Vocabulary::default().add(wrong).expect_err("a typo");
        assert!(format!("{error:#}").contains("http-requst"));
    }
}
