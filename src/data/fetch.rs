//! Bytes from the network or from a reader's file, in a browser's page or worker: streamed, checked, decompressed by the browser itself.
//!
//! Knows the browser; knows nothing of what the bytes mean. Every error is the middle of a sentence, without capital and full stop.

use futures::future::{Either, select};
use gloo::timers::future::TimeoutFuture;
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, Crypto, ReadableStream, ReadableStreamDefaultReader, ReadableWritablePair, RequestCache, RequestInit, Response, Window,
    WorkerGlobalScope,
};

/// How long to wait for the next bytes, in milliseconds.
const PATIENCE_MS: u32 = 30_000;

/// What may be answered from the browser's cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// Whatever it holds.
    Any,
    /// What the server confirms to be up to date.
    Confirmed,
    /// Nothing: fetch anew.
    Nothing,
}

/// Fetches `url`, which messages call `name`; more than `limit` bytes are an error. `on_bytes` hears how many bytes are in so far.
pub async fn fetch(url: &str, name: &str, cache: Cache, limit: usize, on_bytes: impl FnMut(u64)) -> Result<Vec<u8>, String> {
    let response = request(url, cache).await.map_err(|why| format!("{name} could not be fetched ({why})"))?;
    if !response.ok() {
        return Err(format!("{name} could not be fetched (the server answered {})", response.status()));
    }
    // Servers for one-page apps answer with the page where a file is missing.
    let kind = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    if kind.starts_with("text/html") {
        return Err(format!("{name} could not be fetched (the server has a page in its place)"));
    }
    let stream = response.body().ok_or_else(|| format!("{name} could not be fetched (the answer was empty)"))?;
    read_all(&stream, limit, on_bytes).await.map_err(|why| format!("{name} could not be fetched in full ({why})"))
}

/// Undoes gzip, whose own checksum is checked by the browser; more than `limit` bytes of result are an error.
pub async fn gunzip(bytes: &[u8], name: &str, limit: usize) -> Result<Vec<u8>, String> {
    let stream = decompressor(bytes).map_err(|e| format!("{name} cannot be decompressed by this browser ({})", words(&e)))?;
    read_all(&stream, limit, |_| ()).await.map_err(|why| format!("{name} cannot be decompressed, it is damaged ({why})"))
}

/// SHA-256 in hexadecimal; `None` where the page is no secure context (neither https nor localhost), for there browsers offer none.
pub async fn sha256(bytes: &[u8]) -> Option<String> {
    let crypto: Crypto = Reflect::get(&js_sys::global(), &"crypto".into()).ok()?.dyn_into().ok()?;
    let subtle = crypto.subtle();
    if subtle.is_undefined() {
        return None;
    }
    let digest = JsFuture::from(subtle.digest_with_str_and_u8_array("SHA-256", bytes).ok()?).await.ok()?;
    Some(Uint8Array::new(&digest).to_vec().iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn request(url: &str, cache: Cache) -> Result<Response, String> {
    let options = RequestInit::new();
    options.set_cache(match cache {
        Cache::Any => RequestCache::Default,
        Cache::Confirmed => RequestCache::NoCache,
        Cache::Nothing => RequestCache::Reload,
    });
    let global = js_sys::global();
    let promise = match (global.dyn_ref::<WorkerGlobalScope>(), global.dyn_ref::<Window>()) {
        (Some(worker), _) => worker.fetch_with_str_and_init(url, &options),
        (None, Some(window)) => window.fetch_with_str_and_init(url, &options),
        (None, None) => return Err("this is neither a page nor a worker".into()),
    };
    patiently(promise).await?.dyn_into().map_err(|_| "the browser gave no answer".into())
}

fn decompressor(bytes: &[u8]) -> Result<ReadableStream, JsValue> {
    let blob = Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))?;
    let constructor: Function = Reflect::get(&js_sys::global(), &"DecompressionStream".into())?.dyn_into()?;
    let gzip = Reflect::construct(&constructor, &Array::of1(&"gzip".into()))?;
    Ok(blob.stream().pipe_through(gzip.unchecked_ref::<ReadableWritablePair>()))
}

/// A stream being read; whoever stops early, or drops the future that reads, ends the transfer too.
struct Reading(ReadableStreamDefaultReader);

impl Drop for Reading {
    fn drop(&mut self) {
        let end = JsFuture::from(self.0.cancel());
        // A stream that broke refuses to be cancelled, which is no news.
        spawn_local(async move { drop(end.await) });
    }
}

async fn read_all(stream: &ReadableStream, limit: usize, mut on_bytes: impl FnMut(u64)) -> Result<Vec<u8>, String> {
    let reading = Reading(stream.get_reader().unchecked_into());
    let mut bytes = Vec::new();
    loop {
        let step = patiently(reading.0.read()).await?;
        if Reflect::get(&step, &"done".into()).is_ok_and(|done| done.is_truthy()) {
            return Ok(bytes);
        }
        let chunk = Reflect::get(&step, &"value".into()).map_err(|e| words(&e))?;
        let chunk: Uint8Array = chunk.dyn_into().map_err(|_| "the stream gave something else than bytes")?;
        let (before, after) = (bytes.len(), bytes.len() + chunk.length() as usize);
        if after > limit {
            return Err(format!("it is longer than {limit} bytes"));
        }
        bytes.resize(after, 0);
        chunk.copy_to(&mut bytes[before..]);
        on_bytes(after as u64);
    }
}

async fn patiently(promise: Promise) -> Result<JsValue, String> {
    match select(JsFuture::from(promise), TimeoutFuture::new(PATIENCE_MS)).await {
        Either::Left((result, _)) => result.map_err(|e| words(&e)),
        Either::Right(_) => Err(format!("nothing came for {} seconds", PATIENCE_MS / 1000)),
    }
}

/// What the browser says went wrong.
fn words(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()).trim_end_matches('.').to_owned(),
        None => error.as_string().unwrap_or_else(|| "the browser does not say why".into()),
    }
}
