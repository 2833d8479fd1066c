//! How the page looks, as the reader has it: colours, contrast, size of the text. The choices are kept; `index.html` reads them before the
//! first paint.

use gloo::storage::{LocalStorage, Storage};
use yew::prelude::*;

/// The storage keys.
const THEME: &str = "stride-theme";
const SIZE: &str = "stride-size";

/// Themes by the name that the style sheet gives them, with what a reader reads. The first is the system's.
const THEMES: [(&str, &str); 4] = [("", "As the system has it"), ("light", "Light"), ("dark", "Dark"), ("contrast", "High contrast")];

/// Sizes of the text, in percent.
const SIZES: [u32; 7] = [80, 90, 100, 115, 130, 150, 175];
const PLAIN: u32 = 100;

fn kept(key: &str) -> String {
    LocalStorage::raw().get_item(key).ok().flatten().unwrap_or_default()
}

/// Sets an attribute of the page's root and keeps it; where storage is denied, it lasts as long as the page.
fn choose(key: &str, attribute: &str, value: &str) {
    let root = gloo::utils::document_element();
    let _ = if value.is_empty() { root.remove_attribute(attribute) } else { root.set_attribute(attribute, value) };
    let _ = if value.is_empty() { LocalStorage::raw().remove_item(key) } else { LocalStorage::raw().set_item(key, value) };
}

fn size() -> u32 {
    kept(SIZE).parse().ok().filter(|size| SIZES.contains(size)).unwrap_or(PLAIN)
}

/// The next larger size, or the next smaller one.
pub(super) fn change_size(step: i32) {
    let now = SIZES.iter().position(|&one| one == size()).unwrap_or_default();
    let next = SIZES[now.saturating_add_signed(step as isize).min(SIZES.len() - 1)];
    choose(SIZE, "data-size", &if next == PLAIN { String::new() } else { next.to_string() });
}

/// The menu of looks.
#[component]
pub(super) fn Looks() -> Html {
    let update = use_force_update();
    let now = kept(THEME);
    let theme = |(name, words): (&'static str, &'static str)| {
        let update = update.clone();
        let onchange = Callback::from(move |_: Event| {
            choose(THEME, "data-theme", name);
            update.force_update();
        });
        html! { <label><input type="radio" name="theme" checked={now == name} {onchange} data-theme-choice={name} />{ words }</label> }
    };
    let resize = |step: i32| {
        let update = update.clone();
        Callback::from(move |_: MouseEvent| {
            change_size(step);
            update.force_update();
        })
    };
    html! {
        <details class="looks">
            <summary class="button theme" aria-label="Colours and size of the text">{ "Aa" }</summary>
            <div class="menu" role="group" aria-label="Colours and size of the text">
                <fieldset><legend>{ "Colours" }</legend>{ for THEMES.into_iter().map(theme) }</fieldset>
                <div class="sizes">
                    <button class="button" onclick={resize(-1)} aria-label="Smaller text">{ "A−" }</button>
                    <output aria-live="polite">{ format!("{} %", size()) }</output>
                    <button class="button" onclick={resize(1)} aria-label="Larger text">{ "A+" }</button>
                </div>
            </div>
        </details>
    }
}
