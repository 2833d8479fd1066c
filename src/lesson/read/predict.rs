//! The `predict` cell: a question, what may be answered, and why.

use super::cell::{Fence, toml_mistake};
use super::markdown::Reader;
use crate::{Answer, Part, Predict};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    question: String,
    answer: Given,
    choices: Option<Vec<String>>,
    tolerance: Option<f64>,
    #[serde(default)]
    unit: String,
    explanation: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Number(f64),
    Words(String),
}

pub(super) fn read(reader: &mut Reader<'_>, name: &str, fence: &Fence<'_>) -> Result<Part, String> {
    if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') {
        return Err(format!(
            "a predict cell has a name of letters, digits and hyphens, under which the answer is kept; this one has '{name}'"
        ));
    }
    let written: Written = toml::from_str(fence.body).map_err(|error| toml_mistake(&error))?;
    let mut html = |text: &str| reader.html(text, fence.line);
    let answer = match (written.choices, written.answer) {
        (Some(choices), Given::Words(answer)) => {
            let right = choices.iter().position(|choice| *choice == answer);
            let right = right.ok_or_else(|| format!("the answer '{answer}' is none of the choices; write it as one of them is written"))?;
            Answer::Choice { choices: choices.iter().map(|choice| html(choice)).collect::<Result<_, _>>()?, right }
        }
        (None, Given::Number(right)) => match written.tolerance {
            Some(tolerance) if right.is_finite() && tolerance >= 0.0 => Answer::Number { right, tolerance, unit: written.unit },
            _ => return Err("a question for a number says what still counts as right: 'tolerance = ', from 0 up".into()),
        },
        (Some(_), Given::Number(_)) => return Err("the answer to a choice is one of the choices, in quotes".into()),
        (None, Given::Words(answer)) => return Err(format!("the answer '{answer}' is no number, and there are no choices")),
    };
    let (question, explanation) = (html(&written.question)?, html(&written.explanation)?);
    Ok(Part::Predict(Predict { name: name.into(), question, answer, explanation }))
}
