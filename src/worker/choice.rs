//! Which device runs, and why, in words.
//!
//! Knows the reader's wish and what the browser offers; knows nothing of what will run.

use crate::protocol::{DeviceKind, DeviceReport, DeviceWish};
use js_sys::{Function, Promise, Reflect};
use stride_engine::device::Device;
use stride_engine::device::gpu::{Adapters, Gpu};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What the CPU engine is called.
const CPU_NAME: &str = "CPU (Rust in WebAssembly)";

/// Opens the device that the reader wants, or else the best there is.
pub(super) async fn choose(wish: DeviceWish) -> (Device, DeviceReport) {
    if wish == DeviceWish::Cpu {
        return cpu("the page's address asks for it (?device=cpu)");
    }
    let Some(adapter) = adapter().await else {
        let asked = if wish == DeviceWish::WebGpu { "WebGPU was asked for, but " } else { "" };
        return cpu(&format!("{asked}this browser offers no WebGPU adapter"));
    };
    let (name, software) = describe(&adapter);
    if software && wish == DeviceWish::Best {
        return cpu(&format!("the only WebGPU adapter ({name}) computes in software; add ?device=webgpu to use it all the same"));
    }
    match Gpu::open(Adapters::Any).await {
        Ok(gpu) => {
            let why = match (wish, software) {
                (_, true) => "WebGPU was asked for; this adapter computes in software, so it is slower than a GPU",
                (DeviceWish::WebGpu, false) => "WebGPU was asked for",
                (_, false) => "this browser offers WebGPU",
            };
            (Device::Gpu(gpu), DeviceReport { kind: DeviceKind::Gpu, name: format!("WebGPU ({name})"), why: why.into() })
        }
        Err(error) => cpu(&error.to_string()),
    }
}

fn cpu(why: &str) -> (Device, DeviceReport) {
    (Device::cpu(), DeviceReport { kind: DeviceKind::Cpu, name: CPU_NAME.into(), why: why.into() })
}

/// The browser's best adapter, asked past wgpu, which does not tell vendor and architecture.
async fn adapter() -> Option<JsValue> {
    let gpu = get(&get(&js_sys::global(), "navigator")?, "gpu")?;
    let request: Function = get(&gpu, "requestAdapter")?.dyn_into().ok()?;
    let options = js_sys::Object::new();
    Reflect::set(&options, &"powerPreference".into(), &"high-performance".into()).ok()?;
    let promise: Promise = request.call1(&gpu, &options).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok().filter(|adapter| !adapter.is_null() && !adapter.is_undefined())
}

/// A name to show, and whether the adapter computes in software.
fn describe(adapter: &JsValue) -> (String, bool) {
    let info = get(adapter, "info").unwrap_or(JsValue::UNDEFINED);
    let text = |key: &str| get(&info, key).and_then(|value| value.as_string()).filter(|text| !text.is_empty());
    let words: Vec<String> = ["vendor", "architecture", "description"].into_iter().filter_map(text).collect();
    let is_fallback = [&info, adapter].into_iter().any(|of| get(of, "isFallbackAdapter").is_some_and(|value| value.is_truthy()));
    let name = if words.is_empty() { "name withheld by the browser".to_string() } else { words.join(" ") };
    let lower = name.to_lowercase();
    let is_software = ["swiftshader", "llvmpipe", "lavapipe", "basic render", "software"].iter().any(|known| lower.contains(known));
    (name, is_fallback || is_software)
}

fn get(of: &JsValue, key: &str) -> Option<JsValue> {
    Reflect::get(of, &key.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}
