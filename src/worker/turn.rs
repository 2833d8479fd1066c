//! Turns of the worker's event loop: how a long run lets messages and results in.
//!
//! Knows the browser's timers; knows nothing of what is done in a turn.

use futures::channel::oneshot;
use gloo::timers::future::TimeoutFuture;
use js_sys::Reflect;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use web_sys::{MessageChannel, Performance};

/// Milliseconds since the worker began.
pub(super) fn now_ms() -> f64 {
    thread_local! {
        static CLOCK: Option<Performance> =
            Reflect::get(&js_sys::global(), &"performance".into()).ok().and_then(|clock| clock.dyn_into().ok());
    }
    CLOCK.with(|clock| clock.as_ref().map_or_else(js_sys::Date::now, Performance::now))
}

/// Goes on after so many milliseconds or a little more.
pub(super) async fn after_ms(ms: u32) {
    TimeoutFuture::new(ms).await;
}

/// Goes on at once after what is waiting in the event loop. A timer would do, but browsers delay nested ones by 4 ms each.
pub(super) async fn next() {
    thread_local! {
        static BELL: Option<Bell> = Bell::new();
    }
    let (rung, ring) = oneshot::channel();
    let is_set = BELL.with(|bell| bell.as_ref().is_some_and(|bell| bell.ring(rung)));
    if !is_set || ring.await.is_err() {
        TimeoutFuture::new(0).await;
    }
}

/// A message that the worker sends to itself.
struct Bell {
    channel: MessageChannel,
    _listener: Closure<dyn Fn()>,
}

thread_local! {
    static WAITING: RefCell<Option<oneshot::Sender<()>>> = const { RefCell::new(None) };
}

impl Bell {
    fn new() -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let listener = Closure::<dyn Fn()>::new(|| {
            if let Some(waiting) = WAITING.take() {
                // The waiter may be gone; then nobody is to be woken.
                let _ = waiting.send(());
            }
        });
        channel.port1().set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Some(Bell { channel, _listener: listener })
    }

    fn ring(&self, waiting: oneshot::Sender<()>) -> bool {
        WAITING.set(Some(waiting));
        self.channel.port2().post_message(&JsValue::NULL).is_ok()
    }
}
