//! What lies beside the page, fetched when it is needed.

use gloo::net::http::Request;
use serde::de::DeserializeOwned;
use std::rc::Rc;
use wasm_bindgen_futures::JsFuture;
use yew::platform::spawn_local;
use yew::prelude::*;

/// How far something is.
#[derive(Debug, PartialEq)]
pub(super) enum Loaded<T> {
    /// On its way.
    Waiting,
    /// Here.
    Here(Rc<T>),
    /// There is no such file.
    Missing,
    /// It could not be fetched, and why.
    Failed(String),
}

impl<T> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        match self {
            Loaded::Waiting => Loaded::Waiting,
            Loaded::Here(here) => Loaded::Here(here.clone()),
            Loaded::Missing => Loaded::Missing,
            Loaded::Failed(reason) => Loaded::Failed(reason.clone()),
        }
    }
}

/// Fetches JSON from `address`, relative to the page; the callback tries again. While another `version` of the same is on its way, what was
/// here stays.
#[hook]
pub(super) fn use_json<T: DeserializeOwned + PartialEq + 'static>(address: String, version: u32) -> (Loaded<T>, Callback<MouseEvent>) {
    let loaded = use_state_eq(|| Loaded::Waiting);
    let attempt = use_state(|| 0u32);
    {
        let (loaded, shown) = (loaded.clone(), use_mut_ref(String::new));
        use_effect_with((address, version, *attempt), move |(address, ..)| {
            let address = address.clone();
            if *shown.borrow() != address {
                loaded.set(Loaded::Waiting);
                shown.replace(address.clone());
            }
            spawn_local(async move {
                let got = fetch(&address).await;
                // Another address may have been asked for meanwhile.
                if *shown.borrow() == address {
                    loaded.set(got);
                }
            });
        });
    }
    let retry = Callback::from(move |_| attempt.set(*attempt + 1));
    ((*loaded).clone(), retry)
}

async fn fetch<T: DeserializeOwned>(address: &str) -> Loaded<T> {
    let response = match Request::get(address).send().await {
        Ok(response) => response,
        Err(error) => return Loaded::Failed(error.to_string()),
    };
    if response.status() == 404 {
        return Loaded::Missing;
    }
    if !response.ok() {
        return Loaded::Failed(format!("the server answered {}", response.status()));
    }
    // The browser reads JSON faster than we would.
    let value = match web_sys::Response::from(response).json() {
        Ok(reading) => JsFuture::from(reading).await,
        Err(error) => Err(error),
    };
    match value.map(serde_wasm_bindgen::from_value) {
        Ok(Ok(value)) => Loaded::Here(Rc::new(value)),
        Ok(Err(error)) => Loaded::Failed(format!("it is damaged: {error}")),
        Err(_) => Loaded::Failed("it was cut short or is damaged".into()),
    }
}

/// What stands in the place of something that is not here.
pub(super) fn not_here<T>(what: &str, loaded: &Loaded<T>, retry: &Callback<MouseEvent>) -> Html {
    match loaded {
        Loaded::Waiting => html! { <p class="quiet" aria-live="polite">{ format!("Fetching {what} …") }</p> },
        Loaded::Here(_) => Html::default(),
        Loaded::Missing => html! {
            <div class="prose">
                <h1>{ "There is no such page" }</h1>
                <p>{ "This notebook has no lesson of that name. " }<a href="#/">{ "Back to the contents" }</a></p>
            </div>
        },
        Loaded::Failed(reason) => html! {
            <div class="error" role="alert">
                <p>{ format!("{what} could not be fetched ({reason}). Is the connection up?") }</p>
                <button class="button" onclick={retry}>{ "Try again" }</button>
            </div>
        },
    }
}
