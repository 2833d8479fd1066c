//! A folder of lessons, read and written for the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use stride_lesson::read::{self, Surroundings};
use stride_lesson::{Glossary, Lesson, Passage};

/// The file that is no lesson but explains words.
const GLOSSARY: &str = "glossary";

/// Names that lead elsewhere or lie beside the lessons.
const RESERVED: &[&str] = &[GLOSSARY, read::manual::NAME, "index", "search", "watch", "notes", "bench"];

/// Tells pages that are open how often the lessons have been read: 0 where nobody watches them.
pub const WATCH: &str = "watch.json";

/// Everything in a folder, read.
struct Folder {
    lessons: Vec<(String, Lesson)>,
    passages: Vec<Passage>,
    glossary: Glossary,
    /// `FILE:LINE: MESSAGE`.
    problems: Vec<String>,
}

/// Reads all lessons and writes what the page fetches; gives what is wrong with them.
pub fn build(from: &Path, to: &Path) -> Result<Vec<String>, String> {
    let folder = read_all(from)?;
    fs::create_dir_all(to).map_err(|error| format!("{}: {error}", to.display()))?;
    for (name, lesson) in &folder.lessons {
        write(&to.join(format!("{name}.json")), lesson)?;
    }
    write(&to.join("index.json"), &read::entries(folder.lessons.iter().map(|(name, lesson)| (name.as_str(), lesson))))?;
    write(&to.join("search.json"), &folder.passages)?;
    write(&to.join("glossary.json"), &folder.glossary)?;
    write(&to.join(WATCH), &0)?;
    for file in files(from)?.into_iter().filter(|file| is_picture(file)) {
        if let Some(name) = file.file_name() {
            fs::copy(&file, to.join(name)).map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    Ok(folder.problems)
}

/// What is wrong with the lessons.
pub fn check(from: &Path) -> Result<Vec<String>, String> {
    read_all(from).map(|folder| folder.problems)
}

/// Begins a lesson, after all that there are.
pub fn begin(from: &Path, name: &str) -> Result<(), String> {
    let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if RESERVED.contains(&name) {
        return Err(format!("'{name}' is the name of another page or file of the notebook; choose another"));
    }
    if !is_name {
        return Err(format!("'{name}' is no name for a lesson; use small letters, digits and hyphens, as in 'batch-norm'"));
    }
    let path = from.join(format!("{name}.md"));
    if path.exists() {
        return Err(format!("{} is there already; choose another name", path.display()));
    }
    let last = read_all(from)?.lessons.iter().map(|(_, lesson)| lesson.front.order).max().unwrap_or_default();
    let title = name.replace('-', " ");
    let text = include_str!("new.md").replace("TITLE", &title).replace("ORDER", &(last + 1).to_string());
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{} is begun; make serve shows it at #/{name}", path.display());
    Ok(())
}

/// Names and times of all files: changes when one of them does.
pub fn stamp(from: &Path) -> Vec<(PathBuf, Option<SystemTime>)> {
    let files = files(from).unwrap_or_default();
    files.into_iter().map(|file| (file.clone(), fs::metadata(&file).and_then(|data| data.modified()).ok())).collect()
}

fn read_all(from: &Path) -> Result<Folder, String> {
    let mut texts = Vec::new();
    let mut glossary_text = String::new();
    for file in files(from)?.into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "md")) {
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if name == GLOSSARY { glossary_text = text } else { texts.push((name, text)) }
    }
    texts.push((read::manual::NAME.into(), read::manual::text()));
    let names: Vec<String> = texts.iter().map(|(name, _)| name.clone()).collect();
    let mut problems = Vec::new();
    let located =
        |name: &str, problem: &stride_lesson::Problem| format!("{}/{name}.md:{}: {}", from.display(), problem.line, problem.message);
    let alone = Surroundings { lessons: &names, terms: &[] };
    let glossary = read::glossary(&glossary_text, &alone).unwrap_or_else(|problem| {
        problems.push(located(GLOSSARY, &problem));
        Glossary::new()
    });
    let terms: Vec<String> = glossary.keys().cloned().collect();
    let around = Surroundings { lessons: &names, terms: &terms };
    let (mut lessons, mut passages) = (Vec::new(), Vec::new());
    for (name, text) in texts {
        let read = read::lesson(&name, &text, &around);
        problems.extend(read.lesson.problems().iter().map(|problem| located(&name, problem)));
        passages.extend(read.passages);
        lessons.push((name, read.lesson));
    }
    Ok(Folder { lessons, passages, glossary, problems })
}

/// The files of a folder, by name.
fn files(from: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(|path| path.is_file()).collect();
    files.sort();
    Ok(files)
}

fn is_picture(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ["svg", "png", "jpg", "webp", "avif"].iter().any(|known| ending == *known))
}

/// Written whole or not at all: a page may fetch it at any moment.
fn write<T: serde::Serialize>(path: &Path, value: &T) -> Result<(), String> {
    let text = serde_json::to_string(value).map_err(|error| format!("{}: {error}", path.display()))?;
    let half = path.with_extension("half");
    fs::write(&half, text).and_then(|()| fs::rename(&half, path)).map_err(|error| format!("{}: {error}", path.display()))
}
