//! How `binary` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{Binary, cpu};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, Operand, Variant, grid};
use crate::ops::cut::Cut;
use crate::ops::{Kernels, Op};
use crate::shape::Shape;

const BINARY: &str = include_str!("binary.wgsl");
const ADD: &str = include_str!("add_vec4.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("binary.wgsl", BINARY), ("add_vec4.wgsl", ADD)];

impl Kernels for Binary {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::flat(2)]
    }

    fn variants(&self, _: &[&Shape], output: &Shape) -> Vec<Variant> {
        match self {
            Binary::Add => Variant::of_vectors(ADD, "add", Vec::new(), [0, 1].map(Operand::Read).into_iter(), output.numel()),
            _ => Vec::new(),
        }
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let (function, n) = (*self, output.numel());
        let constants = vec![("n", n as f64), ("which", f64::from(function as u8))];
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::each(function, reads.f32(0), reads.f32(1), writes[0]));
        Kernel { label: self.name().into(), gpu: GpuKernel { source: BINARY, entry: "main", constants, workgroups: grid(n, 64) }, cpu }
    }
}
