//! Every key that does something on a page, as a list from which the help is made too.
//!
//! Knows keys and what they are for; those who listen do it.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Help,
    Search,
    Contents,
    Share,
    Reset,
    Lecture,
    RunOrPause,
    Forward,
    Back,
    Pointer,
    Blank,
    Notes,
    Larger,
    Smaller,
    Leave,
}

/// Where a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Everywhere,
    Lesson,
    Lecture,
}

/// A key.
pub(super) struct Key {
    pub action: Action,
    /// As browsers name them.
    pub keys: &'static [&'static str],
    /// As readers name them.
    pub label: &'static str,
    /// What it does.
    pub what: &'static str,
    pub scope: Scope,
}

/// Every key.
pub(super) const KEYS: &[Key] = &[
    Key { action: Action::Help, keys: &["?"], label: "?", what: "this list", scope: Scope::Everywhere },
    Key { action: Action::Search, keys: &["/"], label: "/", what: "search all lessons", scope: Scope::Everywhere },
    Key { action: Action::Contents, keys: &["c"], label: "C", what: "the contents", scope: Scope::Everywhere },
    Key { action: Action::Larger, keys: &["+", "="], label: "+", what: "larger text", scope: Scope::Everywhere },
    Key { action: Action::Smaller, keys: &["-"], label: "−", what: "smaller text", scope: Scope::Everywhere },
    Key { action: Action::RunOrPause, keys: &[" "], label: "Space", what: "run or pause the experiment", scope: Scope::Lesson },
    Key { action: Action::Reset, keys: &["r"], label: "R", what: "the page back to its start", scope: Scope::Lesson },
    Key { action: Action::Share, keys: &["s"], label: "S", what: "share: link and QR code", scope: Scope::Lesson },
    Key { action: Action::Lecture, keys: &["l"], label: "L", what: "lecture mode, and out of it", scope: Scope::Lesson },
    Key { action: Action::Notes, keys: &["n"], label: "N", what: "lecturer's notes in a second window", scope: Scope::Lesson },
    Key { action: Action::Forward, keys: &["ArrowRight", "PageDown"], label: "→", what: "next step or section", scope: Scope::Lecture },
    Key { action: Action::Back, keys: &["ArrowLeft", "PageUp"], label: "←", what: "back a step or section", scope: Scope::Lecture },
    Key { action: Action::Pointer, keys: &["p"], label: "P", what: "laser pointer", scope: Scope::Lecture },
    Key { action: Action::Blank, keys: &["b", "."], label: "B", what: "blank screen", scope: Scope::Lecture },
    Key { action: Action::Leave, keys: &["Escape"], label: "Esc", what: "out of lecture mode", scope: Scope::Lecture },
];

/// Calls `act` for every key of the page that is in force; it answers whether it did something. Keys that are typed into a field, or that a
/// widget has used, are not the page's.
#[hook]
pub(super) fn use_keys(act: Callback<(Action, Scope), bool>) {
    use_effect_with(act, |act| {
        let act = act.clone();
        let options = EventListenerOptions::enable_prevent_default();
        let listener = EventListener::new_with_options(&gloo::utils::window(), "keydown", options, move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            if event.default_prevented() || event.ctrl_key() || event.alt_key() || event.meta_key() || is_typed(event) {
                return;
            }
            let pressed = event.key();
            let found = KEYS.iter().find(|key| {
                key.keys.contains(&pressed.as_str()) || pressed.len() == 1 && key.keys.contains(&pressed.to_lowercase().as_str())
            });
            if let Some(key) = found
                && !(event.repeat() && matches!(key.action, Action::RunOrPause | Action::Lecture | Action::Reset))
                && act.emit((key.action, key.scope))
            {
                event.prevent_default();
            }
        });
        move || drop(listener)
    });
}

/// Whether a key belongs to what has the focus: a field takes all of them, a button or a link the space, a slider the arrows.
fn is_typed(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) else { return false };
    let key = event.key();
    let within = |selector: &str| target.closest(selector).ok().flatten().is_some();
    // Escape closes a box and takes a draft back before it means anything to the page.
    if within("textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio]), dialog") {
        return true;
    }
    match key.as_str() {
        " " => within("button, a, summary, input, [role=button], [role=gridcell]"),
        "ArrowRight" | "ArrowLeft" | "PageUp" | "PageDown" => within("input, [role=grid], [role=slider], [role=application], canvas"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::KEYS;

    #[test]
    fn no_key_does_two_things() {
        let mut keys: Vec<&str> = KEYS.iter().flat_map(|key| key.keys).copied().collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
