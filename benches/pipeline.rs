//! Lines per second of the stages over a generated tree: parsing alone, lowering, and a whole audit; and
//! how many times as long as parsing a whole audit takes.
//!
//! `cargo bench`. The tree is made anew in a temporary folder; nothing is fetched.

use std::{
    fmt::Write as _,
    fs,
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gapcheck::{
    config::{Config, Options, Selection},
    facts::{File, Language},
    lower,
    report::Gate,
    suppress::Date,
    walk,
};
use oxc_allocator::Allocator;
use oxc_span::SourceType;
use rayon::prelude::*;

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

/// Parses all files, each with the parser that lowering uses, and drops the trees.
fn parse(files: &[File]) {
    lower::on_large_stacks(|| {
        files.par_iter().for_each(|file| match file.language {
            Language::Python => {
                drop(black_box(ruff_python_parser::parse_module(&file.text)));
            }
            Language::TypeScript => {
                let arena = Allocator::default();
                black_box(oxc_parser::Parser::new(&arena, &file.text, SourceType::ts()).parse());
            }
            _ => {}
        });
    });
}

/// The time that the middle one of a few runs takes.
fn median(run: impl Fn()) -> Duration {
    let mut times: Vec<Duration> = (0..9)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn stages(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    generate(folder.path());
    let walked = walk::files(folder.path(), &walk::Options::default());
    let lines: usize = walked.files.iter().map(|file| file.lines.count(&file.text)).sum();
    let mut group = criterion.benchmark_group("stages");
    group.throughput(Throughput::Elements(lines as u64));
    group.sample_size(10);
    group.bench_function("parse", |bencher| bencher.iter(|| parse(&walked.files)));
    group.bench_function("lower", |bencher| {
        bencher.iter(|| lower::on_large_stacks(|| black_box(lower::all(&walked.files))));
    });
    group.bench_function("whole run", |bencher| {
        let options = options();
        bencher.iter(|| black_box(gapcheck::check(folder.path(), &options)));
    });
    group.finish();

    let options = options();
    let whole = median(|| drop(black_box(gapcheck::check(folder.path(), &options))));
    let ratio = whole.as_secs_f64() / median(|| parse(&walked.files)).as_secs_f64();
    report(&format!("a whole run takes {ratio:.1} times as long as parsing"));
}

#[allow(clippy::print_stdout, reason = "the figure is what the benchmark is run for")]
fn report(line: &str) {
    println!("{line}");
}

criterion_group!(benches, stages);
criterion_main!(benches);
