//! A predict cell: the reader answers before looking; the answer is kept, and only then is it said what is right and why.

use super::prose::raw;
use crate::app::answers::{self, Given};
use crate::plots::short;
use std::rc::Rc;
use stride_lesson::{Answer, Block, Lesson, Part, Predict};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// The lesson's name.
    pub lesson: AttrValue,
    pub question: Predict,
    /// Told when it is answered, or asked anew.
    pub told: Callback<()>,
}

#[component]
pub(super) fn PredictCell(props: &Props) -> Html {
    let Predict { name, question, answer, explanation } = &props.question;
    // Answers are forgotten when the page is put back, which makes this cell anew.
    let given = {
        let (lesson, name) = (props.lesson.clone(), name.clone());
        use_state(move || answers::of(&lesson, &name))
    };
    let wrong = use_state(|| None::<String>);
    let draft = use_state(String::new);
    let give = {
        let (given, wrong, answer, told) = (given.clone(), wrong.clone(), answer.clone(), props.told.clone());
        let (lesson, name) = (props.lesson.clone(), name.clone());
        Callback::from(move |value: f64| {
            let one = Given { value, right: answer.is_right(value) };
            answers::keep(&lesson, &name, Some(one));
            wrong.set(None);
            given.set(Some(one));
            told.emit(());
        })
    };
    let again = {
        let (given, lesson, name, told) = (given.clone(), props.lesson.clone(), name.clone(), props.told.clone());
        Callback::from(move |_: MouseEvent| {
            answers::keep(&lesson, &name, None);
            given.set(None);
            told.emit(());
        })
    };
    let input = match answer {
        Answer::Choice { choices, right } => {
            let option = |(index, choice): (usize, &String)| {
                let give = give.clone();
                let onclick = Callback::from(move |_: MouseEvent| give.emit(index as f64));
                let chosen = given.is_some_and(|given| given.value == index as f64);
                let mark = match (*given, index == *right, chosen) {
                    (Some(_), true, _) => Some("right"),
                    (Some(_), false, true) => Some("wrong"),
                    _ => None,
                };
                html! {
                    <button class={classes!("choice", mark)} disabled={given.is_some()} aria-pressed={chosen.to_string()} {onclick}>
                        { raw(choice) }{ for mark.map(|mark| html! { <span class="verdict">{ if mark == "right" { " ✓ right" } else { " ✗ your answer" } }</span> }) }
                    </button>
                }
            };
            html! { <div class="choices" role="group" aria-label="Possible answers">{ for choices.iter().enumerate().map(option) }</div> }
        }
        Answer::Number { unit, .. } => {
            let oninput = {
                let draft = draft.clone();
                Callback::from(move |event: InputEvent| {
                    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
                    draft.set(input.map(|input| input.value()).unwrap_or_default());
                })
            };
            let onsubmit = {
                let (draft, wrong, give) = (draft.clone(), wrong.clone(), give.clone());
                Callback::from(move |event: SubmitEvent| {
                    event.prevent_default();
                    match number(&draft) {
                        Some(value) => give.emit(value),
                        None => wrong.set(Some(format!("'{}' is no number; write one such as 0.5, 2e-3 or 1/10", draft.trim()))),
                    }
                })
            };
            let shown = given.map_or_else(|| (*draft).clone(), |given| short(given.value));
            html! {
                <form class="answer" {onsubmit}>
                    <input type="text" inputmode="decimal" aria-label="Your answer" value={shown} {oninput} disabled={given.is_some()} autocomplete="off" />
                    { for (!unit.is_empty()).then_some(unit) }
                    <button class="button" disabled={given.is_some()}>{ "That is my answer" }</button>
                </form>
            }
        }
    };
    let verdict = given.map(|given| {
        let word = match (answer, given.right) {
            (_, true) => "Right.".to_string(),
            (Answer::Choice { .. }, false) => "Not this one.".into(),
            (Answer::Number { right, unit, .. }, false) => format!("It is {} {unit}", short(*right)).trim_end().to_string() + ".",
        };
        html! {
            <div class="explanation">
                <p><strong>{ word }</strong>{ " " }{ raw(explanation) }</p>
                <button class="button" onclick={again}>{ "Answer again" }</button>
            </div>
        }
    });
    html! {
        <div role="group" class="predict prose" aria-label={format!("Predict: {name}")} data-testid={format!("predict-{name}")}>
            <p class="question"><span class="mark">{ "Predict" }</span>{ " " }{ raw(question) }</p>
            { input }
            { for wrong.iter().map(|reason| html! { <p class="error" role="alert">{ reason }</p> }) }
            <div aria-live="polite">{ for verdict }</div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct SummaryProps {
    pub lesson: AttrValue,
    pub questions: Rc<Vec<String>>,
    /// Counts the answers.
    pub version: u32,
}

/// At the page's end: how many questions were answered, and how many rightly.
#[component]
pub(super) fn Summary(props: &SummaryProps) -> Html {
    let (answered, right) = answers::tally(&props.lesson, &props.questions);
    if answered == 0 {
        return Html::default();
    }
    let all = props.questions.len();
    html! {
        <section class="summary prose" aria-label="Your predictions" data-testid="predictions">
            <p>{ format!("Your predictions on this page: {answered} of {all} made, {right} right.") }</p>
        </section>
    }
}

/// The names of a lesson's questions, in their order.
pub(super) fn questions(lesson: &Lesson) -> Vec<String> {
    let name = |block: &Block| match &block.part {
        Part::Predict(predict) => Some(predict.name.clone()),
        _ => None,
    };
    lesson.blocks().into_iter().filter_map(name).collect()
}

/// A number as a student may write it: with a decimal comma, as a fraction, in percent.
fn number(text: &str) -> Option<f64> {
    let text = text.trim().replace(',', ".").replace('−', "-");
    let plain = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    if let Some(percent) = text.strip_suffix('%') {
        return plain(percent);
    }
    match text.split_once('/') {
        Some((above, below)) => plain(above).zip(plain(below).filter(|below| *below != 0.0)).map(|(above, below)| above / below),
        None => plain(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_read_as_students_write_them() {
        assert_eq!(
            [number("2.5"), number(" 2,5 "), number("5/2"), number("1e-3"), number("40 %"), number("−1")],
            [Some(2.5), Some(2.5), Some(2.5), Some(1e-3), Some(40.0), Some(-1.0)]
        );
        assert_eq!([number(""), number("1/0"), number("many"), number("inf")], [None; 4]);
    }
}
