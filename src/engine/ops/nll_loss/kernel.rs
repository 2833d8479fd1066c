//! How `nll_loss` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{NllLoss, NllLossGrad, cpu};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::ops::cut::{Cut, Put, Take};
use crate::ops::{Kernels, Op};
use crate::shape::Shape;

const NLL_LOSS: &str = include_str!("nll_loss.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("nll_loss.wgsl", NLL_LOSS)];

impl Kernels for NllLoss {
    fn cuts(&self, inputs: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::new([Take::Along(0); 2], Put::Sum { relu: false }).of("total", inputs[0][0])]
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let classes = inputs[0][1];
        let cpu: CpuKernel = Box::new(move |reads, writes| writes[0][0] = cpu::mean(classes, reads.f32(0), reads.f32(1)));
        kernel("nll_loss", "mean", inputs[0], [1, 1, 1], cpu)
    }
}

impl Kernels for NllLossGrad {
    fn cuts(&self, _: &[&Shape], output: &Shape) -> Vec<Cut> {
        vec![Cut::rows([true, false]).of("total", output[0])]
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let classes = self.classes;
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::backward(classes, reads.f32(0), reads.f32(1)[0], writes[0]));
        kernel(self.name(), "backward", output, grid(output.numel(), 64), cpu)
    }
}

fn kernel(label: &str, entry: &'static str, rows: &Shape, workgroups: [u32; 3], cpu: CpuKernel) -> Kernel {
    let constants = vec![("n", rows[0] as f64), ("classes", rows[1] as f64)];
    Kernel { label: label.into(), gpu: GpuKernel { source: NLL_LOSS, entry, constants, workgroups }, cpu }
}
