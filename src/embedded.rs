//! The TOML files below `rules/`, inside the binary: rules, vocabulary, data, scoring.

/// Path below `rules/`, with `/`, and text, sorted by path.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files of one folder below `rules/` (`auth`, `vocabulary`): path below `rules/`, and text.
pub fn files_in(folder: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES
        .iter()
        .copied()
        .filter(move |(path, _)| path.rsplit_once('/').is_some_and(|(parent, _)| parent == folder))
}

/// The text of one file below `rules/`.
pub fn file(path: &str) -> Option<&'static str> {
    let index = FILES.binary_search_by_key(&path, |(path, _)| path).ok()?;
    Some(FILES[index].1)
}
