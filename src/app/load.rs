//! Texts that lie beside the page, fetched when they are needed.

use gloo::net::http::Request;
use std::rc::Rc;
use yew::platform::spawn_local;
use yew::prelude::*;

/// How far a text is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Loaded {
    /// On its way.
    Waiting,
    /// Here.
    Text(Rc<str>),
    /// There is no such file.
    Missing,
    /// It could not be fetched, and why.
    Failed(String),
}

/// Fetches `address`, relative to the page; the callback tries again.
#[hook]
pub(super) fn use_text(address: String) -> (Loaded, Callback<MouseEvent>) {
    let loaded = use_state(|| Loaded::Waiting);
    let attempt = use_state(|| 0u32);
    {
        let loaded = loaded.clone();
        use_effect_with((address, *attempt), move |(address, _)| {
            let address = address.clone();
            loaded.set(Loaded::Waiting);
            spawn_local(async move { loaded.set(fetch(&address).await) });
        });
    }
    let retry = Callback::from(move |_| attempt.set(*attempt + 1));
    ((*loaded).clone(), retry)
}

async fn fetch(address: &str) -> Loaded {
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
    match response.text().await {
        Ok(text) => Loaded::Text(text.into()),
        Err(error) => Loaded::Failed(error.to_string()),
    }
}

/// What stands in the place of a text that is not here.
pub(super) fn not_here(what: &str, loaded: &Loaded, retry: &Callback<MouseEvent>) -> Html {
    match loaded {
        Loaded::Waiting => html! { <p class="quiet" aria-live="polite">{ format!("Fetching {what} …") }</p> },
        Loaded::Text(_) => Html::default(),
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
