//! Reading lessons: Markdown with front matter to [`Lesson`]s, and what the page needs to know of all of them together.

mod cell;
mod front;
pub mod manual;
mod markdown;
mod mathematics;
mod passages;
mod predict;

use crate::names::{is_name, names};
use crate::{Block, Entry, Front, Glossary, Lesson, Part, Passage, Problem};
use std::collections::BTreeSet;

/// A lesson as it was read, with what the page's search finds in it.
pub struct Read {
    /// The lesson.
    pub lesson: Lesson,
    /// Its text, heading by heading.
    pub passages: Vec<Passage>,
}

/// What a lesson may link to.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The names of all lessons.
    pub lessons: &'a [String],
    /// The terms of the glossary.
    pub terms: &'a [String],
}

/// Reads the lesson of this name.
pub fn lesson(name: &str, text: &str, around: &Surroundings<'_>) -> Read {
    let (front, body_line, body, mut blocks) = match front::parse(text) {
        Ok(parsed) => (parsed.front, parsed.body_line, parsed.body, Vec::new()),
        Err(problem) => (Front::default(), 1, text, vec![problem_block(problem)]),
    };
    let mut reader = markdown::Reader::new(name, around);
    blocks.extend(reader.blocks(body, body_line));
    let (outline, footnotes, passages) = reader.finish(&mut blocks);
    let mut lesson = Lesson { front, outline, blocks, footnotes };
    let mistakes = mistakes(&lesson, around);
    lesson.blocks.extend(mistakes.into_iter().map(problem_block));
    Read { lesson, passages }
}

/// Reads the glossary: a heading of the second level for every term, and under it what it means.
pub fn glossary(text: &str, around: &Surroundings<'_>) -> Result<Glossary, Problem> {
    let mut glossary = Glossary::new();
    let mut reader = markdown::Reader::new("glossary", around);
    let mut line = 1;
    for (index, part) in format!("\n{text}").split("\n## ").enumerate() {
        let lines = part.matches('\n').count() + 1;
        if index > 0 {
            let (term, body) = part.split_once('\n').unwrap_or((part, ""));
            let blocks = reader.blocks(body, line);
            let html = match blocks.as_slice() {
                [Block { part: Part::Prose(html), .. }] => html.clone(),
                [Block { part: Part::Problem(message), line }, ..] => return Err(Problem { line: *line, message: message.clone() }),
                _ => return Err(Problem { line, message: format!("the term '{}' wants a sentence, and nothing else", term.trim()) }),
            };
            glossary.insert(term.trim().to_lowercase(), html);
        }
        line += lines;
    }
    Ok(glossary)
}

/// The contents: the lessons by their order.
pub fn entries<'a>(lessons: impl Iterator<Item = (&'a str, &'a Lesson)>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = lessons
        .filter(|(name, _)| *name != manual::NAME)
        .map(|(name, lesson)| {
            let questions = lesson.blocks().into_iter().filter_map(|block| match &block.part {
                Part::Predict(predict) => Some(predict.name.clone()),
                _ => None,
            });
            Entry { name: name.into(), front: lesson.front.clone(), outline: lesson.outline.clone(), questions: questions.collect() }
        })
        .collect();
    entries.sort_by(|a, b| (a.front.order, &a.name).cmp(&(b.front.order, &b.name)));
    entries
}

fn problem_block(Problem { line, message }: Problem) -> Block {
    Block { line, part: Part::Problem(message) }
}

/// What only the whole lesson shows: names that are declared twice or not at all, measurements that no run makes, and widgets
/// of runs that there are not.
fn mistakes(lesson: &Lesson, around: &Surroundings<'_>) -> Vec<Problem> {
    let blocks = lesson.blocks();
    let (mut controls, mut runs, mut questions) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut mistakes = Vec::new();
    let mut wrong = |line: usize, message: String| mistakes.push(Problem { line, message });
    for block in &blocks {
        let (kind, name, taken) = match &block.part {
            Part::Control { name, .. } => ("control", name, !controls.insert(name.as_str())),
            Part::Experiment(cell) => ("experiment", &cell.name, !runs.insert(cell.name.as_str())),
            Part::Predict(predict) => ("predict", &predict.name, !questions.insert(predict.name.as_str())),
            _ => continue,
        };
        if taken {
            wrong(block.line, format!("there are two {kind} cells named '{name}' on this page; give each a name of its own"));
        }
    }
    for block in &blocks {
        match &block.part {
            Part::Widget(cell) | Part::Experiment(cell) => {
                for name in names(&cell.values).into_iter().filter(|name| !controls.contains(name)) {
                    wrong(block.line, format!("no control of this page is named '{name}'; declare one with a cell 'control {name}'"));
                }
                if let (Part::Widget(_), Some(run)) = (&block.part, cell.run())
                    && !run.as_str().is_some_and(|run| runs.contains(run))
                {
                    wrong(block.line, format!("no experiment of this page is named {run}, whose run this widget is to show"));
                }
            }
            Part::Claim { by: Some(run), .. } if !runs.contains(run.as_str()) => {
                wrong(block.line, format!("no experiment of this page is named '{run}', which is to measure this claim"));
            }
            Part::Prose(html) => {
                let live = html.split("data-live=\"").skip(1).filter_map(|rest| rest.split('"').next());
                let words = live.flat_map(|formula| formula.split(|letter: char| !letter.is_alphanumeric() && letter != '_'));
                let unknown: BTreeSet<&str> =
                    words.filter(|word| is_name(word) && !controls.contains(word) && !FUNCTIONS.contains(word)).collect();
                for word in unknown {
                    wrong(block.line, format!("no control of this page is named '{word}', which the text shows"));
                }
            }
            _ => {}
        }
    }
    for before in lesson.front.prerequisites.iter().filter(|name| !around.lessons.contains(name)) {
        wrong(1, format!("no lesson is named '{before}', which this one builds on"));
    }
    mistakes
}

/// What a formula in the text may call besides controls: the names that the engine's expressions know.
const FUNCTIONS: &[&str] =
    &["exp", "log", "ln", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sigmoid", "relu", "abs", "max", "min", "pi", "e", "floor"];

#[cfg(test)]
mod tests;
