//! The lessons before and after, at a page's end.

use super::load::{Loaded, use_json};
use stride_lesson::Entry;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// The name of the lesson between them.
    pub name: AttrValue,
}

#[component]
pub(super) fn Neighbours(props: &Props) -> Html {
    let (loaded, _) = use_json::<Vec<Entry>>("lessons/index.json".into(), 0);
    // Without the contents a page is still a page.
    let Loaded::Here(entries) = &loaded else { return Html::default() };
    let Some(here) = entries.iter().position(|entry| *entry.name == *props.name) else { return Html::default() };
    let link = |index: usize, word: &str, class: &'static str| {
        entries.get(index).map(|entry| {
            html! { <a {class} href={format!("#/{}", entry.name)}><span class="quiet">{ word.to_string() }</span>{ entry.front.title.clone() }</a> }
        })
    };
    html! {
        <nav class="neighbours prose" aria-label="Lessons before and after">
            { for here.checked_sub(1).and_then(|index| link(index, "Before: ", "before")) }
            { for link(here + 1, "Next: ", "after") }
        </nav>
    }
}
