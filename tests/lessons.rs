//! Every lesson can be read without a problem, and says the same of itself as the contents do.
#![cfg(not(target_arch = "wasm32"))]

use std::path::Path;
use stride::lesson::Lesson;
use stride::widgets::WIDGETS;

fn lessons() -> Vec<(String, Lesson)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
    let names: Vec<&str> = WIDGETS.iter().map(|widget| widget.name).collect();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, Lesson::parse(&std::fs::read_to_string(path).unwrap(), &names))
        })
        .collect()
}

#[test]
fn lessons_have_no_problems() {
    let lessons = lessons();
    assert!(!lessons.is_empty());
    for (name, lesson) in lessons {
        let problems: Vec<String> = lesson.problems().map(|problem| format!("{name}.md:{}: {}", problem.line, problem.message)).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

#[test]
fn the_contents_say_what_the_lessons_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/index.toml");
    let index: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let entries = index["lesson"].as_array().unwrap();
    let lessons = lessons();
    assert_eq!(entries.len(), lessons.len());
    for (name, lesson) in lessons {
        let entry =
            entries.iter().find(|entry| entry["name"].as_str() == Some(&name)).unwrap_or_else(|| panic!("{name} is not in the contents"));
        let front = lesson.front;
        assert_eq!(entry["title"].as_str(), Some(front.title.as_str()));
        assert_eq!(entry["summary"].as_str(), Some(front.summary.as_str()));
        assert_eq!(entry["minutes"].as_integer(), Some(i64::from(front.minutes)));
    }
}

#[test]
fn lenet5_is_the_networks_that_its_page_counts() {
    let lessons = lessons();
    let (_, lesson) = lessons.iter().find(|(name, _)| name == "lenet5").unwrap();
    let experiment = lesson.experiment().unwrap();
    let rows = experiment.model.summary().unwrap();
    assert_eq!(rows.iter().map(|row| row.parameters).sum::<usize>(), 61_706);
    assert_eq!(rows.iter().map(|row| row.multiply_adds).sum::<u64>(), 416_520);
    let of = |name: &str| rows.iter().find(|row| row.name == name).map(|row| (row.parameters, row.multiply_adds)).unwrap();
    assert_eq!([of("C1").0, of("C3").0, of("C5").0, of("F6").0, of("OUT").0], [156, 2_416, 48_120, 10_164, 850]);
    assert_eq!(of("C3").1, 240_000);
}
