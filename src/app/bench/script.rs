//! What scripts find on the window: `benchReady`, the device's name once it is open, and `runBench(workload, steps, size)`.
//!
//! `runBench` resolves to `{ ms_per_step, loss, steps, memory_bytes, flops }`, or is rejected with one sentence. `size` may be left out;
//! it says `batch`, `width` or `depth` where they are not to be the usual ones.

use crate::bench::{NAMES, Workload};
use crate::protocol::Speed;
use crate::worker::meter::Meter;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

const READY: &str = "benchReady";
const RUN: &str = "runBench";

/// The most steps that may be asked for.
const MOST_STEPS: u32 = 100_000;

type Run = dyn Fn(JsValue, JsValue, JsValue) -> Promise;

/// What is on the window as long as this is kept.
pub(super) struct Offer {
    _run: Closure<Run>,
}

impl Offer {
    /// Lets scripts measure with this meter.
    pub(super) fn new(meter: Meter) -> Self {
        let run = Closure::<Run>::new(move |name: JsValue, steps: JsValue, size: JsValue| {
            let (meter, asked) = (meter.clone(), asked(&name, &steps, &size));
            future_to_promise(async move {
                let (workload, steps) = asked.map_err(error)?;
                let speed = meter.measure(workload, steps, None).await.map_err(error)?;
                answer(&workload, &speed)
            })
        });
        set(RUN, run.as_ref());
        Offer { _run: run }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        for name in [READY, RUN] {
            // A window that will not let go of it keeps a function that says so when it is called.
            let _ = Reflect::delete_property(&gloo::utils::window(), &name.into());
        }
    }
}

/// Says that the device is open.
pub(super) fn announce(device: &str) {
    set(READY, &device.into());
}

fn set(name: &str, value: &JsValue) {
    // A window that takes no properties has no scripts that look for them.
    let _ = Reflect::set(&gloo::utils::window(), &name.into(), value);
}

fn error(message: String) -> JsValue {
    js_sys::Error::new(&message).into()
}

/// The workload and the number of steps, if they make sense.
fn asked(name: &JsValue, steps: &JsValue, size: &JsValue) -> Result<(Workload, u32), String> {
    let name = name.as_string().unwrap_or_default();
    let workload = Workload::named(&name).ok_or_else(|| format!("There is no workload '{name}'; there are {}.", NAMES.join(", ")))?;
    let steps = whole(steps, MOST_STEPS).ok_or_else(|| format!("The number of steps must be a whole number from 1 to {MOST_STEPS}."))?;
    Ok((sized(workload, size)?, steps))
}

fn sized(workload: Workload, size: &JsValue) -> Result<Workload, String> {
    let Workload::Step(mut training) = workload else { return Ok(workload) };
    if let Some(size) = size.dyn_ref::<Object>() {
        for key in Object::keys(size).iter().filter_map(|key| key.as_string()) {
            let value = Reflect::get(size, &key.as_str().into()).unwrap_or_default();
            let place = match key.as_str() {
                "batch" => &mut training.batch,
                "width" => &mut training.width,
                "depth" => &mut training.depth,
                _ => return Err(format!("A size has batch, width and depth; '{key}' is none of them.")),
            };
            *place = whole(&value, u32::MAX).ok_or_else(|| format!("The {key} must be a whole number of 1 or more."))? as usize;
        }
    }
    let workload = Workload::Step(training);
    workload.check().map(|()| workload).map_err(|error| error.to_string())
}

/// A whole number from 1 to `most`.
fn whole(value: &JsValue, most: u32) -> Option<u32> {
    value.as_f64().filter(|number| number.fract() == 0.0 && (1.0..=f64::from(most)).contains(number)).map(|number| number as u32)
}

fn answer(workload: &Workload, speed: &Speed) -> Result<JsValue, JsValue> {
    let flops = workload.flops().map_err(|e| error(e.to_string()))?;
    let answer = Object::new();
    let numbers = [
        ("ms_per_step", speed.ms_per_step),
        ("loss", speed.loss.into()),
        ("steps", speed.steps.into()),
        ("memory_bytes", speed.memory_bytes as f64),
        ("flops", flops as f64),
    ];
    for (name, number) in numbers {
        Reflect::set(&answer, &name.into(), &number.into())?;
    }
    Ok(answer.into())
}
