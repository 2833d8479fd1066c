//! Sharing: the page's address as it is now, a QR code of it for the room, and a link that hides or locks controls.

use super::permalink;
use super::state::PageState;
use crate::app::dialog::Dialog;
use crate::widgets::copy_text;
use qrcodegen::{QrCode, QrCodeEcc};
use stride_lesson::{Lesson, Part};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Settings of the run panel that a link may hide or lock, with what the reader reads beside them.
const SETTINGS: [(&str, &str); 8] = [
    ("fork", "Fork"),
    ("rewind", "Going back"),
    ("stop", "Rules by which it stops"),
    ("save-weights", "Save weights"),
    ("optimizer", "Optimizer"),
    ("learning-rate", "Learning rate"),
    ("batch-size", "Batch size"),
    ("seed", "Seed"),
];

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub name: AttrValue,
    pub heading: AttrValue,
    pub lesson: std::rc::Rc<Lesson>,
    pub state: PageState,
    pub close: Callback<()>,
}

#[component]
pub(super) fn Share(props: &Props) -> Html {
    let state = use_state(|| props.state.clone());
    let copied = use_state(|| None::<bool>);
    let address = address(&props.name, &props.heading, &state);
    let copy = {
        let (address, copied) = (address.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let (address, copied) = (address.clone(), copied.clone());
            spawn_local(async move { copied.set(Some(copy_text(&address).await)) });
        })
    };
    let said = copied.map(|done| if done { "Copied." } else { "The browser does not let this page copy; mark the address and copy it." });
    let name = |(name, label): (String, String)| {
        let state = state.clone();
        let now = match (state.hidden.contains(&name), state.locked.contains(&name)) {
            (true, _) => "hidden",
            (_, true) => "locked",
            _ => "free",
        };
        let copied = copied.clone();
        let id = format!("share-{name}");
        let onchange = {
            let name = name.clone();
            Callback::from(move |event: Event| {
                let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value()).unwrap_or_default();
                let mut changed = (*state).clone();
                changed.hidden.retain(|one| *one != name);
                changed.locked.retain(|one| *one != name);
                match chosen.as_str() {
                    "hidden" => changed.hidden.push(name.clone()),
                    "locked" => changed.locked.push(name.clone()),
                    _ => {}
                }
                state.set(changed);
                copied.set(None);
            })
        };
        html! {
            <>
                <label for={id.clone()}>{ label }</label>
                <select {id} {onchange}>
                    { for ["free", "locked", "hidden"].map(|value| html! { <option {value} selected={now == value}>{ value }</option> }) }
                </select>
            </>
        }
    };
    html! {
        <Dialog title="Share this page as it is now" close={props.close.clone()}>
            <div class="share-box">
                <div>
                    <input readonly=true aria-label="The page's address" value={address.clone()} data-testid="share-address" />
                    <button class="button primary" onclick={copy}>{ "Copy link" }</button>
                    <p class="quiet" role="status">{ for said }</p>
                    <details>
                        <summary>{ "An exercise: hide or lock controls" }</summary>
                        <div class="share-controls">{ for named(&props.lesson).into_iter().map(name) }</div>
                        <p class="quiet">{ "Results are never hidden." }</p>
                    </details>
                </div>
                { code(&address) }
            </div>
        </Dialog>
    }
}

/// What may be hidden or locked: the panel's settings where there is a panel, and the page's controls.
fn named(lesson: &Lesson) -> Vec<(String, String)> {
    let blocks = lesson.blocks();
    let has_panel = blocks.iter().any(|block| matches!(&block.part, Part::Widget(cell) if cell.name == "run-panel"));
    let settings = SETTINGS.iter().filter(|_| has_panel).map(|&(name, label)| (name.to_string(), label.to_string()));
    let controls = blocks.iter().filter_map(|block| match &block.part {
        Part::Control { name, control } => Some((name.clone(), control.label.clone())),
        _ => None,
    });
    settings.chain(controls).collect()
}

/// The page's address with this state.
fn address(name: &str, heading: &str, state: &PageState) -> String {
    let whole = gloo::utils::window().location().href().unwrap_or_default();
    let base = whole.split('#').next().unwrap_or_default();
    let place = if heading.is_empty() { format!("{base}#/{name}") } else { format!("{base}#/{name}/{heading}") };
    let letters = permalink::written(state);
    if letters.is_empty() { place } else { format!("{place}?{letters}") }
}

/// A QR code, dark on light whatever the theme is: not every camera reads the other way round.
fn code(address: &str) -> Html {
    let Ok(code) = QrCode::encode_text(address, QrCodeEcc::Low) else {
        return html! { <p class="quiet">{ "The address is too long for a QR code." }</p> };
    };
    const MARGIN: i32 = 4;
    let size = code.size();
    let dark: String = (0..size)
        .flat_map(|y| (0..size).map(move |x| (x, y)))
        .filter(|&(x, y)| code.get_module(x, y))
        .map(|(x, y)| format!("M{} {}h1v1h-1z", x + MARGIN, y + MARGIN))
        .collect();
    let all = size + 2 * MARGIN;
    html! {
        <svg class="qr" viewBox={format!("0 0 {all} {all}")} role="img" aria-label="QR code of the address" shape-rendering="crispEdges">
            <rect width={all.to_string()} height={all.to_string()} fill="#ffffff" /><path d={dark} fill="#000000" />
        </svg>
    }
}
