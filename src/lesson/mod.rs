//! Lessons: Markdown files, read into prose and cells.
//!
//! Knows the Experiment; knows nothing of Yew, workers or what a widget does. A mistake in a lesson becomes a [`Problem`] in its place, and
//! the rest of the page works.

mod cell;
mod front;
mod markdown;
mod mathematics;

pub use front::Front;

use crate::experiment::Experiment;
use std::rc::Rc;

/// A lesson, ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// What it says of itself.
    pub front: Front,
    /// Its parts, in order.
    pub blocks: Vec<Block>,
}

/// A part of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// HTML with MathML, made here from Markdown.
    Prose(Rc<str>),
    /// The run that the lesson is about.
    Experiment(Rc<Experiment>),
    /// A widget and its parameters.
    Widget {
        /// Its name.
        name: String,
        /// What the cell's body says.
        parameters: toml::Table,
    },
    /// What could not be read.
    Problem(Problem),
}

/// A mistake in a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Counted from 1.
    pub line: usize,
    /// One sentence.
    pub message: String,
}

impl Lesson {
    /// Reads a lesson; `widgets` are the names of those there are.
    pub fn parse(text: &str, widgets: &[&str]) -> Lesson {
        let (front, body_line, body, mut blocks) = match front::parse(text) {
            Ok(parsed) => (parsed.front, parsed.body_line, parsed.body, Vec::new()),
            Err(problem) => (Front::default(), 1, text, vec![Block::Problem(problem)]),
        };
        blocks.extend(markdown::blocks(body, body_line, widgets));
        Lesson { front, blocks }
    }

    /// The lesson's experiment: the first, if there are several.
    pub fn experiment(&self) -> Option<Rc<Experiment>> {
        self.blocks.iter().find_map(|block| match block {
            Block::Experiment(experiment) => Some(experiment.clone()),
            _ => None,
        })
    }

    /// Everything that is wrong with it.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Problem(problem) => Some(problem),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "---\ntitle: A lesson\nsummary: Says something.\nminutes: 5\n---\n";

    fn parse(body: &str) -> Lesson {
        Lesson::parse(&format!("{HEAD}{body}"), &["curves"])
    }

    #[test]
    fn prose_and_cells_keep_their_order() {
        let lesson = parse("# Start\n\nOne.\n\n```widget curves\nlog = true\n```\n\nTwo.\n");
        assert_eq!((lesson.front.title.as_str(), lesson.front.minutes), ("A lesson", 5));
        let [Block::Prose(one), Block::Widget { name, parameters }, Block::Prose(two)] = &lesson.blocks[..] else {
            panic!("{:?}", lesson.blocks)
        };
        assert!(one.contains("<h1 id=\"start\">") && one.contains("<p>One.</p>") && two.contains("Two."), "{one} {two}");
        assert_eq!((name.as_str(), parameters["log"].as_bool()), ("curves", Some(true)));
    }

    #[test]
    fn mathematics_becomes_mathml() {
        let lesson = parse("Inline $x^2$ and\n\n$$\\sum_{i=1}^n \\frac{1}{i}$$\n");
        let [Block::Prose(html)] = &lesson.blocks[..] else { panic!("{:?}", lesson.blocks) };
        assert_eq!(html.matches("<math").count(), 2, "{html}");
        assert!(html.contains("<msup>") && html.contains("<mfrac>"), "{html}");
    }

    #[test]
    fn mistakes_are_shown_in_place_with_their_line() {
        let lesson = parse(
            "Before.\n\n```widget nothing\n```\n\n```widget curves\n= 3\n```\n\n```experiment\nbatch_size = 0\n```\n\n$\\nocommand{1}$\n\nAfter.\n",
        );
        let problems: Vec<_> = lesson.problems().map(|problem| (problem.line, problem.message.as_str())).collect();
        assert_eq!(problems.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [8, 11, 15, 19], "{problems:?}");
        assert!(problems[0].1.contains("no widget is named 'nothing'; there are: curves"), "{problems:?}");
        assert!(matches!(lesson.blocks.first(), Some(Block::Prose(_))) && matches!(lesson.blocks.last(), Some(Block::Prose(_))));
    }

    #[test]
    fn a_lesson_without_front_matter_says_what_is_missing() {
        let lesson = Lesson::parse("# Hello\n", &[]);
        let problem = lesson.problems().next().expect("a problem");
        assert_eq!((problem.line, problem.message.contains("begins with a line '---'")), (1, true), "{problem:?}");
        assert_eq!(lesson.blocks.len(), 2);
    }

    #[test]
    fn ordinary_code_stays_code() {
        let lesson = parse("```python\nprint(1)\n```\n");
        let [Block::Prose(html)] = &lesson.blocks[..] else { panic!("{:?}", lesson.blocks) };
        assert!(html.contains("<pre><code class=\"language-python\">"), "{html}");
    }
}
