//! How `fill` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{Fill, cpu};
use crate::kernel::{GpuKernel, Kernel, grid};
use crate::ops::Kernels;
use crate::ops::cut::Cut;
use crate::shape::Shape;

const FILL: &str = include_str!("fill.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("fill.wgsl", FILL)];

impl Kernels for Fill {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::flat(0)]
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let (n, value) = (output.numel(), self.value);
        let constants = vec![("n", n as f64), ("value", value)];
        let gpu = GpuKernel { source: FILL, entry: "main", constants, workgroups: grid(n, 64) };
        Kernel { label: format!("fill with {value}"), gpu, cpu: cpu::fill(value as f32) }
    }
}
