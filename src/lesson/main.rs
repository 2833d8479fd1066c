//! The tool that reads lessons: `lessons build FROM TO`, `lessons watch FROM TO`, `lessons check FROM`, `lessons new FROM NAME`.

mod folder;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// How often a watched folder is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(300);

const USAGE: &str = "usage: lessons build FROM TO | lessons watch FROM TO | lessons check FROM | lessons new FROM NAME";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["build", from, to] => folder::build(Path::new(from), Path::new(to)).map(|problems| report(&problems)),
        ["watch", from, to] => watch(Path::new(from), Path::new(to)),
        ["check", from] => folder::check(Path::new(from)).and_then(|problems| {
            report(&problems);
            if problems.is_empty() { Ok(()) } else { Err(format!("{} mistakes in the lessons", problems.len())) }
        }),
        ["new", from, name] => folder::begin(Path::new(from), name),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// A mistake does not keep the others from being read: it is shown in its place on the page, and here.
fn report(problems: &[String]) {
    problems.iter().for_each(|problem| eprintln!("{problem}"));
}

/// Builds again whenever a file changes, and tells pages that are open by a number in `watch.json`. Never ends.
fn watch(from: &Path, to: &Path) -> Result<(), String> {
    let mut last = None;
    let mut version = 0u32;
    loop {
        let stamp = folder::stamp(from);
        // Another build replaces the folder, and knows nothing of what this one has counted.
        let told = std::fs::read_to_string(to.join(folder::WATCH)).unwrap_or_default();
        if last.as_ref() != Some(&stamp) || to.is_dir() && told != version.to_string() {
            match folder::build(from, to) {
                Ok(problems) => report(&problems),
                Err(reason) => eprintln!("error: {reason}"),
            }
            version += 1;
            if let Err(reason) = std::fs::write(to.join(folder::WATCH), version.to_string()) {
                eprintln!("error: {}: {reason}", to.display());
            }
            last = Some(stamp);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
