//! The page's address as the page changes: its state in it, and the heading that it names in view.

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;
use yew::prelude::*;

/// The address is renewed when the reader has held still for so long, in milliseconds: browsers allow only so many changes a second.
const STILL_MS: u32 = 300;

/// Keeps the state's letters in the address, so that a reload or a copied address brings the page back. No entry is added to the history.
#[hook]
pub(super) fn use_address(name: &str, letters: String) {
    let waiting = use_memo((), |()| Rc::new(RefCell::new(None::<Timeout>)));
    let first = use_mut_ref(|| true);
    let name = name.to_string();
    use_effect_with(letters, move |letters| {
        // A damaged link stays in the address until the reader changes something.
        if !first.replace(false) {
            let letters = letters.clone();
            waiting.replace(Some(Timeout::new(STILL_MS, move || renew(&name, &letters))));
        }
        let waiting = waiting.clone();
        move || drop(waiting.take())
    });
}

/// Whether the reader has only loaded again what was open already.
pub(super) fn is_reload() -> bool {
    gloo::utils::window().performance().is_some_and(|clock| clock.navigation().type_() == web_sys::PerformanceNavigation::TYPE_RELOAD)
}

/// Puts the state's letters behind the place that the address names.
pub(super) fn renew(name: &str, letters: &str) {
    let window = gloo::utils::window();
    let hash = window.location().hash().unwrap_or_default();
    let place = hash.split('?').next().unwrap_or_default();
    let place = if place.starts_with("#/") { place.to_string() } else { format!("#/{name}") };
    let address = if letters.is_empty() { place } else { format!("{place}?{letters}") };
    if let Ok(history) = window.history() {
        // Where the browser refuses, the address stays as it was and nothing else is lost.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Brings the heading that the address names into view.
#[hook]
pub(super) fn use_heading(heading: AttrValue) {
    use_effect_with(heading, |heading| {
        if !heading.is_empty()
            && let Some(element) = gloo::utils::document().get_element_by_id(heading)
        {
            element.scroll_into_view();
        }
    });
    // A link to where the address leads already is no change of it, and brings the heading into view all the same.
    use_effect_with((), |()| {
        let listener = EventListener::new(&gloo::utils::document(), "click", |event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let link = target.and_then(|target| target.closest("a[href^='#/']").ok().flatten());
            let hash = gloo::utils::window().location().hash().unwrap_or_default();
            let Some(href) = link.and_then(|link| link.get_attribute("href")) else { return };
            let heading = href.rsplit('/').next().filter(|_| hash.split('?').next() == Some(href.as_str()));
            if let Some(element) = heading.and_then(|heading| gloo::utils::document().get_element_by_id(heading)) {
                element.scroll_into_view();
            }
        });
        move || drop(listener)
    });
}
