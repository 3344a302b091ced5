//! The built program as a user calls it.

use std::{fs, path::Path};

use assert_cmd::Command;
use tempfile::TempDir;

fn gapcheck(folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("gapcheck"));
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "SOURCE_DATE_EPOCH", "CI"] {
        command.env_remove(name);
    }
    command.current_dir(folder);
    command
}

fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn small_project() -> TempDir {
    tree(&[("src/main.py", "print('hello')\n"), ("README.md", "# Hello\n")])
}

/// The exit code, standard output and standard error.
fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// The run ends with 2, says why in one line, and prints no report.
fn assert_refused(folder: &Path, arguments: &[&str], expected: &str) {
    let (code, stdout, stderr) = run(gapcheck(folder).args(arguments));
    assert_eq!(code, 2, "{arguments:?}: {stderr}");
    assert!(stdout.is_empty(), "{arguments:?}: {stdout}");
    assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
}

fn assert_refused_in_one_line(folder: &Path, arguments: &[&str], expected: &str) {
    assert_refused(folder, arguments, expected);
    let (_, _, stderr) = run(gapcheck(folder).args(arguments));
    assert!(stderr.starts_with("gapcheck: "), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn help_and_version_are_no_error() {
    let folder = small_project();
    for argument in ["--help", "--version"] {
        let (code, stdout, stderr) = run(gapcheck(folder.path()).arg(argument));
        assert_eq!((code, stderr.as_str()), (0, ""), "{argument}");
        assert!(stdout.contains("gapcheck"), "{stdout}");
    }
}

#[test]
fn wrong_arguments_end_with_2() {
    let folder = small_project();
    assert_refused(folder.path(), &["--no-such-option"], "--no-such-option");
    assert_refused(folder.path(), &["--min-score", "101"], "0 to 100");
    assert_refused(folder.path(), &["--min-score", "NaN"], "0 to 100");
    assert_refused(folder.path(), &["--fail-on", "terrible"], "terrible");
    assert_refused(folder.path(), &["--today", "2026-02-30"], "2026-02-30");
    assert_refused_in_one_line(folder.path(), &["nowhere"], "no such folder or file: nowhere");
    assert_refused_in_one_line(folder.path(), &["chekc"], "did you mean the command `check`?");
    assert_refused_in_one_line(folder.path(), &["--select", "auth/nonsense"], "auth/nonsense");
    assert_refused_in_one_line(folder.path(), &["--ignore", "auth/nonsense"], "auth/nonsense");
    assert_refused_in_one_line(folder.path(), &["explain", "auth/nonsense"], "auth/nonsense");
}

#[test]
fn an_empty_tree_is_not_a_pass() {
    let folder = tree(&[]);
    let (code, stdout, stderr) = run(&mut gapcheck(folder.path()));
    assert_eq!(code, 2);
    assert!(stdout.contains("INCOMPLETE"), "{stdout}");
    assert!(stderr.contains("nothing to assess"), "{stderr}");
    let (code, _, stderr) = run(gapcheck(folder.path()).args(["--quiet", "--exit-zero"]));
    assert_eq!((code, stderr.as_str()), (2, ""), "--exit-zero never turns 2 into 0");
}

#[test]
fn a_broken_configuration_is_refused() {
    for (text, expected) in [
        ("min-scor = 3\n", "gapcheck.toml:1: unknown key `min-scor`, did you mean `min-score`?"),
        ("\n\nmin-score = \n", "gapcheck.toml:3: "),
        ("min-score = -1\n", "0 to 100"),
        ("ignore = [\"auth/nonsense\"]\n", "gapcheck.toml:1: unknown rule `auth/nonsense`"),
    ] {
        let folder = small_project();
        fs::write(folder.path().join("gapcheck.toml"), text).expect("a file");
        assert_refused_in_one_line(folder.path(), &[], expected);
    }
    let folder = small_project();
    fs::create_dir(folder.path().join("gapcheck.toml")).expect("a folder");
    assert_refused_in_one_line(folder.path(), &[], "is not a plain file");
}

#[cfg(unix)]
#[test]
fn a_linked_configuration_is_refused() {
    let secret = tree(&[("secret", "password\n")]);
    let folder = small_project();
    std::os::unix::fs::symlink(secret.path().join("secret"), folder.path().join("gapcheck.toml"))
        .expect("a link");
    assert_refused_in_one_line(folder.path(), &[], "symbolic link");
    let (_, stdout, stderr) = run(&mut gapcheck(folder.path()));
    assert!(!format!("{stdout}{stderr}").contains("password"));
}

#[test]
fn the_configuration_of_the_repository_applies_below_it_and_no_further() {
    let files = [
        ("gapcheck.toml", "wrong = 1\n"),
        ("inner/.git/HEAD", "ref: refs/heads/main\n"),
        ("inner/deep/main.py", "print(1)\n"),
    ];
    let folder = tree(&files);
    let (_, _, stderr) = run(gapcheck(folder.path()).arg("inner/deep"));
    assert!(!stderr.contains("wrong"), "{stderr}");
    fs::create_dir(folder.path().join("inner/.github")).expect("a folder");
    fs::write(folder.path().join("inner/.github/gapcheck.toml"), "wrong = 2\n").expect("a file");
    assert_refused_in_one_line(
        folder.path(),
        &["inner/deep"],
        ".github/gapcheck.toml:1: unknown key `wrong`",
    );
}

#[test]
fn the_report_is_the_same_for_any_number_of_threads() {
    let folder = small_project();
    for index in 0..40 {
        let text = format!("def f{index}():\n    return {index}\n");
        fs::write(folder.path().join(format!("src/m{index}.py")), text).expect("a file");
    }
    for format in ["terminal", "json"] {
        let of = |threads: &str| {
            let mut command = gapcheck(folder.path());
            run(command.env("RAYON_NUM_THREADS", threads).args(["--format", format]))
        };
        let (one, two, eight) = (of("1"), of("2"), of("8"));
        assert!(!one.1.is_empty());
        assert_eq!(one, two);
        assert_eq!(one, eight);
    }
}

#[test]
fn a_file_can_be_checked_alone() {
    let folder = small_project();
    let (_, stdout, stderr) =
        run(gapcheck(folder.path()).args(["check", "src/main.py", "--format", "json"]));
    let report: serde_json::Value = serde_json::from_str(&stdout).expect("a JSON report");
    assert_eq!(report["schema"], "gapcheck/report/v1", "{stderr}");
    assert_eq!(report["coverage"]["languages"]["python"]["files"], 1);
}

#[test]
fn a_report_file_is_whole_and_readable() {
    let folder = small_project();
    let (code, stdout, stderr) =
        run(gapcheck(folder.path()).args(["--format", "json", "-o", "report.json"]));
    assert!(stdout.is_empty(), "{code} {stdout} {stderr}");
    let text = fs::read_to_string(folder.path().join("report.json")).expect("the report");
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    assert_refused_in_one_line(folder.path(), &["rules", "list", "-o", "no/such/f"], "no/such/f");
}

#[test]
fn routes_are_listed_in_every_format() {
    let folder = small_project();
    for format in ["terminal", "json", "markdown", "csv"] {
        let (code, stdout, stderr) =
            run(gapcheck(folder.path()).args(["routes", "--format", format]));
        assert_eq!(code, 0, "{stderr}");
        assert!(!stdout.is_empty());
    }
}

/// What a platform is declared to ask is trusted less than what is seen, and no longer than it was said to be.
#[test]
fn a_declared_edge_answers_for_the_routes_behind_it() {
    const APPLICATION: &str = "from flask import Flask, request\n\
        from store import db\n\
        app = Flask(__name__)\n\n\
        @app.post('/orders')\n\
        def create():\n    db.session.execute(db.text('DELETE FROM orders'))\n    return ''\n";
    let declared = |evidence: &str, scope: &str| {
        format!(
            "[[platform]]\ncapability = \"authn.edge\"\nprovider = \"proxy\"\n\
             scope = [\"{scope}\"]\n{evidence}\
             declared-on = 2026-06-01\nreview-by = 2026-12-01\n"
        )
    };
    let audit = |configuration: &str, today: &str| {
        let folder = tree(&[("app.py", APPLICATION), ("gapcheck.toml", configuration)]);
        let rule = "auth/route-without-authentication";
        let arguments =
            ["--select", rule, "--format", "json", "--exit-zero", "--today", today, "--quiet"];
        let (code, stdout, stderr) = run(gapcheck(folder.path()).args(arguments));
        assert_eq!(code, 0, "{stderr}");
        let report: serde_json::Value = serde_json::from_str(&stdout).expect("a report");
        let (_, routes, _) = run(gapcheck(folder.path()).args(["routes", "--today", today]));
        let state = routes.split_whitespace().next().unwrap_or_default().to_owned();
        (report["gaps"].as_array().map_or(0, Vec::len), state)
    };
    let evidence = "evidence = \"docs/proxy.md\"\n";
    assert_eq!(audit("", "2026-11-01"), (1, "open".to_owned()));
    assert_eq!(audit(&declared(evidence, "/**"), "2026-11-01"), (0, "declared".to_owned()));
    assert_eq!(audit(&declared("", "/orders"), "2026-11-01"), (0, "declared".to_owned()));
    assert_eq!(audit(&declared(evidence, "/admin/**"), "2026-11-01"), (1, "open".to_owned()));
    assert_eq!(audit(&declared(evidence, "/**"), "2026-12-24"), (1, "open".to_owned()));
}

/// What the repository shows wins over what is declared, and the contradiction is a gap of its own.
#[test]
fn a_declared_edge_that_the_deployment_contradicts_counts_for_nothing() {
    let files = [
        (
            "app.py",
            "from flask import Flask\nfrom store import db\napp = Flask(__name__)\n\n\
             @app.post('/orders')\ndef create():\n    db.session.execute(db.text('DELETE FROM orders'))\n",
        ),
        (
            "gapcheck.toml",
            "[[platform]]\ncapability = \"authn.edge\"\nprovider = \"proxy\"\nscope = [\"/**\"]\n\
             evidence = \"docs/proxy.md\"\ndeclared-on = 2026-06-01\nreview-by = 2026-12-01\n",
        ),
        (
            "deploy.sh",
            "#!/bin/sh\nset -e\ngcloud run deploy shop \\\n  --image shop \\\n  --allow-unauthenticated\n",
        ),
    ];
    let folder = tree(&files);
    let rules = "auth/route-without-authentication,security/cloud-public-access";
    let arguments = ["--select", rules, "--format", "json", "--exit-zero", "--today", "2026-11-01"];
    let (code, stdout, stderr) = run(gapcheck(folder.path()).args(arguments));
    assert_eq!(code, 0, "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout).expect("a report");
    let gaps = report["gaps"].as_array().expect("a list");
    let found: Vec<_> =
        gaps.iter().map(|gap| (&gap["path"], &gap["line"], &gap["severity"])).collect();
    let high = &"high".into();
    assert_eq!(
        found,
        [(&"app.py".into(), &5.into(), high), (&"deploy.sh".into(), &3.into(), high)]
    );
}

#[test]
fn colour_only_where_it_is_wanted() {
    let folder = small_project();
    let has_colour = |command: &mut Command| run(command).1.contains('\u{1b}');
    assert!(!has_colour(&mut gapcheck(folder.path())));
    assert!(has_colour(gapcheck(folder.path()).args(["--color", "always"])));
    assert!(has_colour(gapcheck(folder.path()).env("CLICOLOR_FORCE", "1")));
    assert!(!has_colour(gapcheck(folder.path()).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")));
    assert!(!has_colour(gapcheck(folder.path()).args(["--format", "json", "--color", "always"])));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error_but_a_reader_that_left_is_not() {
    use std::process::{Command, Stdio};

    let folder = small_project();
    let program = assert_cmd::cargo::cargo_bin!("gapcheck");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    for arguments in [vec!["rules", "list", "--format", "json"], vec!["--help"]] {
        let full = full.try_clone().expect("a second handle");
        let status = Command::new(program)
            .args(&arguments)
            .current_dir(folder.path())
            .stdout(full)
            .stderr(Stdio::null())
            .status()
            .expect("the program starts");
        assert_eq!(status.code(), Some(2), "{arguments:?}");

        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = Command::new(program)
            .args(&arguments)
            .current_dir(folder.path())
            .stdout(writer)
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}");
    }
}
