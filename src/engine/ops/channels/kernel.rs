//! How `channels` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{Affine, ChannelDot, RowDot, Scale, Sizes, cpu};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::ops::Kernels;
use crate::ops::cut::{Cut, Put, Take};
use crate::shape::Shape;

const CHANNELS: &str = include_str!("channels.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("channels.wgsl", CHANNELS)];

impl Sizes {
    fn kernel(self, entry: &'static str, workgroups: [u32; 3], cpu: CpuKernel) -> Kernel {
        let constants = vec![("batch", self.batch as f64), ("channels", self.channels as f64), ("inner", self.inner as f64)];
        Kernel { label: entry.into(), gpu: GpuKernel { source: CHANNELS, entry, constants, workgroups }, cpu }
    }
}

impl Kernels for Affine {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::rows([true, false, false]), Cut::new([Take::Along(1), Take::Along(0), Take::Along(0)], Put::Along(1))]
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let s = Sizes::of(inputs[0]);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::affine(s, reads.f32(0), reads.f32(1), reads.f32(2), writes[0]));
        s.kernel("affine", grid(output.numel(), 64), cpu)
    }
}

impl Kernels for Scale {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        let mut cuts = Cut::planes(2);
        cuts.push(Cut::new([Take::Along(2), Take::Whole], Put::Along(2)));
        cuts
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let s = Sizes::of(inputs[0]);
        s.kernel("scale", grid(output.numel(), 64), Box::new(move |reads, writes| cpu::scale(s, reads.f32(0), reads.f32(1), writes[0])))
    }
}

impl Kernels for RowDot {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        let mut cuts = Cut::planes(2);
        cuts.push(Cut::new([Take::Along(2); 2], Put::Sum { relu: false }));
        cuts
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let s = Sizes::of(inputs[0]);
        s.kernel("row_dot", grid(output.numel(), 1), Box::new(move |reads, writes| cpu::row_dot(s, reads.f32(0), reads.f32(1), writes[0])))
    }
}

impl Kernels for ChannelDot {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::new([Take::Along(0); 2], Put::Sum { relu: false }), Cut::new([Take::Along(1); 2], Put::Along(0))]
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let s = Sizes::of(inputs[0]);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::channel_dot(s, reads.f32(0), reads.f32(1), writes[0]));
        s.kernel("channel_dot", grid(output.numel(), 1), cpu)
    }
}
