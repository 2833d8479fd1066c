//! The page without a network: registers the service worker that keeps its files, and says when a newer version has arrived.

use gloo::events::EventListener;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// Not while the page is being written: what is kept would hide what has changed.
    pub on: bool,
    /// Whether it is being written: what an earlier visit kept goes.
    pub writing: bool,
}

#[component]
pub(super) fn Offline(props: &Props) -> Html {
    let waiting = use_state(|| None::<ServiceWorker>);
    {
        let waiting = waiting.clone();
        use_effect_with(props.on, move |&on| {
            let listeners: Listeners = Rc::default();
            if on && let Some(container) = container() {
                let listeners = listeners.clone();
                spawn_local(async move {
                    // Where storage is denied the page works, with a network.
                    let registered = JsFuture::from(container.register("./sw.js")).await;
                    if let Some(registration) = registered.ok().and_then(|one| one.dyn_into::<ServiceWorkerRegistration>().ok()) {
                        watch(&container, registration, &listeners, move |worker| waiting.set(Some(worker)));
                    }
                });
            }
            move || listeners.borrow_mut().clear()
        });
    }
    use_effect_with(props.writing, |&writing| {
        if writing && let Some(container) = container() {
            spawn_local(async move {
                let found = JsFuture::from(container.get_registration()).await;
                if let Some(registration) = found.ok().and_then(|one| one.dyn_into::<ServiceWorkerRegistration>().ok())
                    && let Ok(leaving) = registration.unregister()
                {
                    // Where it stays, a reload past the browser's store helps.
                    let _ = JsFuture::from(leaving).await;
                }
            });
        }
    });
    let Some(worker) = (*waiting).clone() else { return Html::default() };
    let onclick = Callback::from(move |_: MouseEvent| {
        if let Some(container) = container() {
            EventListener::once(&container, "controllerchange", |_| {
                // What the reader has set stands in the address.
                let _ = gloo::utils::window().location().reload();
            })
            .forget();
        }
        // A worker that is gone has been replaced by a newer one; the next visit gets it.
        let _ = worker.post_message(&JsValue::from_str("take over"));
    });
    html! {
        <div class="notice prose" role="status" data-testid="new-version">
            { "A new version of the notebook is here." }<button class="button" {onclick}>{ "Open it (a run ends)" }</button>
        </div>
    }
}

type Listeners = Rc<RefCell<Vec<EventListener>>>;

/// The browser's service workers, where it has them: not every browser has, and none has on a page that is not secure.
fn container() -> Option<ServiceWorkerContainer> {
    let navigator = gloo::utils::window().navigator();
    let has = js_sys::Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or_default();
    has.then(|| navigator.service_worker()).filter(|container| !container.is_undefined())
}

/// Calls `arrived` with a new version that waits. The first version of all does not: nothing older is shown.
fn watch(
    container: &ServiceWorkerContainer,
    registration: ServiceWorkerRegistration,
    listeners: &Listeners,
    arrived: impl Fn(ServiceWorker) + Clone + 'static,
) {
    let shows_an_older_one = container.controller().is_some();
    if let (Some(worker), true) = (registration.waiting(), shows_an_older_one) {
        arrived(worker);
    }
    let (found, inner) = (registration.clone(), listeners.clone());
    let listener = EventListener::new(&registration, "updatefound", move |_| {
        let Some(worker) = found.installing() else { return };
        let (new, arrived) = (worker.clone(), arrived.clone());
        let listener = EventListener::new(&worker, "statechange", move |_| {
            let is_new = container_controls();
            if new.state() == ServiceWorkerState::Installed && is_new {
                arrived(new.clone());
            }
        });
        inner.borrow_mut().push(listener);
    });
    listeners.borrow_mut().push(listener);
}

fn container_controls() -> bool {
    container().is_some_and(|container| container.controller().is_some())
}
