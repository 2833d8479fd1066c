//! Golden cases: what PyTorch computed, computed again here, on a device. Run natively by `goldens.rs`, in a browser by `web_goldens.rs`.

mod autodiff;
mod counts;
mod layers;
mod losses;
mod networks;
mod optimizers;
mod set;
mod settings;

pub use counts::counts_agree;
pub use set::{Case, Set};

use std::collections::BTreeMap;
use stride_engine::device::Device;

/// How many cases of a group passed, and what was wrong with the others.
#[derive(Default)]
pub struct Outcome {
    pub passed: usize,
    pub failures: Vec<String>,
}

/// Runs all cases on a device; `wait` lets a browser's event loop turn.
pub async fn run_all(set: &Set, device: &Device, wait: impl AsyncFn()) -> BTreeMap<String, Outcome> {
    let mut outcomes: BTreeMap<String, Outcome> = BTreeMap::new();
    for case in &set.cases {
        let result = run(set, case, device, &wait).await;
        let outcome = outcomes.entry(case.group.clone()).or_default();
        match result {
            Ok(()) => outcome.passed += 1,
            Err(message) => outcome.failures.push(format!("{} on {}: {message}", case.name, device.name())),
        }
    }
    outcomes
}

/// Runs one case. What cannot be run is a failure.
async fn run(set: &Set, case: &Case, device: &Device, wait: &impl AsyncFn()) -> Result<(), String> {
    match (case.group.as_str(), case.op.as_str()) {
        ("loss", _) => losses::run(set, case, device, wait).await,
        ("optim", _) => optimizers::run(set, case, device, wait).await,
        ("schedule", _) => settings::schedule(set, case),
        ("init", _) => settings::init(case),
        ("autodiff", _) => autodiff::run(case),
        (_, "net") => networks::run(set, case, device, wait).await,
        _ => layers::run(set, case, device, wait).await,
    }
}
