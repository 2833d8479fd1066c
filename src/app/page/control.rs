//! A control cell: a slider, a choice or a switch that the page's prose, widgets and experiments name.

use super::state::{Change, PageState};
use crate::plots::short;
use serde_json::Value;
use std::rc::Rc;
use stride_lesson::Lesson;
use stride_lesson::control::{Control, Range, number};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Positions of a slider that may be set as finely as can be.
const FINE: f64 = 400.0;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub name: String,
    pub control: Control,
    pub lesson: Rc<Lesson>,
    pub value: Option<Value>,
    pub locked: bool,
    pub set: UseReducerDispatcher<PageState>,
}

#[component]
pub(super) fn ControlCell(props: &Props) -> Html {
    let Props { name, control, locked, .. } = props;
    let value = props.value.clone().unwrap_or_else(|| control.value.clone());
    let set = {
        let (lesson, name, start, set) = (props.lesson.clone(), name.clone(), control.value.clone(), props.set.clone());
        Callback::from(move |value: Value| {
            let kept = (value != start).then_some(value);
            set.dispatch(Change::Control(lesson.clone(), name.clone(), kept));
        })
    };
    let id = format!("control-{name}");
    let input = match &control.range {
        Range::Slider { min, max, step, log } => {
            slider(&id, control, [*min, *max, *step], *log, value.as_f64().unwrap_or(*min), *locked, set)
        }
        Range::Choice(choices) => {
            let offered = choices.clone();
            let onchange = Callback::from(move |event: Event| {
                let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
                if let Some(choice) = select.and_then(|select| offered.get(usize::try_from(select.selected_index()).ok()?).cloned()) {
                    set.emit(choice);
                }
            });
            html! {
                <select id={id.clone()} {onchange} disabled={*locked}>
                    { for choices.iter().map(|choice| html! { <option selected={*choice == value}>{ words(choice) }</option> }) }
                </select>
            }
        }
        Range::Switch => {
            let on = value.as_bool().unwrap_or_default();
            let onchange = Callback::from(move |_: Event| set.emit(Value::Bool(!on)));
            html! { <input id={id.clone()} type="checkbox" role="switch" checked={on} {onchange} disabled={*locked} /> }
        }
    };
    let locked = locked.then(|| html! { <span class="quiet">{ " locked by the link" }</span> });
    html! {
        <div class="control prose" data-testid={id.clone()}>
            <label for={id}>{ &control.label }</label>{ input }{ for locked }
        </div>
    }
}

fn slider(id: &str, control: &Control, [min, max, step]: [f64; 3], log: bool, value: f64, locked: bool, set: Callback<Value>) -> Html {
    let to = |value: f64| if log { value.log10() } else { value };
    let from = move |place: f64| if log { 10f64.powf(place) } else { place };
    let (low, high) = (to(min), to(max));
    let step = if step > 0.0 { step } else { (high - low) / FINE };
    let oninput = Callback::from(move |event: InputEvent| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(place) = input.map(|input| input.value_as_number()).filter(|place| place.is_finite()) {
            set.emit(number(tidy(from(place), log).clamp(min, max)));
        }
    });
    let shown = format!("{} {}", short(value), control.unit);
    html! {
        <>
            <input id={id.to_string()} type="range" min={low.to_string()} max={high.to_string()} step={step.to_string()}
                value={to(value).to_string()} {oninput} disabled={locked} aria-valuetext={shown.trim().to_string()} />
            <output for={id.to_string()}>{ shown.trim() }</output>
        </>
    }
}

/// Without the noise that decimal steps have in binary; on a log scale two digits are fine enough.
fn tidy(value: f64, log: bool) -> f64 {
    let text = if log { format!("{value:.1e}") } else { format!("{value:.9e}") };
    text.parse().unwrap_or(value)
}

/// A choice as a reader reads it.
fn words(choice: &Value) -> String {
    choice.as_str().map_or_else(|| choice.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliders_give_round_numbers() {
        assert_eq!(tidy(0.1 + 0.2, false), 0.3);
        assert_eq!(tidy(10f64.powf(-1.4948), true), 0.032);
        assert_eq!((words(&"adam".into()), words(&number(3.0))), ("adam".into(), "3".into()));
    }
}
