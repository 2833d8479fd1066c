//! How `sum_channels` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{MANY, SumChannels, cpu};
use crate::kernel::{Family, GpuKernel, Kernel, Operand, Pass, Variant, grid};
use crate::ops::Kernels;
use crate::ops::cut::{Cut, Put, Take};
use crate::shape::Shape;

const SUM_CHANNELS: &str = include_str!("sum_channels.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("sum_channels.wgsl", SUM_CHANNELS)];

impl Kernels for SumChannels {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::new([Take::Along(0)], Put::Sum { relu: false }), Cut::new([Take::Along(1)], Put::Along(0))]
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let (batch, channels) = (inputs[0][0], output[0]);
        let inner = inputs[0].dims()[2..].iter().product();
        // A workgroup a channel; where the channels are many and lie side by side, an invocation a channel reads them better.
        let (entry, workgroups) = if inner == 1 && channels >= MANY { ("rows", grid(channels, 64)) } else { ("main", grid(channels, 1)) };
        Kernel {
            label: format!("sum_channels of {}", inputs[0]),
            gpu: GpuKernel {
                source: SUM_CHANNELS,
                entry,
                constants: vec![("batch", batch as f64), ("channels", channels as f64), ("inner", inner as f64)],
                workgroups,
            },
            cpu: Box::new(move |reads, writes| cpu::sum_channels(reads.f32(0), writes[0], inner)),
        }
    }

    /// An invocation a channel where nothing is to be shared.
    fn variants(&self, inputs: &[&Shape], output: &Shape) -> Vec<Variant> {
        let (batch, channels) = (inputs[0][0], output[0]);
        if inputs[0].rank() > 2 || batch > 4096 {
            return Vec::new();
        }
        let pass = Pass {
            source: vec![SUM_CHANNELS],
            entry: "rows",
            constants: vec![("batch", batch as f64), ("channels", channels as f64)],
            workgroups: grid(channels, 64),
            reads: vec![Operand::Read(0)],
            writes: vec![Operand::Write(0)],
        };
        vec![Variant::single(Family::Registers, pass)]
    }
}
