//! How `concat` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{Concat, MOST, Slice, cpu, size};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::ops::Kernels;
use crate::ops::cut::{Cut, Put, Take};
use crate::shape::Shape;

const CONCAT: &str = include_str!("concat.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("concat.wgsl", CONCAT)];

impl Kernels for Concat {
    fn cuts(&self, inputs: &[&Shape], _: &Shape) -> Vec<Cut> {
        [0, 2].map(|dim| Cut::new(vec![Take::Along(dim); inputs.len()], Put::Along(dim))).into()
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let sizes: Vec<usize> = inputs.iter().map(|shape| size(shape)).collect();
        let entry = ["two", "three", "four"][inputs.len().clamp(2, MOST) - 2];
        let at = |index: usize| sizes.get(index).copied().unwrap_or_default() as f64;
        let constants =
            vec![("n", output.numel() as f64), ("size", size(output) as f64), ("a_size", at(0)), ("b_size", at(1)), ("c_size", at(2))];
        let gpu = GpuKernel { source: CONCAT, entry, constants, workgroups: grid(output.numel(), 64) };
        Kernel { label: "concat".into(), gpu, cpu: Box::new(move |reads, writes| cpu::concat(&sizes, reads, writes[0])) }
    }
}

impl Kernels for Slice {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        [0, 2].map(|dim| Cut::new([Take::Along(dim)], Put::Along(dim))).into()
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let inner: usize = output.dims()[2..].iter().product();
        let (whole, from, size) = (size(inputs[0]), self.from * inner, size(output));
        let constants = vec![("n", output.numel() as f64), ("size", size as f64), ("a_size", whole as f64), ("b_size", from as f64)];
        let gpu = GpuKernel { source: CONCAT, entry: "stretch", constants, workgroups: grid(output.numel(), 64) };
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::stretch(whole, from, size, reads.f32(0), writes[0]));
        Kernel { label: "slice_channels".into(), gpu, cpu }
    }
}
