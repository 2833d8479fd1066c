//! How `unary` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{Unary, cpu};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::ops::cut::Cut;
use crate::ops::{Kernels, Op};
use crate::shape::Shape;

const UNARY: &str = include_str!("unary.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("unary.wgsl", UNARY)];

impl Kernels for Unary {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::flat(1)]
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let (function, n) = (*self, output.numel());
        let constants = vec![("n", n as f64), ("which", f64::from(function as u8))];
        let cpu: CpuKernel = Box::new(move |reads, writes| {
            for (y, &x) in writes[0].iter_mut().zip(reads.f32(0)) {
                *y = cpu::single(function, x);
            }
        });
        Kernel { label: self.name().into(), gpu: GpuKernel { source: UNARY, entry: "main", constants, workgroups: grid(n, 64) }, cpu }
    }
}
