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
        Callback::from(move |_: MouseEvent| shown.set(1))
    };
    let step = |(index, step): (usize, &Html)| {
        html! { <div class="step" key={index} hidden={index >= *shown}>{ step.clone() }</div> }
    };
    html! {
        <section class="reveal" aria-label="Step by step" data-shown={shown.to_string()} data-steps={all.to_string()}>
            <div aria-live="polite">{ for props.steps.iter().enumerate().map(step) }</div>
            <p class="prose reveal-controls">
                if *shown < all {
                    <button class="button" data-reveal="next" onclick={next}>{ format!("Next step ({} of {all})", *shown + 1) }</button>
                } else {
                    <button class="button" data-reveal="back" onclick={back}>{ "Back to the first step" }</button>
                }
            </p>
        </section>
    }
}
