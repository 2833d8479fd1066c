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
                let (draft, wrong, give, right) = (draft.clone(), wrong.clone(), give.clone(), answer.clone());
                Callback::from(move |event: SubmitEvent| {
                    event.prevent_default();
                    let readings = numbers(&draft);
                    // Where it can be read in two ways, the reader meant the right one.
                    match readings.iter().find(|value| right.is_right(**value)).or(readings.first()) {
                        Some(value) => give.emit(*value),
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
            <>{ for wrong.iter().map(|reason| html! { <p class="error" role="alert">{ reason }</p> }) }</>
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

/// A number as a student may write it: with a decimal comma or separators of thousands, as a fraction, in percent. `2,303` may be either
/// of two numbers; the decimal comes first.
fn numbers(text: &str) -> Vec<f64> {
    let text = text.replace(char::is_whitespace, "").replace('−', "-");
    let mut readings: Vec<String> = Vec::new();
    if text.matches(',').count() <= 1 {
        readings.push(text.replace(',', "."));
    }
    if is_in_thousands(&text) {
        readings.push(text.replace(',', ""));
    }
    readings.iter().filter_map(|text| number(text)).collect()
}

/// Whether commas stand where thousands end.
fn is_in_thousands(text: &str) -> bool {
    let whole = text.trim_start_matches(['+', '-']).split('.').next().unwrap_or_default();
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let digits = |group: &str| group.chars().all(|letter| letter.is_ascii_digit());
    text.contains(',') && (1..=3).contains(&first.len()) && digits(first) && groups.all(|group| group.len() == 3 && digits(group))
}

fn number(text: &str) -> Option<f64> {
    let plain = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    if let Some(percent) = text.strip_suffix('%') {
        return plain(percent);
    }
    match text.split_once('/') {
        Some((above, below)) => plain(above).zip(plain(below).filter(|below| *below != 0.0)).map(|(above, below)| above / below),
        None => plain(text),
    }
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn numbers_are_read_as_students_write_them() {
        for (text, expected) in [
            ("2.5", &[2.5][..]),
            (" 2,5 ", &[2.5]),
            ("5/2", &[2.5]),
            ("1e-3", &[1e-3]),
            ("40 %", &[40.0]),
            ("−1", &[-1.0]),
            ("61,706", &[61.706, 61_706.0]),
            ("61 706", &[61_706.0]),
            ("1,234,567.5", &[1_234_567.5]),
            ("", &[]),
            ("1/0", &[]),
            ("many", &[]),
            ("inf", &[]),
            ("1,2,3", &[]),
        ] {
            assert_eq!(numbers(text), expected, "{text}");
        }
    }
}
