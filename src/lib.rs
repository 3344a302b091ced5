//! Audits a repository for what a prototype still lacks before it may go to production.
//!
//! The modules stand in the order of the pipeline; `src/README.md` is the map.

/// 1. Repository to files.
pub mod walk;

/// 2. File to facts.
pub mod lower;

pub mod facts;

/// 4. Facts of all files, joined.
pub mod project;

pub mod gap;

/// 5. The rules, and how they run.
pub mod rules;

/// 6. Verdicts to scores.
pub mod score;

/// 7. One value, many formats.
pub mod report;

pub mod cli;
pub mod config;

/// The files below `rules/`, inside the binary.
pub mod embedded;
