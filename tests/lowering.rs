//! Every file below `fixtures/lowering` says what its outline beside it says.
//!
//! `GAPCHECK_UPDATE=1 cargo test --test lowering` writes the outlines anew.

use std::{fs, path::Path};

use gapcheck::facts::{File, Language, Lines, Role, Runtime, outline::outline};

#[test]
fn fixtures_lower_to_their_outlines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lowering");
    let update = std::env::var_os("GAPCHECK_UPDATE").is_some();
    let mut differing = Vec::new();
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name() {
        let entry = entry.expect("the fixtures can be listed");
        let Some(language) = language_of(entry.path()) else { continue };
        let text = fs::read_to_string(entry.path()).expect("a fixture is text");
        let file = File {
            path: entry.file_name().to_string_lossy().as_ref().into(),
            language,
            role: Role::Source,
            runtime: Runtime::Unknown,
            tracked: true,
            lines: Lines::of(&text),
            text: text.into(),
        };
        let (facts, _) = gapcheck::lower::all(&[file]);
        let actual = outline(&facts[0]);
        let expected_path = entry.path().with_extension("facts");
        if update {
            fs::write(&expected_path, &actual).expect("the fixtures can be written");
        } else if fs::read_to_string(&expected_path).ok().as_deref() != Some(actual.as_str()) {
            differing.push(format!("{}:\n{actual}", expected_path.display()));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

fn language_of(path: &Path) -> Option<Language> {
    match path.extension()?.to_str()? {
        "js" | "jsx" | "mjs" | "cjs" => Some(Language::JavaScript),
        "ts" | "tsx" | "mts" | "cts" => Some(Language::TypeScript),
        "vue" => Some(Language::Vue),
        "svelte" => Some(Language::Svelte),
        "py" => Some(Language::Python),
        "ipynb" => Some(Language::Notebook),
        "rs" => Some(Language::Rust),
        "go" => Some(Language::Go),
        "java" => Some(Language::Java),
        _ => None,
    }
}
