//! The notebook itself: routes, pages, theme.
//!
//! Knows all the other rooms, and is known by none.

mod answers;
mod bench;
mod contents;
mod fresh;
mod load;
mod page;
mod route;
mod theme;

use page::Page;
use route::{Route, use_route};
use theme::ThemeSwitch;
use yew::prelude::*;

/// Shows the notebook in the page's body.
pub fn start() {
    console_error_panic_hook::set_once();
    yew::Renderer::<App>::new().render();
}

#[component]
fn App() -> Html {
    let route = use_route();
    let version = fresh::use_version();
    let main = match &route {
        Route::Contents => html! { <contents::Contents {version} /> },
        Route::Bench => html! { <bench::Bench /> },
        // The key makes every lesson a page of its own, with a worker of its own.
        Route::Lesson(place) => html! { <Page key={place.name.to_string()} place={place.clone()} {version} /> },
    };
    html! {
        <>
            <a class="skip" href="#main" onclick={skip_to_main}>{ "Skip to the lesson" }</a>
            <header class="masthead">
                <a class="brand" href="#/">{ "Stride" }</a>
                <span class="motto">{ "convolutional networks, trained where you read" }</span>
                <ThemeSwitch />
            </header>
            <main id="main" tabindex="-1">{ main }</main>
        </>
    }
}

/// Moves the focus without touching the address, whose hash is the route.
fn skip_to_main(event: MouseEvent) {
    event.prevent_default();
    if let Some(main) = gloo::utils::document().get_element_by_id("main")
        && let Ok(main) = wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(main)
    {
        // Where it cannot be focused, nothing is lost.
        let _ = main.focus();
    }
}
