//! A field for one number, which keeps what is being typed until it is given.
//!
//! The panel is drawn again several times a second while a run runs; without a draft of its own a field would be set back under the
//! reader's fingers. Knows text; knows nothing of what it means.

use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub testid: AttrValue,
    /// What is in force.
    pub value: AttrValue,
    /// Only whole numbers from 0 on.
    #[prop_or_default]
    pub whole: bool,
    /// Whether it only shows.
    #[prop_or_default]
    pub disabled: bool,
    /// Told what was typed, by Enter or by leaving the field. Escape takes it back.
    pub give: Callback<String>,
}

#[component]
pub(super) fn Field(props: &Props) -> Html {
    let draft = use_state(|| None::<AttrValue>);
    let oninput = {
        let draft = draft.clone();
        Callback::from(move |event: InputEvent| draft.set(Some(written(&event).into())))
    };
    let onchange = {
        let (draft, give) = (draft.clone(), props.give.clone());
        Callback::from(move |event: Event| {
            draft.set(None);
            give.emit(written(&event));
        })
    };
    let onkeydown = {
        let draft = draft.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                draft.set(None);
            }
        })
    };
    let value = (*draft).clone().unwrap_or_else(|| props.value.clone());
    let (kind, mode) = if props.whole { ("number", "numeric") } else { ("text", "decimal") };
    html! {
        <input type={kind} inputmode={mode} min="0" data-testid={props.testid.clone()} {value} {oninput} {onchange}
            {onkeydown} disabled={props.disabled} />
    }
}

/// What stands in the field.
pub(super) fn written(event: &Event) -> String {
    let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    field.map(|field| field.value().trim().to_string()).unwrap_or_default()
}
