//! Changes that look like progress and are none must not move any verdict or score.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

/// A small application with a test, some routes and no documents.
const APPLICATION: [(&str, &str); 4] = [
    (
        "package.json",
        r#"{ "name": "shop", "private": true, "dependencies": { "express": "^4", "helmet": "^8", "pino": "^9" } }"#,
    ),
    (
        "src/app.js",
        "import express from \"express\";\n\
         export const app = express();\n\
         app.post(\"/orders\", async (request, response) => {\n\
           await save(request.body);\n\
           response.json({ ok: true });\n\
         });\n\
         export const total = (prices) => prices.length;\n\
         app.listen(3000);\n",
    ),
    (
        "src/app.test.js",
        "import { total } from \"./app.js\";\n\
         it(\"counts\", () => {\n  expect(total([1])).toBe(1);\n});\n",
    ),
    ("tools/clean.py", "def clean(rows):\n    return [row for row in rows if row]\n"),
];

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("files stand in a folder")).expect("it can be made");
    fs::write(path, text).expect("it can be written");
}

/// The scores and what each rule answered, as the program reports them.
fn audit(decoys: &[(&str, String)]) -> (Value, Value, Value) {
    let copy = tempfile::tempdir().expect("a temporary folder can be made");
    for (path, text) in APPLICATION {
        write(copy.path(), path, text);
    }
    for (path, text) in decoys {
        write(copy.path(), path, text);
    }
    let done = Command::new(env!("CARGO_BIN_EXE_gapcheck"))
        .args(["check", "--format", "json", "--no-progress"])
        .arg(copy.path())
        .output()
        .expect("the program was built");
    let mut report: Value = serde_json::from_slice(&done.stdout).expect("a report is JSON");
    (report["score"]["value"].take(), report["score"]["strict"].take(), report["rules"].take())
}

#[test]
fn decoys_move_nothing() {
    let assert_true = "def test_it():\n    assert True\n".to_owned();
    let source = |line: &str| format!("{line}{}", APPLICATION[1].1);
    let decoys: [(&str, Vec<(&str, String)>); 6] = [
        (
            "six tests of nothing",
            (0..6)
                .map(|number| {
                    let names = [
                        "tests/test_a.py",
                        "tests/test_b.py",
                        "tests/test_c.py",
                        "tests/test_d.py",
                        "tests/test_e.py",
                        "tests/test_f.py",
                    ];
                    (names[number], assert_true.clone())
                })
                .collect(),
        ),
        (
            "a test of nothing in another language",
            vec![(
                "tests/empty.test.js",
                "it(\"is true\", () => {\n  expect(true).toBe(true);\n});\n".to_owned(),
            )],
        ),
        ("an empty record of a decision", vec![("docs/adr/0001-placeholder.md", String::new())]),
        ("an empty list of changes", vec![("CHANGELOG.md", String::new())]),
        (
            "a comment about authentication",
            vec![("src/app.js", source("// auth: requireAuth checks the token\n"))],
        ),
        (
            "imports that nobody uses",
            vec![(
                "src/app.js",
                source("import helmet from \"helmet\";\nimport pino from \"pino\";\n"),
            )],
        ),
    ];
    let plain = audit(&[]);
    for (name, files) in &decoys {
        let changed = audit(files);
        assert_eq!(changed.2, plain.2, "{name}: verdicts");
        assert_eq!((changed.0, changed.1), (plain.0.clone(), plain.1.clone()), "{name}: score");
    }
}
