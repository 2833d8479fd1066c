//! Parity with PyTorch: every case of the golden set, on every device there is. Another set is run with
//! `STRIDE_GOLDENS=DIRECTORY cargo test --release --test goldens`.
#![cfg(not(target_arch = "wasm32"))]

mod golden;

use golden::{Set, counts_agree, run_all};
use std::io::Write;
use std::path::PathBuf;
use stride_engine::device::{Device, gpu};
use stride_engine::plan::arrange::Limits;

/// Printed past the test harness, which keeps what a passing test says to itself.
macro_rules! say {
    ($($text:tt)*) => {
        writeln!(std::io::stderr(), $($text)*).expect("there is a place to write to")
    };
}

fn set() -> Set {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens");
    Set::read(&std::env::var_os("STRIDE_GOLDENS").map_or(PathBuf::from(own), PathBuf::from))
}

#[test]
fn every_case_agrees_with_pytorch_on_every_device() {
    let set = set();
    let mut devices = vec![Device::cpu()];
    match pollster::block_on(gpu::Gpu::open(gpu::Adapters::Any)) {
        Ok(gpu) => devices.push(Device::Gpu(gpu)),
        // Where set-up has seen to a GPU, even one of software, the tests of the GPU must not vanish in silence.
        Err(error) if std::env::var_os("STRIDE_NEEDS_GPU").is_some() => panic!("there must be a GPU here: {error}"),
        Err(error) => say!("only the CPU is tested: {error}"),
    }
    agree(&set, &devices);
}

/// A device that takes little at once computes the larger tensors in parts.
#[test]
fn every_case_agrees_with_pytorch_in_parts() {
    let Ok(mut gpu) = pollster::block_on(gpu::Gpu::open(gpu::Adapters::Any)) else { return };
    gpu.set_limits(Limits::new(32 << 10, 16 << 10));
    agree(&set(), &[Device::Gpu(gpu)]);
}

fn agree(set: &Set, devices: &[Device]) {
    let mut failures = Vec::new();
    for device in devices {
        say!("PyTorch {} on {}:", set.torch, device.name());
        let outcomes = pollster::block_on(run_all(set, device, async || std::thread::yield_now()));
        let (mut passed, mut total) = (0, 0);
        for (group, outcome) in outcomes {
            let cases = outcome.passed + outcome.failures.len();
            say!("  {group}: {} of {cases}", outcome.passed);
            passed += outcome.passed;
            total += cases;
            failures.extend(outcome.failures);
        }
        say!("  in all: {passed} of {total}");
        assert_eq!(total, set.cases.len());
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn published_counts_come_from_the_descriptions_alone() {
    for line in counts_agree(&set()) {
        say!("{line}");
    }
}
