//! The list of keys.

use super::dialog::Dialog;
use super::keys::{KEYS, Key, Scope};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub close: Callback<()>,
}

#[component]
pub(super) fn Help(props: &Props) -> Html {
    let row = |key: &Key| html! { <><dt><kbd>{ key.label }</kbd></dt><dd>{ key.what }</dd></> };
    let list = |title: &str, scope: Scope| {
        html! {
            <section><h3>{ title.to_string() }</h3><dl class="keys">{ for KEYS.iter().filter(|key| key.scope == scope).map(row) }</dl></section>
        }
    };
    html! {
        <Dialog title="Keys" close={props.close.clone()}>
            <div class="key-lists">
                { list("Everywhere", Scope::Everywhere) }
                { list("In a lesson", Scope::Lesson) }
                { list("In lecture mode", Scope::Lecture) }
            </div>
        </Dialog>
    }
}
