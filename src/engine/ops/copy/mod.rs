//! Copies a tensor to another place: an output of a plan that is computed elsewhere. No operation of a graph.

mod cpu;

use crate::kernel::{GpuKernel, Kernel, grid};

const COPY: &str = include_str!("copy.wgsl");

/// The shader: file name and text.
pub(super) const SHADERS: &[(&str, &str)] = &[("copy.wgsl", COPY)];

/// Reads `n` numbers, writes them.
pub fn copy_kernel(n: usize) -> Kernel {
    let gpu = GpuKernel { source: COPY, entry: "main", constants: vec![("n", n as f64)], workgroups: grid(n, 64) };
    Kernel { label: "copy".into(), gpu, cpu: Box::new(cpu::copy) }
}
