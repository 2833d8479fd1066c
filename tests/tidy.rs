//! The walls of the house: which room may know which, and how files are kept. See ARCHITECTURE.md.
#![cfg(not(target_arch = "wasm32"))]

use std::path::{Path, PathBuf};

/// Every room of `src` with those it may know, besides itself. `engine` stands for `stride_engine`, `lesson` for `stride_lesson`.
const ROOMS: &[(&str, &[&str])] = &[
    ("engine", &[]),
    ("experiment", &["engine"]),
    ("data", &["engine"]),
    ("bench", &["engine"]),
    ("protocol", &["engine", "experiment", "bench"]),
    ("worker", &["engine", "experiment", "data", "bench", "protocol"]),
    ("lesson", &[]),
    ("export", &["engine", "experiment", "data", "protocol"]),
    ("plots", &["experiment", "protocol"]),
    ("widgets", &["engine", "experiment", "data", "protocol", "export", "plots", "worker"]),
    ("app", &["engine", "experiment", "data", "bench", "protocol", "export", "plots", "worker", "lesson", "widgets"]),
];

/// Rooms that are crates of their own.
const CRATES: &[&str] = &["engine", "lesson"];

/// No file is longer.
const MOST_LINES: usize = 500;

struct File {
    path: PathBuf,
    room: String,
    text: String,
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    assert!(found.len() > 60, "the walk has missed the sources");
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let first = path.strip_prefix(root).unwrap().components().next().unwrap();
            let room = first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_string();
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(File { path, room, text });
        }
    }
}

/// The part of a file that is no test.
fn product(file: &File) -> &str {
    let is_test = file.path.components().any(|part| part.as_os_str() == "tests") || file.path.to_string_lossy().ends_with("tests.rs");
    if is_test { "" } else { file.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default() }
}

#[test]
fn rooms_know_only_those_below_them() {
    for file in files() {
        let Some((_, may_know)) = ROOMS.iter().find(|(room, _)| *room == file.room) else { continue };
        for (other, _) in ROOMS.iter().filter(|(other, _)| *other != file.room && !may_know.contains(other)) {
            let is_crate = |room: &str| CRATES.contains(&room);
            let name = if is_crate(other) { format!("stride_{other}::") } else { format!("crate::{other}::") };
            // Inside a crate of its own `crate` is that crate.
            let crosses = !(is_crate(&file.room) && name.starts_with("crate::")) && file.text.contains(&name)
                || file.text.contains(&format!("stride::{other}"));
            assert!(!crosses, "{}: {} may not know {other}", file.path.display(), file.room);
        }
    }
}

#[test]
fn every_file_says_first_what_it_is() {
    for file in files() {
        assert!(file.text.starts_with("//! "), "{} does not begin with //!", file.path.display());
    }
}

#[test]
fn no_file_is_too_long() {
    for file in files() {
        let lines = file.text.lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines; split it along its idea", file.path.display());
    }
}

#[test]
fn nothing_panics_on_purpose() {
    for file in files() {
        for word in [".unwrap()", ".expect(", "panic!", "todo!", "unimplemented!", "dbg!"] {
            let code: Vec<&str> = product(&file).lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            assert!(!code.iter().any(|line| line.contains(word)), "{} has {word}", file.path.display());
        }
    }
}

#[test]
fn unsafe_stands_in_one_place() {
    for file in files() {
        let allowed = file.path.ends_with("engine/gemm/kernel.rs");
        assert!(allowed || !file.text.contains("unsafe {"), "{} is unsafe", file.path.display());
    }
}
