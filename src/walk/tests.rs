use std::fs;

use tempfile::TempDir;

use super::*;

fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("folders can be made");
        fs::write(path, text).expect("files can be written");
    }
    folder
}

fn paths(walk: &Walk) -> Vec<&str> {
    walk.files.iter().map(|file| &*file.path).collect()
}

#[test]
fn ignored_files_are_left_out_and_hidden_ones_are_not() {
    let folder = tree(&[
        (".gitignore", "secret.txt\nlogs/\n"),
        (".github/workflows/ci.yml", "on: push\n"),
        ("secret.txt", "x"),
        ("logs/a.py", "x"),
        ("src/app.py", "x = 1\n"),
        (".git/config", "x"),
        ("node_modules/a/index.js", "x"),
    ]);
    let walk = files(folder.path(), &Options::default());
    assert_eq!(paths(&walk), [".github/workflows/ci.yml", ".gitignore", "src/app.py"]);
    assert_eq!(walk.skipped.get("dependency-folder"), Some(&1));
    assert!(!walk.has_git_index);
    assert!(walk.files.iter().all(|file| file.tracked));
}

#[test]
fn folders_of_output_are_entered_unless_a_package_explains_them() {
    let folder = tree(&[("package.json", "{}"), ("dist/a.js", "x"), ("src/build/a.js", "x")]);
    let walk = files(folder.path(), &Options::default());
    assert_eq!(paths(&walk), ["package.json", "src/build/a.js"]);
    assert_eq!(walk.skipped.get("build-output"), Some(&1));
}

#[test]
fn every_reason_to_skip_is_counted() {
    let line = "x".repeat(LINE_BYTES_MAX + 1);
    let large = "x = 1\n".repeat(500_000);
    let folder = tree(&[
        ("a.min.js", "x"),
        ("bundle.js", &line),
        ("data.txt", "a\0b"),
        ("logo.png", "x"),
        ("large.py", &large),
        ("package-lock.json", &large),
        ("left/out.py", "x"),
        ("lib.ex", "defmodule A do\nend\n"),
    ]);
    let walk = files(folder.path(), &Options { exclude: vec!["left/".to_owned()] });
    assert_eq!(paths(&walk), ["lib.ex", "package-lock.json"]);
    let skipped: Vec<_> = walk.skipped.iter().map(|(reason, count)| (*reason, *count)).collect();
    assert_eq!(skipped, [("binary", 2), ("excluded", 1), ("minified", 2), ("too-large", 1)]);
    assert_eq!(walk.problems.len(), 1);
    assert_eq!(walk.problems[0].kind, ProblemKind::TooLarge);
    assert_eq!(walk.not_assessed["elixir"], NotAssessed { files: 1, lines: 2 });
    assert_eq!(walk.names.len(), 8);
}

#[cfg(unix)]
#[test]
fn links_and_sockets_are_never_opened() {
    let folder = tree(&[("a.py", "x = 1\n"), ("inside/b.py", "x = 1\n")]);
    let root = folder.path();
    std::os::unix::fs::symlink("/etc/passwd", root.join("outside.py")).expect("links can be made");
    std::os::unix::fs::symlink("/", root.join("everything")).expect("links can be made");
    std::os::unix::fs::symlink(root, root.join("inside/loop")).expect("links can be made");
    let _socket =
        std::os::unix::net::UnixListener::bind(root.join("socket.py")).expect("it is free");
    let walk = files(root, &Options::default());
    assert_eq!(paths(&walk), ["a.py", "inside/b.py"]);
    assert_eq!(walk.skipped.get("symlink"), Some(&3));
    assert_eq!(walk.skipped.get("not-regular"), Some(&1));
}

#[cfg(unix)]
#[test]
fn an_ignore_file_that_is_a_socket_keeps_its_folder_out_and_says_so() {
    let folder = tree(&[("a.py", "x = 1\n"), ("b/c.py", "x = 1\n")]);
    let socket = folder.path().join("b/.gitignore");
    let _socket = std::os::unix::net::UnixListener::bind(socket).expect("it is free");
    let walk = files(folder.path(), &Options::default());
    assert_eq!(paths(&walk), ["a.py"]);
    assert_eq!(walk.problems.len(), 1);
    assert_eq!(walk.problems[0].path, "b");
}

/// A folder whose git index lists `tracked`.
fn repository(files: &[(&str, &str)], tracked: &[&str]) -> TempDir {
    use gix_index::{
        State,
        entry::{Flags, Mode, Stat},
        hash::{Kind, ObjectId},
    };
    let folder = tree(files);
    let mut state = State::new(Kind::Sha1);
    let (stat, id) = (Stat::default(), ObjectId::null(Kind::Sha1));
    for path in tracked {
        state.dangerously_push_entry(stat, id, Flags::empty(), Mode::FILE, path.as_bytes().into());
    }
    state.sort_entries();
    fs::create_dir_all(folder.path().join(".git")).expect("folders can be made");
    let mut index = gix_index::File::from_state(state, folder.path().join(".git/index"));
    index.write(gix_index::write::Options::default()).expect("an index can be written");
    folder
}

#[test]
fn what_git_tracks_is_read_although_it_is_ignored() {
    let folder = repository(
        &[
            (".gitignore", "*.env\n"),
            ("package.json", "{}"),
            ("prod.env", "A=1\n"),
            ("local.env", "A=1\n"),
            ("dist/kept.js", "x"),
            ("dist/left.js", "x"),
            ("new.js", "x"),
        ],
        &["package.json", "prod.env", "dist/kept.js", "gone.js", "../outside.js"],
    );
    let walk = files(folder.path(), &Options::default());
    let found: Vec<_> = walk.files.iter().map(|file| (&*file.path, file.tracked)).collect();
    let expected = [
        (".gitignore", false),
        ("dist/kept.js", true),
        ("new.js", false),
        ("package.json", true),
        ("prod.env", true),
    ];
    assert_eq!(found, expected);
    assert!(walk.has_git_index);
}

#[test]
fn a_folder_inside_a_repository_uses_its_index() {
    let folder = repository(
        &[("a/.gitignore", "*.env\n"), ("a/x.env", "A=1"), ("a/new.py", "x"), ("b/y.py", "x")],
        &["a/x.env", "b/y.py"],
    );
    let walk = files(&folder.path().join("a"), &Options::default());
    let found: Vec<_> = walk.files.iter().map(|file| (&*file.path, file.tracked)).collect();
    assert_eq!(found, [(".gitignore", false), ("new.py", false), ("x.env", true)]);
}

#[test]
fn a_damaged_index_counts_as_none() {
    let folder = tree(&[(".git/index", "DIRC\0\0\0\u{2}\0\0"), ("a.py", "x = 1\n")]);
    let walk = files(folder.path(), &Options::default());
    assert!(!walk.has_git_index);
    assert!(walk.files[0].tracked);
}

#[test]
fn a_pointer_to_a_git_folder_may_not_leave_the_repository() {
    let outside = repository(&[("a.py", "x")], &["a.py"]);
    let folder = tree(&[("a.py", "x = 1\n")]);
    let pointer = format!("gitdir: {}", outside.path().join(".git").display());
    fs::write(folder.path().join(".git"), pointer).expect("files can be written");
    assert!(!files(folder.path(), &Options::default()).has_git_index);
}
