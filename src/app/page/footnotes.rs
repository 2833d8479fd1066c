//! Footnotes and glossary terms: a card beside the word on pointing, on tapping (which pins it) and on focus; and the notes at the page's end.

use super::prose::raw;
use crate::app::load::{Loaded, use_json};
use gloo::events::EventListener;
use std::rc::Rc;
use stride_lesson::{Footnote, Glossary, Lesson};
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct PointingProps {
    pub lesson: Rc<Lesson>,
    pub children: Html,
}

/// What is pointed at.
#[derive(Clone, PartialEq)]
struct Pointed {
    what: What,
    /// Where the card stands, from the page's left and top, in CSS pixels.
    at: (f64, f64),
    pinned: bool,
}

#[derive(Clone, PartialEq)]
enum What {
    Footnote(String),
    Term(String),
}

/// Watches its children for words that have something to say.
#[component]
pub(super) fn Pointing(props: &PointingProps) -> Html {
    let pointed = use_state_eq(|| None::<Pointed>);
    let point = {
        let pointed = pointed.clone();
        move |event: &Event, pinned: bool| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            // A card that is pointed at stays.
            if target.as_ref().is_some_and(|target| target.closest(".card").is_ok_and(|card| card.is_some())) {
                return;
            }
            let found = target.and_then(|target| what(&target));
            match found {
                Some((what, element)) => {
                    if pinned {
                        event.prevent_default();
                    }
                    if pinned || !pointed.as_ref().is_some_and(|shown| shown.pinned) {
                        pointed.set(Some(Pointed { what, at: below(&element), pinned }));
                    }
                }
                None if pinned || pointed.as_ref().is_some_and(|shown| !shown.pinned) => pointed.set(None),
                None => {}
            }
        }
    };
    let onpointerover = {
        let point = point.clone();
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() == "mouse" {
                point(&event, false);
            }
        })
    };
    let onfocusin = {
        let point = point.clone();
        Callback::from(move |event: FocusEvent| point(&event, false))
    };
    let onclick = Callback::from(move |event: MouseEvent| point(&event, true));
    {
        // Wherever the focus is, Escape takes the card away.
        let shown = pointed.clone();
        use_effect_with(pointed.is_some(), move |&is_shown| {
            let listener = is_shown.then(|| {
                EventListener::new(&gloo::utils::window(), "keydown", move |event| {
                    if event.dyn_ref::<web_sys::KeyboardEvent>().is_some_and(|event| event.key() == "Escape") {
                        shown.set(None);
                    }
                })
            });
            move || drop(listener)
        });
    }
    html! {
        <div class="pointing" {onpointerover} {onfocusin} {onclick}>
            { props.children.clone() }
            // One node, with or without a card: lists of other lengths would make the page anew.
            if let Some(pointed) = (*pointed).clone() {
                <Card {pointed} lesson={props.lesson.clone()} />
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct CardProps {
    pointed: Pointed,
    lesson: Rc<Lesson>,
}

#[component]
fn Card(props: &CardProps) -> Html {
    let body = match &props.pointed.what {
        What::Footnote(name) => match props.lesson.footnotes.iter().find(|note| note.name == *name) {
            Some(note) => raw(&note.html),
            None => return Html::default(),
        },
        What::Term(term) => html! { <Term term={term.clone()} /> },
    };
    let (left, top) = props.pointed.at;
    html! { <div class="card prose" role="status" style={format!("left: {left:.0}px; top: {top:.0}px")}>{ body }</div> }
}

#[derive(Properties, PartialEq)]
struct TermProps {
    term: String,
}

/// A term's explanation; the glossary is fetched when the first is asked for.
#[component]
fn Term(props: &TermProps) -> Html {
    let (loaded, _) = use_json::<Glossary>("lessons/glossary.json".into(), 0);
    match &loaded {
        Loaded::Here(glossary) => glossary.get(&props.term).map(|html| raw(html)).unwrap_or_default(),
        Loaded::Waiting => html! { "…" },
        Loaded::Missing | Loaded::Failed(_) => html! { "The glossary could not be fetched." },
    }
}

/// The word that an element is or stands in, if it has something to say.
fn what(target: &Element) -> Option<(What, Element)> {
    let element = target.closest("a.footnote, a[title^='term:']").ok()??;
    let what = match element.get_attribute("data-footnote") {
        Some(name) => What::Footnote(name),
        None => What::Term(element.get_attribute("title")?.strip_prefix("term:")?.to_string()),
    };
    Some((what, element))
}

/// A place under an element, within the window, measured from the page's left and top.
fn below(element: &Element) -> (f64, f64) {
    const WIDTH: f64 = 336.0;
    let (place, window) = (element.get_bounding_client_rect(), gloo::utils::window());
    let number = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or(1024.0);
    let (wide, scrolled) = (number(window.inner_width()), window.page_y_offset().unwrap_or_default());
    (place.left().min(wide - WIDTH - 16.0).max(16.0), place.bottom() + scrolled + 8.0)
}

#[derive(Properties, PartialEq)]
pub(super) struct NotesProps {
    pub lesson: Rc<Lesson>,
}

/// All footnotes, at the end of the page.
#[component]
pub(super) fn Footnotes(props: &NotesProps) -> Html {
    if props.lesson.footnotes.is_empty() {
        return Html::default();
    }
    let note = |note: &Footnote| html! { <li id={format!("footnote-{}", note.name)}>{ raw(&note.html) }</li> };
    html! {
        <section class="footnotes prose" aria-label="Footnotes"><ol>{ for props.lesson.footnotes.iter().map(note) }</ol></section>
    }
}
