//! Lessons as the page shows them: prose and cells, ready made. With the feature `read`, how they are read from Markdown.
//!
//! Knows nothing of Yew, of runs or of what a widget does with its parameters. A mistake in a lesson becomes a [`Problem`] in its place,
//! and the rest of the page works.

pub mod control;
pub mod names;
#[cfg(feature = "read")]
pub mod read;

use control::Control;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ops::Range;

/// A lesson, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// What it says of itself.
    pub front: Front,
    /// Its headings, for the contents of the page and for lecture mode.
    pub outline: Vec<Heading>,
    /// Its parts, in order.
    pub blocks: Vec<Block>,
    /// Its footnotes, in the order in which they are first called.
    pub footnotes: Vec<Footnote>,
}

/// What a lesson says of itself at its top.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Front {
    /// Its title.
    pub title: String,
    /// One sentence for the contents.
    pub summary: String,
    /// The part of the chapter that it belongs to.
    #[serde(default)]
    pub section: String,
    /// How long it takes.
    pub minutes: u32,
    /// Its place among the lessons.
    pub order: u32,
    /// The names of the lessons that come before it.
    #[serde(default)]
    pub prerequisites: Vec<String>,
}

/// A heading within a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// The name that a link gives: its words in small letters, joined by hyphens.
    pub id: String,
    /// Its words.
    pub text: String,
    /// 1 for the title, 2 for a section, 3 for what is within one.
    pub level: u8,
}

/// A footnote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footnote {
    /// The name by which the text calls it.
    pub name: String,
    /// HTML.
    pub html: String,
}

/// A part of a lesson, and the line of its file in which it begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Counted from 1.
    pub line: usize,
    /// What it is.
    pub part: Part,
}

/// What a part of a lesson is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// HTML with MathML, made from Markdown.
    Prose(String),
    /// A run that widgets of the page show.
    Experiment(Cell),
    /// A widget of this name with its parameters.
    Widget(Cell),
    /// A value that the reader sets and that others name.
    Control {
        /// The name.
        name: String,
        /// What it is set with.
        control: Control,
    },
    /// A question to answer before looking.
    Predict(Predict),
    /// For the lecturer only.
    Note(Vec<Block>),
    /// Shown one after the other.
    Reveal(Vec<Vec<Block>>),
    /// A statement, and on what it rests.
    Claim {
        /// On what it rests.
        rests_on: Ground,
        /// The experiment that measures it, where it is measured.
        by: Option<String>,
        /// What it says.
        body: Vec<Block>,
    },
    /// Steps through the page, each with the control that it points at.
    Guide(Vec<GuideStep>),
    /// What could not be read.
    Problem(String),
}

/// A step of a guide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideStep {
    /// HTML: what to do.
    pub say: String,
    /// The test id of the control to do it with.
    pub at: String,
}

/// A cell that something outside of this crate understands: its name, and what its TOML says. A string of the form `$name` anywhere in
/// the values stands for the value of a control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// A widget's name, or an experiment's; an experiment may have none.
    pub name: String,
    /// What it is given.
    pub values: Value,
}

/// The parameter by which a widget cell names the experiment whose run it shows; the widget itself does not see it.
pub const RUN: &str = "run";

impl Cell {
    /// The experiment whose run a widget shows, where the cell names one.
    pub fn run(&self) -> Option<&Value> {
        self.values.get(RUN)
    }

    /// What the widget itself is given.
    pub fn parameters(&self) -> Value {
        let mut values = self.values.clone();
        if let Value::Object(fields) = &mut values {
            fields.remove(RUN);
        }
        values
    }
}

/// On what a statement rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// It is proved.
    Proved,
    /// A run on the page measures it.
    Measured,
    /// People who know argue about it.
    Contested,
}

/// A question to answer before looking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predict {
    /// Its name within the lesson, under which the reader's answer is kept.
    pub name: String,
    /// HTML.
    pub question: String,
    /// What may be answered.
    pub answer: Answer,
    /// HTML: why it is so.
    pub explanation: String,
}

