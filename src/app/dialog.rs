//! A box over the page: the browser's own `dialog`, which keeps the focus within and closes on Escape.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use yew::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = web_sys::HtmlElement, js_name = HTMLDialogElement)]
    type Box;

    #[wasm_bindgen(method, catch, js_name = showModal)]
    fn show_modal(this: &Box) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &Box) -> Result<(), JsValue>;
}

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub title: AttrValue,
    pub close: Callback<()>,
    pub children: Html,
}

#[component]
pub(super) fn Dialog(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(element) = node.cast::<web_sys::HtmlElement>() {
                // A browser without dialogs shows it where it stands.
                let _ = element.unchecked_ref::<Box>().show_modal();
            }
        });
    }
    let onclose = {
        let close = props.close.clone();
        Callback::from(move |_: Event| close.emit(()))
    };
    // The browser closes it, so that the focus goes back to where it was; then the page takes it away.
    let shut = {
        let (node, close) = (node.clone(), props.close.clone());
        move || {
            let closed = node.cast::<web_sys::HtmlElement>().map(|element| element.unchecked_ref::<Box>().close());
            if !matches!(closed, Some(Ok(()))) {
                close.emit(());
            }
        }
    };
    let press = {
        let shut = shut.clone();
        Callback::from(move |_: MouseEvent| shut())
    };
    // Escape, for fields that would take it for themselves.
    let onkeydown = {
        let shut = shut.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                shut();
            }
        })
    };
    // A press beside the box closes it.
    let onclick = {
        let node = node.clone();
        Callback::from(move |event: MouseEvent| {
            let pressed = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
            if pressed.is_some() && pressed == node.get() {
                shut();
            }
        })
    };
    html! {
        <dialog ref={node} class="dialog" aria-label={props.title.clone()} {onclose} {onclick} {onkeydown}>
            <div class="dialog-body">
                <header><h2>{ props.title.clone() }</h2><button class="button" aria-label="Close" onclick={press}>{ "✕" }</button></header>
                { props.children.clone() }
            </div>
        </dialog>
    }
}
