//! How messages cross between page and worker: packed into one array of bytes, without a name in it.
//!
//! Knows serde; knows nothing of what is said.

use gloo_worker::Codec;
use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsValue, throw_str};

/// Encodes with `postcard`.
pub struct Packed;

// The trait leaves no way to return an error. Both ends are built from one source, so none is expected; should one come, it is thrown,
// and the worker's agent reports it as what ended the run.
impl Codec for Packed {
    fn encode<I: Serialize>(input: I) -> JsValue {
        let bytes = postcard::to_allocvec(&input)
            .unwrap_or_else(|e| throw_str(&format!("a message between page and worker cannot be written: {e}")));
        Uint8Array::from(bytes.as_slice()).into()
    }

    fn decode<O: for<'de> Deserialize<'de>>(input: JsValue) -> O {
        postcard::from_bytes(&Uint8Array::new(&input).to_vec())
            .unwrap_or_else(|e| throw_str(&format!("a message between page and worker cannot be read: {e}")))
    }
}
