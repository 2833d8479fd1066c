//! A guide cell: a card that leads through the page once, points at the control that is meant, and ticks a step off when it is done.

use super::prose::raw;
use gloo::events::{EventListener, EventListenerOptions};
use gloo::storage::{LocalStorage, Storage};
use stride_lesson::GuideStep;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

/// Where the names of lessons lie whose guides have been gone through.
const KEY: &str = "stride-guided";

/// What doing a step looks like to a browser.
const DONE_BY: [&str; 3] = ["click", "change", "input"];

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub lesson: AttrValue,
    pub steps: Vec<GuideStep>,
}

#[component]
pub(super) fn Guide(props: &Props) -> Html {
    let all = props.steps.len();
    let at = {
        let lesson = props.lesson.clone();
        use_state(move || if is_done(&lesson) { all } else { 0 })
    };
    let go = {
        let (at, lesson) = (at.clone(), props.lesson.clone());
        Callback::from(move |step: usize| {
            mark(&lesson, step >= all);
            at.set(step);
        })
    };
    let target = props.steps.get(*at).map(|step| step.at.clone());
    {
        let (go, now) = (go.clone(), *at);
        use_effect_with((target, now), move |(target, _)| {
            let listeners: Vec<EventListener> = target.iter().flat_map(|target| listen(target, &go, now)).collect();
            let shown = target.as_deref().and_then(find);
            if let Some(element) = &shown {
                let _ = element.class_list().add_1("guided");
            }
            move || {
                drop(listeners);
                if let Some(element) = shown {
                    let _ = element.class_list().remove_1("guided");
                }
            }
        });
    }
    let press = |step: usize| {
        let go = go.clone();
        Callback::from(move |_: MouseEvent| go.emit(step))
    };
    let Some(step) = props.steps.get(*at) else {
        return html! { <p class="prose guide-again"><button class="button" onclick={press(0)}>{ "Show me around" }</button></p> };
    };
    let look = {
        let target = step.at.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(element) = find(&target) {
                element.scroll_into_view();
            }
        })
    };
    html! {
        <aside class="guide" aria-label="Guide" data-testid="guide">
            <p class="quiet">{ format!("Step {} of {all}", *at + 1) }</p>
            <p aria-live="polite">{ raw(&step.say) }</p>
            <p>
                <button class="button primary" onclick={look}>{ "Where?" }</button>
                <button class="button" onclick={press(*at + 1)}>{ "Next" }</button>
                <button class="button" onclick={press(all)}>{ "Enough" }</button>
            </p>
        </aside>
    }
}

fn find(target: &str) -> Option<Element> {
    gloo::utils::document().query_selector(&format!("[data-testid=\"{target}\"]")).ok().flatten()
}

/// Hears when the step is done, before the control itself does.
fn listen(target: &str, go: &Callback<usize>, now: usize) -> Vec<EventListener> {
    let listener = |kind: &'static str| {
        let (selector, go) = (format!("[data-testid=\"{target}\"]"), go.clone());
        EventListener::new_with_options(&gloo::utils::document(), kind, EventListenerOptions::run_in_capture_phase(), move |event| {
            let hit = event
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok())
                .and_then(|target| target.closest(&selector).ok().flatten());
            if hit.is_some() {
                go.emit(now + 1);
            }
        })
    };
    DONE_BY.into_iter().map(listener).collect()
}

fn is_done(lesson: &str) -> bool {
    LocalStorage::get::<Vec<String>>(KEY).is_ok_and(|done| done.iter().any(|one| one == lesson))
}

fn mark(lesson: &str, done: bool) {
    let mut all: Vec<String> = LocalStorage::get(KEY).unwrap_or_default();
    all.retain(|one| one != lesson);
    if done {
        all.push(lesson.into());
    }
    // Where nothing can be kept, the guide offers itself again next time.
    let _ = LocalStorage::set(KEY, all);
}
