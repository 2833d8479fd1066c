//! Copies a tensor to another place: an output of a plan that is computed elsewhere, or parts of one (`slices.wgsl`, for GPUs alone). No
//! operation of a graph.

mod cpu;

use crate::kernel::{GpuKernel, Kernel, Operand, Ranges, grid};

const COPY: &str = include_str!("copy.wgsl");

/// The shader that joins the parts of what is computed in parts.
pub const SLICES: &str = include_str!("slices.wgsl");

/// The shaders: file name and text.
pub(super) const SHADERS: &[(&str, &str)] = &[("copy.wgsl", COPY), ("slices.wgsl", SLICES)];

/// Reads `n` numbers, writes them.
pub fn copy_kernel(n: usize) -> Kernel {
    let gpu = GpuKernel { source: COPY, entry: "main", constants: vec![("n", n as f64)], workgroups: grid(n, 64) };
    Kernel { label: "copy".into(), gpu, cpu: Box::new(cpu::copy) }
}

/// The same range by range.
pub fn copy_ranges(n: usize) -> Ranges {
    let along = vec![Operand::Read(0), Operand::Write(0)];
    Ranges::each(n, 1, along, copy_kernel, |range| {
        [vec![Operand::ReadPart(0, range.start, range.len())], vec![Operand::WritePart(0, range.start, range.len())]]
    })
}
