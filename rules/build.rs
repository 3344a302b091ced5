//! Lists the TOML files below this folder, so that `src/embedded.rs` holds them in the binary.
//!
//! Adding a rule is adding its file: nobody keeps a list. The build reads nothing else and decides
//! nothing; what is in the files is checked when they are loaded.

#![allow(clippy::print_stdout, reason = "a build script talks to cargo on its standard output")]

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("rules");
    let mut files = Vec::new();
    collect(&root, &mut files)?;

    let mut list = String::from("&[\n");
    for (name, file) in named(&root, files)? {
        writeln!(list, "    ({name:?}, include_str!({:?})),", file.to_string_lossy())?;
    }
    list.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("embedded.rs"), list)?;
    Ok(())
}

/// Each file under its path below `root`, sorted by it, as look-ups search by halves.
fn named(root: &Path, files: Vec<PathBuf>) -> Result<BTreeMap<String, PathBuf>, Box<dyn Error>> {
    let mut named = BTreeMap::new();
    for file in files {
        named.insert(file.strip_prefix(root)?.to_string_lossy().replace('\\', "/"), file);
    }
    Ok(named)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(())
}
