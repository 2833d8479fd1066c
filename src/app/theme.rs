//! Light or dark, as the system has it or as the reader chose; the choice is kept.

use gloo::storage::{LocalStorage, Storage};
use yew::prelude::*;

/// The storage key; `index.html` reads it before the first paint.
const KEY: &str = "stride-theme";

/// A button that goes through the themes.
#[component]
pub(super) fn ThemeSwitch() -> Html {
    let theme = use_state(|| LocalStorage::raw().get_item(KEY).ok().flatten().unwrap_or_default());
    let (next, label) = match theme.as_str() {
        "light" => ("dark", "Light"),
        "dark" => ("", "Dark"),
        _ => ("light", "System colours"),
    };
    let onclick = {
        let theme = theme.clone();
        Callback::from(move |_: MouseEvent| {
            apply(next);
            theme.set(next.to_string());
        })
    };
    html! { <button class="button theme" {onclick} title="Light, dark, or as the system has it">{ label }</button> }
}

fn apply(theme: &str) {
    let root = gloo::utils::document_element();
    // Where storage is denied, the theme lasts as long as the page.
    let _ = if theme.is_empty() { root.remove_attribute("data-theme") } else { root.set_attribute("data-theme", theme) };
    let _ = if theme.is_empty() { LocalStorage::raw().remove_item(KEY) } else { LocalStorage::raw().set_item(KEY, theme) };
}
