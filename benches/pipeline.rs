//! Lines per second of the stages over a generated tree: lowering alone, and a whole audit.
//!
//! `cargo bench`. The tree is made anew in a temporary folder; nothing is fetched.

use std::{fmt::Write as _, fs, hint::black_box, path::Path, sync::Arc};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gapcheck::{
    config::{Config, Options, Selection},
    lower,
    report::Gate,
    suppress::Date,
    walk,
};

/// Files of each language in the generated tree.
const FILES: usize = 60;

/// Functions in each file.
const FUNCTIONS: usize = 40;

fn generate(root: &Path) {
    fs::create_dir_all(root.join("src")).expect("a temporary folder is writable");
    for file in 0..FILES {
        let (mut script, mut python) = (
            "import express from 'express';\nconst router = express.Router();\n".to_owned(),
            "from fastapi import APIRouter\nrouter = APIRouter()\n".to_owned(),
        );
        for function in 0..FUNCTIONS {
            let _ = write!(
                script,
                "router.post('/items/{function}', async (req, res) => {{\n  try {{\n    \
                 const row = await db.query(`select ${{req.body.id}}`);\n    res.json(row);\n  \
                 }} catch (error) {{\n    res.status(500).end();\n  }}\n}});\n"
            );
            let _ = write!(
                python,
                "@router.post('/items/{function}')\ndef create_{function}(item: dict):\n    \
                 if not item:\n        raise ValueError('empty')\n    return store(item)\n"
            );
        }
        script.push_str("export default router;\n");
        fs::write(root.join(format!("src/part{file}.ts")), script).expect("writable");
        fs::write(root.join(format!("src/part{file}.py")), python).expect("writable");
    }
}

fn options() -> Options {
    Options {
        target: "generated".to_owned(),
        only: None,
        config: Config::default(),
        selection: Selection::default(),
        gate: Gate::default(),
        min_confidence: None,
        today: Date::of_unix_seconds(0).expect("the epoch is a day"),
        progress: Arc::new(|_: &str| {}),
    }
}

fn stages(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    generate(folder.path());
    let walked = walk::files(folder.path(), &walk::Options::default());
    let lines: usize = walked.files.iter().map(|file| file.lines.count(&file.text)).sum();
    let mut group = criterion.benchmark_group("stages");
    group.throughput(Throughput::Elements(lines as u64));
    group.sample_size(10);
    group.bench_function("lower", |bencher| {
        bencher.iter(|| lower::on_large_stacks(|| black_box(lower::all(&walked.files))));
    });
    group.bench_function("whole run", |bencher| {
        let options = options();
        bencher.iter(|| black_box(gapcheck::check(folder.path(), &options)));
    });
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
