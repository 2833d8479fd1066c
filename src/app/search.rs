//! The search box: all lessons, as the reader types.

use super::dialog::Dialog;
use super::find::{Found, find};
use super::load::{Loaded, use_json};
use stride_lesson::{Entry, Passage};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

/// More than this nobody reads.
const MOST: usize = 20;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub close: Callback<()>,
}

#[component]
pub(super) fn Search(props: &Props) -> Html {
    let (passages, retry) = use_json::<Vec<Passage>>("lessons/search.json".into(), 0);
    let (entries, _) = use_json::<Vec<Entry>>("lessons/index.json".into(), 0);
    let typed = use_state(String::new);
    let field = use_node_ref();
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlElement>() {
                // Where it cannot be focused, it can be pressed.
                let _ = field.focus();
            }
        });
    }
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            typed.set(input.map(|input| input.value()).unwrap_or_default());
        })
    };
    let results = match &passages {
        Loaded::Here(passages) => {
            let found = find(passages, &typed);
            let count = found.len();
            let lesson = |name: &str| match &entries {
                Loaded::Here(entries) => {
                    entries.iter().find(|entry| entry.name == name).map_or_else(|| name.to_string(), |entry| entry.front.title.clone())
                }
                _ => name.to_string(),
            };
            let words = match (typed.trim().is_empty(), count) {
                (true, _) => String::new(),
                (false, 0) => format!("Nothing has all of these words: {}", typed.trim()),
                (false, 1) => "1 passage".into(),
                (false, count) => format!("{count} passages"),
            };
            html! {
                <>
                    <p class="quiet" role="status">{ words }</p>
                    <ol class="results">{ for found.iter().take(MOST).map(|found| result(found, &lesson(&found.passage.lesson), &props.close)) }</ol>
                </>
            }
        }
        Loaded::Waiting => html! { <p class="quiet">{ "Fetching the lessons' texts …" }</p> },
        Loaded::Missing | Loaded::Failed(_) => html! {
            <p class="error" role="alert">{ "The lessons' texts could not be fetched. " }<button class="button" onclick={retry}>{ "Try again" }</button></p>
        },
    };
    // Down and up go through the results, as lists do.
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        move_focus(step);
    });
    html! {
        <Dialog title="Search" close={props.close.clone()}>
            <div class="search" {onkeydown}>
                <input ref={field} type="search" aria-label="Words to search for; mathematics as LaTeX writes it" placeholder={r"padding, \frac, batch norm …"}
                    value={(*typed).clone()} {oninput} data-testid="search" />
                { results }
            </div>
        </Dialog>
    }
}

fn result(found: &Found<'_>, lesson: &str, close: &Callback<()>) -> Html {
    let Passage { lesson: name, heading, title, .. } = found.passage;
    let address = if heading.is_empty() { format!("#/{name}") } else { format!("#/{name}/{heading}") };
    let close = close.clone();
    let onclick = Callback::from(move |_: MouseEvent| close.emit(()));
    let [before, word, after] = found.around.clone();
    html! {
        <li>
            <a href={address} {onclick}>{ if title.is_empty() { lesson.to_string() } else { title.clone() } }</a>
            <span class="quiet">{ format!(" · {lesson}") }</span>
            <p>{ before }<mark>{ word }</mark>{ after }</p>
        </li>
    }
}

/// Focuses the next thing in the box, or the one before.
fn move_focus(step: i32) {
    let document = gloo::utils::document();
    let Ok(all) = document.query_selector_all(".search input, .search a") else { return };
    let active = document.active_element();
    let now = (0..all.length()).find(|&index| all.get(index).and_then(|node| node.dyn_into().ok()) == active).unwrap_or_default();
    let next = now.saturating_add_signed(step).min(all.length().saturating_sub(1));
    if let Some(element) = all.get(next).and_then(|node| node.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
