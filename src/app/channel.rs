//! What the lecturer's two windows say to each other: where the lecture is.
//!
//! Knows the browser's channel between windows of one page; knows nothing of sections or notes.

use serde::{Deserialize, Serialize};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

const NAME: &str = "stride-lecture";

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Said {
    /// The lecture is here.
    At {
        /// The lesson's name.
        lesson: String,
        /// Which section, counted from 0.
        section: usize,
    },
    /// A notes window has opened and asks where the lecture is.
    Where,
    /// A key was pressed in the notes window: forward or back.
    Go {
        /// In the lesson of this name.
        lesson: String,
        /// 1 or -1.
        step: i32,
    },
}

/// One window's end of the channel; closed when dropped.
pub(super) struct Channel {
    channel: BroadcastChannel,
    _hear: Closure<dyn Fn(MessageEvent)>,
}

impl Channel {
    /// Opens the channel, if this browser has such; `hear` is called with what other windows say.
    pub(super) fn open(hear: impl Fn(Said) + 'static) -> Option<Rc<Channel>> {
        let channel = BroadcastChannel::new(NAME).ok()?;
        let closure = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            // Another version of the page may say what this one does not know.
            if let Some(said) = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
                hear(said);
            }
        });
        channel.set_onmessage(Some(closure.as_ref().unchecked_ref()));
        Some(Rc::new(Channel { channel, _hear: closure }))
    }

    pub(super) fn say(&self, said: &Said) {
        let text = serde_json::to_string(said).unwrap_or_default();
        // Nobody listens to a channel that is closed.
        let _ = self.channel.post_message(&JsValue::from_str(&text));
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}
