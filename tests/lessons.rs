//! Every lesson can be read without a problem, and every cell of it is understood by what shows it.
#![cfg(not(target_arch = "wasm32"))]

use std::path::Path;
use stride::experiment::Experiment;
use stride::widgets::WIDGETS;
use stride_engine::expression::Expression;
use stride_lesson::read::{self, Surroundings};
use stride_lesson::{Lesson, Part, names};

/// All lessons, by their names.
fn lessons() -> Vec<(String, Lesson)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts: Vec<(String, String)> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    let texts = [texts, vec![(read::manual::NAME.to_string(), read::manual::text())]].concat();
    let glossary = texts.iter().find(|(name, _)| name == "glossary").map_or("", |(_, text)| text);
    let names: Vec<String> = texts.iter().map(|(name, _)| name.clone()).filter(|name| name != "glossary").collect();
    let glossary = read::glossary(glossary, &Surroundings { lessons: &names, terms: &[] }).unwrap();
    let terms: Vec<String> = glossary.into_keys().collect();
    let around = Surroundings { lessons: &names, terms: &terms };
    texts
        .iter()
        .filter(|(name, _)| name != "glossary")
        .map(|(name, text)| (name.clone(), read::lesson(name, text, &around).lesson))
        .collect()
}

/// A cell's values as the page has them when it opens.
fn at_start(lesson: &Lesson, values: &serde_json::Value) -> serde_json::Value {
    names::resolved(values, &|name| {
        lesson.blocks().into_iter().find_map(|block| match &block.part {
            Part::Control { name: known, control } if known == name => Some(control.value.clone()),
            _ => None,
        })
    })
}

#[test]
fn lessons_have_no_problems() {
    let lessons = lessons();
    assert!(!lessons.is_empty());
    let mut problems = Vec::new();
    for (name, lesson) in &lessons {
        let mut wrong = |line: usize, message: String| problems.push(format!("{name}.md:{line}: {message}"));
        lesson.problems().into_iter().for_each(|problem| wrong(problem.line, problem.message));
        for block in lesson.blocks() {
            match &block.part {
                Part::Widget(cell) => match WIDGETS.iter().find(|widget| widget.name == cell.name) {
                    Some(widget) => {
                        if let Err(reason) = (widget.check)(&at_start(lesson, &cell.parameters())) {
                            wrong(block.line, reason);
                        }
                    }
                    None => wrong(block.line, format!("no widget is named '{}'", cell.name)),
                },
                Part::Experiment(cell) => {
                    if let Err(reason) = Experiment::from_values(&at_start(lesson, &cell.values)) {
                        wrong(block.line, reason);
                    }
                }
                Part::Prose(html) => {
                    let numbers: Vec<&str> = lesson
                        .blocks()
                        .into_iter()
                        .filter_map(|block| match &block.part {
                            Part::Control { name, control } if control.value.is_number() => Some(name.as_str()),
                            _ => None,
                        })
                        .collect();
                    for formula in html.split("data-live=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                        let is_name = names::is_name(formula);
                        if let (false, Err(error)) = (is_name, Expression::parse(formula, &numbers)) {
                            wrong(block.line, format!("`={formula}`: {error}"));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn lenet5_is_the_network_that_its_page_counts() {
    let lessons = lessons();
    let (_, lesson) = lessons.iter().find(|(name, _)| name == "lenet5").unwrap();
    let experiment = lesson.blocks().into_iter().find_map(|block| match &block.part {
        Part::Experiment(cell) => Some(Experiment::from_values(&at_start(lesson, &cell.values)).unwrap()),
        _ => None,
    });
    let rows = experiment.unwrap().model.summary().unwrap();
    assert_eq!(rows.iter().map(|row| row.parameters).sum::<usize>(), 61_706);
    assert_eq!(rows.iter().map(|row| row.multiply_adds).sum::<u64>(), 416_520);
    let of = |name: &str| rows.iter().find(|row| row.name == name).map(|row| (row.parameters, row.multiply_adds)).unwrap();
    assert_eq!([of("C1").0, of("C3").0, of("C5").0, of("F6").0, of("OUT").0], [156, 2_416, 48_120, 10_164, 850]);
    assert_eq!(of("C3").1, 240_000);
}