/// What may be answered, and what is right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// One of these.
    Choice {
        /// HTML of each.
        choices: Vec<String>,
        /// Which is right.
        right: usize,
    },
    /// A number.
    Number {
        /// The right one.
        right: f64,
        /// How far off still counts as right.
        tolerance: f64,
        /// What it is counted in; empty for a plain number.
        unit: String,
    },
}

impl Answer {
    /// Whether a number is near enough.
    pub fn is_right(&self, given: f64) -> bool {
        match self {
            Answer::Choice { right, .. } => given == *right as f64,
            // The bound itself counts, though it cannot be written exactly.
            Answer::Number { right, tolerance, .. } => (given - right).abs() <= tolerance * (1.0 + 1e-9),
        }
    }
}

/// A mistake in a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Counted from 1.
    pub line: usize,
    /// One sentence.
    pub message: String,
}

impl Part {
    /// The parts within it.
    fn within(&self) -> Vec<&[Block]> {
        match self {
            Part::Note(body) | Part::Claim { body, .. } => vec![body],
            Part::Reveal(steps) => steps.iter().map(Vec::as_slice).collect(),
            Part::Prose(_)
            | Part::Experiment(_)
            | Part::Widget(_)
            | Part::Control { .. }
            | Part::Predict(_)
            | Part::Guide(_)
            | Part::Problem(_) => Vec::new(),
        }
    }
}

/// All blocks, those within others too, in the order of the file.
pub fn walk(blocks: &[Block]) -> Vec<&Block> {
    let mut all = Vec::new();
    for block in blocks {
        all.push(block);
        block.part.within().into_iter().for_each(|inner| all.extend(walk(inner)));
    }
    all
}

impl Lesson {
    /// All its blocks, those within others too.
    pub fn blocks(&self) -> Vec<&Block> {
        walk(&self.blocks)
    }

    /// Its sections: which blocks begin with a heading of the first or second level, and what follows it. What stands before the first is
    /// part of the first.
    pub fn sections(&self) -> Vec<Range<usize>> {
        let begins = |block: &Block| matches!(&block.part, Part::Prose(html) if html.starts_with("<h1") || html.starts_with("<h2"));
        let mut starts: Vec<usize> = (1..self.blocks.len()).filter(|&index| begins(&self.blocks[index])).collect();
        starts.insert(0, 0);
        let ends = starts.iter().skip(1).copied().chain([self.blocks.len()]);
        starts.iter().zip(ends).map(|(&start, end)| start..end).collect()
    }

    /// The heading of a section, if it has one.
    pub fn heading(&self, section: &Range<usize>) -> Option<&Heading> {
        let Part::Prose(html) = &self.blocks.get(section.start)?.part else { return None };
        let id = html.strip_prefix("<h")?.split("id=\"").nth(1)?.split('"').next()?;
        self.outline.iter().find(|heading| heading.id == id)
    }

    /// Everything that is wrong with it, as far as reading tells.
    pub fn problems(&self) -> Vec<Problem> {
        let problem = |block: &&Block| match &block.part {
            Part::Problem(message) => Some(Problem { line: block.line, message: message.clone() }),
            _ => None,
        };
        self.blocks().iter().filter_map(problem).collect()
    }
}

/// A lesson in the contents: `index.json` is a list of these, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The name of its file, without the ending: its address.
    pub name: String,
    /// What it says of itself.
    pub front: Front,
    /// Its headings.
    pub outline: Vec<Heading>,
    /// The names of its questions.
    pub questions: Vec<String>,
}

/// A piece of a lesson to be searched: `search.json` is a list of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// The lesson's name.
    pub lesson: String,
    /// The heading that it stands under; empty at the top.
    pub heading: String,
    /// The heading's words.
    pub title: String,
    /// Its text, with mathematics as it was written.
    pub text: String,
}

/// A term of the glossary: `glossary.json` maps a term to its HTML.
pub type Glossary = std::collections::BTreeMap<String, String>;
