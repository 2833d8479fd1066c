//! Every kernel is listed where its operation is, is valid WGSL, and has a twin.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use stride_engine::{ops, optim};

fn engine() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine")
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found
}

fn listed() -> impl Iterator<Item = (&'static str, &'static str)> {
    ops::SHADERS.iter().flat_map(|(_, shaders)| *shaders).chain(optim::SHADERS).copied()
}

#[test]
fn every_shader_is_listed() {
    let on_disk: BTreeSet<String> =
        files(&engine(), "wgsl").iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    let listed: BTreeSet<String> = listed().map(|(name, _)| name.to_string()).collect();
    assert_eq!(on_disk, listed);
}

#[test]
fn every_shader_is_valid() {
    for (name, text) in listed() {
        let module = naga::front::wgsl::parse_str(text).unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(text)));
        naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
}

#[test]
fn every_kernel_of_an_operation_has_a_twin() {
    for path in files(&engine().join("ops"), "wgsl") {
        assert!(path.with_file_name("cpu.rs").exists(), "{} has no twin cpu.rs beside it", path.display());
    }
}
