//! What a lesson says of itself, between two lines `---` at its top.

use crate::{Front, Problem};

/// A lesson's text, cut in two.
pub(super) struct Parsed<'a> {
    pub front: Front,
    /// The rest.
    pub body: &'a str,
    /// The line of the lesson in which it begins.
    pub body_line: usize,
}

/// Reads the front matter: lines `key: value`.
pub(super) fn parse(text: &str) -> Result<Parsed<'_>, Problem> {
    let rest = text
        .strip_prefix("---\n")
        .or_else(|| text.strip_prefix("---\r\n"))
        .ok_or_else(|| Problem { line: 1, message: "a lesson begins with a line '---', its title, and another such line".into() })?;
    let mut front = Front::default();
    let mut consumed = text.len() - rest.len();
    for (index, line) in rest.split_inclusive('\n').enumerate() {
        let number = index + 2;
        consumed += line.len();
        let line = line.trim();
        if line == "---" {
            if front.title.is_empty() {
                return Err(Problem { line: 1, message: "the lesson has no title; give it a line 'title: ...'".into() });
            }
            return Ok(Parsed { front, body: &text[consumed..], body_line: number + 1 });
        }
        set(&mut front, line, number)?;
    }
    Err(Problem { line: 1, message: "the lesson's front matter has no end; close it with a line '---'".into() })
}

fn set(front: &mut Front, line: &str, number: usize) -> Result<(), Problem> {
    if line.is_empty() {
        return Ok(());
    }
    let problem = |message: String| Err(Problem { line: number, message });
    let Some((key, value)) = line.split_once(':') else {
        return problem(format!("'{line}' is no line of the form 'key: value'"));
    };
    let value = value.trim();
    let number_of =
        |value: &str| value.parse::<u32>().map_err(|_| Problem { line: number, message: format!("'{value}' is no whole number") });
    match key.trim() {
        "title" => front.title = value.into(),
        "summary" => front.summary = value.into(),
        "minutes" => front.minutes = number_of(value)?,
        "order" => front.order = number_of(value)?,
        "section" => front.section = value.into(),
        "prerequisites" => {
            front.prerequisites = value.split(',').map(|name| name.trim().to_string()).filter(|name| !name.is_empty()).collect()
        }
        other => {
            return problem(format!("'{other}' is unknown here; a lesson has title, summary, section, minutes, order and prerequisites"));
        }
    }
    Ok(())
}
