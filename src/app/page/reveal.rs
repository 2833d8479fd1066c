//! A reveal cell: steps that are shown one after the other.

use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub steps: Vec<Html>,
}

#[component]
pub(super) fn Reveal(props: &Props) -> Html {
    let shown = use_state(|| 1usize);
    let all = props.steps.len();
    let next = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.set((*shown + 1).min(all)))
    };
    let back = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.set((*shown - 1).max(1)))
    };
    let step = |(index, step): (usize, &Html)| {
        html! { <div class="step" key={index} hidden={index >= *shown}>{ step.clone() }</div> }
    };
    html! {
        <div role="group" class="reveal" aria-label="Step by step" data-shown={shown.to_string()} data-steps={all.to_string()}>
            <div aria-live="polite">{ for props.steps.iter().enumerate().map(step) }</div>
            <p class="prose reveal-controls">
                <button class="button" data-reveal="back" onclick={back} disabled={*shown == 1} aria-label="One step back">{ "←" }</button>
                <button class="button" data-reveal="next" onclick={next} disabled={*shown == all}>{ "Next step" }</button>
                <span class="quiet">{ format!("{} of {all}", *shown) }</span>
            </p>
        </div>
    }
}
