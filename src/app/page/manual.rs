//! The end of the page that documents lessons: every widget there is.

use crate::widgets::{WIDGETS, Widget};
use yew::prelude::*;

/// The name of that page, which the lessons' tool makes.
pub(super) const NAME: &str = "cells";

#[component]
pub(super) fn Widgets() -> Html {
    let row = |widget: &Widget| html! { <tr><th scope="row"><code>{ widget.name }</code></th><td>{ widget.about }</td></tr> };
    html! {
        <section class="prose" aria-label="Widgets">
            <h2>{ "Widgets" }</h2>
            <table><thead><tr><th scope="col">{ "Name" }</th><th scope="col">{ "What it shows" }</th></tr></thead>
                <tbody>{ for WIDGETS.iter().map(row) }</tbody></table>
        </section>
    }
}
