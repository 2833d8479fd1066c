//! Lecture mode: one section fills the screen; keys go through its steps and to the next.
//!
//! Knows sections by their numbers and the page's elements; knows nothing of what is in a section.

use super::clock::Clock;
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, PointerEvent};
use yew::prelude::*;

/// Where the lecture is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lecture {
    /// Whether it is on.
    pub on: bool,
    /// Which section is shown, counted from 0.
    pub section: usize,
    /// A red dot follows the pointer.
    pub pointer: bool,
    /// The screen is black.
    pub blank: bool,
}

impl Lecture {
    /// The section so many further on, as far as there are some.
    pub(super) fn moved(self, step: i32, sections: usize) -> Lecture {
        let section = self.section.saturating_add_signed(step as isize).min(sections.saturating_sub(1));
        Lecture { section, blank: false, ..self }
    }
}

/// Marks the page for the style sheet, fills the screen, and leaves it again.
#[hook]
pub(super) fn use_screen(on: bool) {
    let was_on = use_mut_ref(|| false);
    use_effect_with(on, move |&on| {
        let (root, document) = (gloo::utils::document_element(), gloo::utils::document());
        if on {
            let _ = root.set_attribute("data-lecture", "on");
            // A browser that has no full screen, or does not allow it, shows the lecture in its window.
            let _ = root.request_fullscreen();
        } else if was_on.replace(false) {
            let _ = root.remove_attribute("data-lecture");
            if document.fullscreen_element().is_some() {
                document.exit_fullscreen();
            }
        }
        was_on.replace(on);
        move || {
            let _ = gloo::utils::document_element().remove_attribute("data-lecture");
        }
    });
}

/// Presses the first button of this kind in the section that is shown; whether there was one.
pub(super) fn press(selector: &str) -> bool {
    let document = gloo::utils::document();
    let within = |scope: &str| document.query_selector(&format!("{scope} {selector}:enabled")).ok().flatten();
    match within("section.part:not([hidden])").and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        Some(button) => {
            button.click();
            true
        }
        None => false,
    }
}

/// Runs or pauses the experiment whose panel is nearest to being in view.
pub(super) fn run_or_pause() -> bool {
    press("[data-testid=pause]") || press("[data-testid=run]") || {
        // The panel may stand in another section than the one that is shown.
        let document = gloo::utils::document();
        let button =
            ["[data-testid=pause]:enabled", "[data-testid=run]:enabled"].iter().find_map(|one| document.query_selector(one).ok().flatten());
        button.and_then(|button| button.dyn_into::<HtmlElement>().ok()).map(|button| button.click()).is_some()
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub lecture: Lecture,
    pub sections: usize,
    pub title: String,
    pub step: Callback<i32>,
    pub leave: Callback<MouseEvent>,
}

/// What lies over the page in lecture mode: the foot with the clock, the laser pointer, the blank screen.
#[component]
pub(super) fn Overlay(props: &Props) -> Html {
    let Lecture { section, pointer, blank, .. } = props.lecture;
    let go = |step: i32| {
        let move_by = props.step.clone();
        Callback::from(move |_: MouseEvent| move_by.emit(step))
    };
    html! {
        <>
            if pointer {
                <Laser />
            }
            if blank {
                <div class="blank" role="img" aria-label="The screen is blank; press B to go on"></div>
            }
            <footer class="lecture-foot">
                <button class="button" onclick={go(-1)} disabled={section == 0} aria-label="Previous section">{ "←" }</button>
                <span data-testid="lecture-place">{ format!("{} / {}", section + 1, props.sections) }</span>
                <button class="button" onclick={go(1)} disabled={section + 1 >= props.sections} aria-label="Next section">{ "→" }</button>
                <span class="lecture-title">{ props.title.clone() }</span>
                <Clock />
                <button class="button" onclick={props.leave.clone()}>{ "Leave" }</button>
            </footer>
        </>
    }
}

/// A dot that follows the pointer.
#[component]
fn Laser() -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let listener = EventListener::new(&gloo::utils::window(), "pointermove", move |event| {
                if let (Some(event), Some(dot)) = (event.dyn_ref::<PointerEvent>(), node.cast::<HtmlElement>()) {
                    let place = format!("translate({}px, {}px)", event.client_x(), event.client_y());
                    let _ = dot.style().set_property("transform", &place);
                }
            });
            move || drop(listener)
        });
    }
    html! { <div class="laser" ref={node} aria-hidden="true"></div> }
}

#[cfg(test)]
mod tests {
    use super::Lecture;

    #[test]
    fn a_lecture_stays_within_its_sections() {
        let start = Lecture { on: true, blank: true, ..Lecture::default() };
        assert_eq!(start.moved(-1, 3), Lecture { on: true, ..Lecture::default() });
        assert_eq!((start.moved(1, 3).section, start.moved(5, 3).section, start.moved(1, 0).section), (1, 2, 0));
    }
}
