//! How `add_channels` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{AddChannels, ExpandChannels, cpu, inner};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::ops::Kernels;
use crate::ops::cut::{Cut, Put, Take};
use crate::shape::Shape;

const ADD_CHANNELS: &str = include_str!("add_channels.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("add_channels.wgsl", ADD_CHANNELS)];

/// A kernel over all numbers of `y: [batch, channels, ...]`.
fn kernel(label: &str, entry: &'static str, y: &Shape, cpu: CpuKernel) -> Kernel {
    let constants = vec![("n", y.numel() as f64), ("channels", y[1] as f64), ("inner", inner(y) as f64)];
    let gpu = GpuKernel { source: ADD_CHANNELS, entry, constants, workgroups: grid(y.numel(), 64) };
    Kernel { label: format!("{label} of {y}"), gpu, cpu }
}

impl Kernels for AddChannels {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::rows([true, false]), Cut::new([Take::Along(1), Take::Along(0)], Put::Along(1))]
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let inner = inner(output);
        kernel("add_channels", "add", output, Box::new(move |reads, writes| cpu::add(reads.f32(0), reads.f32(1), writes[0], inner)))
    }
}

impl Kernels for ExpandChannels {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::rows([false]), Cut::new([Take::Along(0)], Put::Along(1))]
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let inner = inner(output);
        kernel("expand_channels", "expand", output, Box::new(move |reads, writes| cpu::expand(reads.f32(0), writes[0], inner)))
    }
}
