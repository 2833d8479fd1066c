//! The worker as gloo knows it: hands commands to the session, and says so when the worker breaks.
//!
//! Knows gloo's traits; knows nothing of training.

use super::codec::Packed;
use super::session::Session;
use crate::protocol::{Command, Telemetry};
use gloo::events::EventListener;
use gloo_worker::{HandlerId, Registrable, Worker, WorkerScope};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DedicatedWorkerGlobalScope;

type Tell = Rc<dyn Fn(Telemetry)>;

/// The worker: one page, one session.
pub struct Agent {
    session: Option<Session>,
}

impl Worker for Agent {
    type Message = ();
    type Input = Command;
    type Output = Telemetry;

    fn create(_: &WorkerScope<Self>) -> Self {
        Agent { session: None }
    }

    fn update(&mut self, _: &WorkerScope<Self>, (): ()) {}

    fn connected(&mut self, scope: &WorkerScope<Self>, page: HandlerId) {
        let scope = scope.clone();
        let tell: Tell = Rc::new(move |telemetry| scope.respond(page, telemetry));
        LAST_WORDS.set(Some(tell.clone()));
        self.session = Some(Session::new(tell));
    }

    fn received(&mut self, _: &WorkerScope<Self>, command: Command, _: HandlerId) {
        if let Some(session) = &self.session {
            session.command(command);
        }
    }

    fn disconnected(&mut self, _: &WorkerScope<Self>, _: HandlerId) {
        self.session = None;
    }
}

/// Makes this thread the worker; the first thing that the worker's binary does, and the only one.
pub fn register() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        let message = panic.payload_as_str().unwrap_or("it panicked");
        let place = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line())).unwrap_or_default();
        report_death(&format!("{message}{place}"));
    }));
    // What breaks without a panic: an exception from JavaScript, a trap of WebAssembly.
    EventListener::new(js_sys::global().unchecked_ref(), "error", |event| {
        let message = js_sys::Reflect::get(event, &JsValue::from("message")).ok().and_then(|message| message.as_string());
        report_death(&message.unwrap_or_else(|| "it threw an exception".into()));
    })
    .forget();
    Agent::registrar().encoding::<Packed>().register();
}

thread_local! {
    /// The way to the page, until it has been used to say what broke: one death is reported once.
    static LAST_WORDS: RefCell<Option<Tell>> = const { RefCell::new(None) };
}

/// Tells the page what broke, and ends the worker: what is left of it is in no state to go on.
fn report_death(cause: &str) {
    if let Some(tell) = LAST_WORDS.take() {
        tell(Telemetry::Failed(format!(
            "The worker broke off because of a mistake in this program: {cause}; reload the page to begin anew."
        )));
        if let Ok(worker) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
            worker.close();
        }
    }
}
