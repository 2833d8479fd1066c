//! The notebook itself: routes, pages, theme.
//!
//! Knows all the other rooms, and is known by none.

mod answers;
mod bench;
mod channel;
mod contents;
mod dialog;
mod find;
mod fresh;
mod help;
mod keys;
mod load;
mod looks;
mod neighbours;
mod notes;
mod offline;
mod page;
mod route;
mod search;

use keys::{Action, Scope, use_keys};
use page::Page;
use route::{Route, use_route};
use yew::prelude::*;

/// Shows the notebook in the page's body.
pub fn start() {
    console_error_panic_hook::set_once();
    yew::Renderer::<App>::new().render();
}

/// What lies over the page.
#[derive(Clone, Copy, PartialEq)]
enum Over {
    Nothing,
    Search,
    Help,
}

#[component]
fn App() -> Html {
    let route = use_route();
    let writing = fresh::use_writing();
    let version = writing.version();
    let over = use_state_eq(|| Over::Nothing);
    let act = {
        let over = over.clone();
        use_callback((), move |(action, scope), ()| {
            if scope != Scope::Everywhere {
                return false;
            }
            match action {
                Action::Help => over.set(Over::Help),
                Action::Search => over.set(Over::Search),
                Action::Larger => looks::change_size(1),
                Action::Smaller => looks::change_size(-1),
                // Where the address cannot be changed, nothing happens.
                Action::Contents => drop(gloo::utils::window().location().set_hash("#/")),
                _ => return false,
            }
            true
        })
    };
    use_keys(act);
    let show = |what: Over| {
        let over = over.clone();
        Callback::from(move |_: MouseEvent| over.set(what))
    };
    let close = {
        let over = over.clone();
        Callback::from(move |()| over.set(Over::Nothing))
    };
    let main = match &route {
        Route::Contents => html! { <contents::Contents {version} /> },
        Route::Bench => html! { <bench::Bench /> },
        Route::Notes(name) => return html! { <main id="main"><notes::Notes name={name.clone()} {version} /></main> },
        // The key makes every lesson a page of its own, with a worker of its own.
        Route::Lesson(place) => html! { <Page key={place.name.to_string()} place={place.clone()} {version} /> },
    };
    html! {
        <>
            <a class="skip" href="#main" onclick={skip_to_main}>{ "Skip to the lesson" }</a>
            <header class="masthead">
                <a class="brand" href="#/">{ "Stride" }</a>
                <span class="motto">{ "convolutional networks, trained where you read" }</span>
                <nav class="masthead-tools" aria-label="Notebook">
                    <a class="button theme" href="#/">{ "Contents" }</a>
                    <button class="button theme" onclick={show(Over::Search)} title="/">{ "Search" }</button>
                    <looks::Looks />
                    <button class="button theme" onclick={show(Over::Help)} title="?" aria-label="Keys">{ "?" }</button>
                </nav>
            </header>
            <offline::Offline on={writing == fresh::Writing::No} writing={version > 0} />
            <main id="main" tabindex="-1">{ main }</main>
            {
                match *over {
                    Over::Nothing => Html::default(),
                    Over::Search => html! { <search::Search {close} /> },
                    Over::Help => html! { <help::Help {close} /> },
                }
            }
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
