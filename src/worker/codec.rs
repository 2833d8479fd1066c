//! How messages cross between page and worker: as JavaScript objects, with images and long vectors as single byte arrays.
//!
//! Knows serde; knows nothing of what is said.

use gloo_worker::Codec;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsValue, throw_str};

/// Encodes with `serde-wasm-bindgen`.
pub struct Objects;

// The trait leaves no way to return an error. Both ends are built from one source, so none is expected; should one come, it is thrown,
// and the worker's agent reports it as what ended the run.
impl Codec for Objects {
    fn encode<I: Serialize>(input: I) -> JsValue {
        serde_wasm_bindgen::to_value(&input)
            .unwrap_or_else(|e| throw_str(&format!("a message between page and worker cannot be written: {e}")))
    }

    fn decode<O: for<'de> Deserialize<'de>>(input: JsValue) -> O {
        serde_wasm_bindgen::from_value(input)
            .unwrap_or_else(|e| throw_str(&format!("a message between page and worker cannot be read: {e}")))
    }
}
