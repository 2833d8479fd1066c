//! Parity with PyTorch in a browser: the golden cases on its WebGPU and on the CPU engine in WebAssembly. WebGPU must be on
//! (webdriver.json).
#![cfg(target_arch = "wasm32")]

mod golden;

use golden::{Set, counts_agree, run_all};
use stride_engine::device::Device;
use stride_engine::device::gpu::{Adapters, Gpu};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

macro_rules! files {
    ($($group:literal),* $(,)?) => {
        [$(($group.to_string(), include_bytes!(concat!("goldens/", $group, ".safetensors")).to_vec())),*]
    };
}

fn set() -> Set {
    let files = files![
        "activation",
        "conv1d",
        "conv2d",
        "conv_transpose2d",
        "linear",
        "loss",
        "net_inception",
        "net_lenet5",
        "net_mlp",
        "net_resnet",
        "net_resnext",
        "net_senet",
        "net_vgg",
        "norm",
        "optim",
        "pool",
        "schedule",
        "shape",
    ];
    Set::new(include_str!("goldens/manifest.json"), files.into())
}

async fn all_agree(device: &Device) {
    let set = set();
    let outcomes = run_all(&set, device, async || gloo::timers::future::TimeoutFuture::new(0).await).await;
    let passed: usize = outcomes.values().map(|outcome| outcome.passed).sum();
    for (group, outcome) in &outcomes {
        console_log!(
            "PyTorch {} on {}: {group}: {} of {}",
            set.torch,
            device.name(),
            outcome.passed,
            outcome.passed + outcome.failures.len()
        );
    }
    let failures: Vec<&str> = outcomes.values().flat_map(|outcome| &outcome.failures).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), set.cases.len(), failures.join("\n"));
    assert_eq!(passed, set.cases.len());
}

#[wasm_bindgen_test]
async fn every_case_agrees_on_webgpu() {
    all_agree(&Device::Gpu(Gpu::open(Adapters::Any).await.expect("WebGPU is on in this browser"))).await;
}

#[wasm_bindgen_test]
async fn every_case_agrees_on_the_cpu_engine() {
    all_agree(&Device::cpu()).await;
}

#[wasm_bindgen_test]
fn published_counts_come_from_the_descriptions_alone() {
    assert!(!counts_agree(&set()).is_empty());
}
