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
pub(super) fn use_screen(on: bool, left: Callback<()>) {
    let was_on = use_mut_ref(|| false);
    // The browser's own key or button leaves full screen without a word to the page: then the lecture is over too.
    use_effect_with(on, move |&on| {
        let listener = on.then(|| {
            EventListener::new(&gloo::utils::document(), "fullscreenchange", move |_| {
                if gloo::utils::document().fullscreen_element().is_none() {
                    left.emit(());
                }
            })
        });
        move || drop(listener)
    });
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
        // The page may be left from within a lecture.
        move || {
            let _ = gloo::utils::document_element().remove_attribute("data-lecture");
        }
    });
    use_effect_with((), |()| {
        || {
            let document = gloo::utils::document();
            if document.fullscreen_element().is_some() {
                document.exit_fullscreen();
            }
        }
    });
}

/// The section that a reader looks at: the first that is not yet above the window's upper third.
pub(super) fn section_in_view() -> usize {
    let Ok(sections) = gloo::utils::document().query_selector_all("section.part") else { return 0 };
    let third = window_height() / 3.0;
    let section = |index: u32| sections.get(index).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    let is_below = |index: &u32| section(*index).is_some_and(|one| one.get_bounding_client_rect().bottom() > third);
    (0..sections.length()).find(is_below).unwrap_or_default() as usize
}

fn window_height() -> f64 {
    gloo::utils::window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(900.0)
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

/// Runs or pauses the experiment whose panel is nearest to the middle of the window; one that is in another section than the one that is
/// shown, if there is no other.
pub(super) fn run_or_pause() -> bool {
    let Ok(buttons) = gloo::utils::document().query_selector_all("[data-testid=pause]:enabled, [data-testid=run]:enabled") else {
        return false;
    };
    let far = |button: &HtmlElement| {
        let place = button.get_bounding_client_rect();
        // What is not shown has no size.
        if place.height() == 0.0 { f64::MAX } else { (place.top() - window_height() / 2.0).abs() }
    };
    let buttons = (0..buttons.length()).filter_map(|index| buttons.get(index)?.dyn_into::<HtmlElement>().ok());
    buttons.min_by(|a, b| far(a).total_cmp(&far(b))).map(|button| button.click()).is_some()
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
