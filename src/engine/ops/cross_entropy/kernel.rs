//! How `cross_entropy` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{CrossEntropy, CrossEntropyGrad, Reduction, cpu};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::ops::Kernels;
use crate::ops::cut::{Cut, Put, Take};
use crate::shape::Shape;

const CROSS_ENTROPY: &str = include_str!("cross_entropy.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("cross_entropy.wgsl", CROSS_ENTROPY)];

impl Kernels for CrossEntropy {
    fn cuts(&self, inputs: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![match self.reduction {
            Reduction::None => Cut::rows([true; 2]),
            Reduction::Mean => Cut::new([Take::Along(0); 2], Put::Sum { relu: false }).of("total", inputs[0][0]),
        }]
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let (n, classes) = (inputs[0][0], inputs[0][1]);
        let smoothing = self.smoothing;
        match self.reduction {
            Reduction::None => {
                let cpu: CpuKernel = Box::new(move |reads, writes| cpu::each(classes, smoothing, reads.f32(0), reads.f32(1), writes[0]));
                kernel("cross_entropy", "each", n, classes, smoothing, grid(n, 64), cpu)
            }
            Reduction::Mean => {
                let cpu: CpuKernel = Box::new(move |reads, writes| cpu::mean(classes, smoothing, reads.f32(0), reads.f32(1), writes[0]));
                kernel("cross_entropy", "mean", n, classes, smoothing, [1, 1, 1], cpu)
            }
        }
    }
}

impl Kernels for CrossEntropyGrad {
    fn cuts(&self, inputs: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::rows([true, true, self.0.reduction == Reduction::None]).of("total", inputs[0][0])]
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let (n, classes) = (inputs[0][0], inputs[0][1]);
        let CrossEntropy { reduction, smoothing } = self.0;
        let entry = match reduction {
            Reduction::None => "each_backward",
            Reduction::Mean => "mean_backward",
        };
        let cpu: CpuKernel = Box::new(move |reads, writes| {
            let upstream = reads.f32(2);
            let scale = |i: usize| match reduction {
                Reduction::None => upstream[i],
                Reduction::Mean => upstream[0] / n as f32,
            };
            cpu::backward(classes, smoothing, reads.f32(0), reads.f32(1), scale, writes[0]);
        });
        kernel("cross_entropy_grad", entry, n, classes, smoothing, grid(n, 64), cpu)
    }
}

fn kernel(label: &str, entry: &'static str, n: usize, classes: usize, smoothing: f32, workgroups: [u32; 3], cpu: CpuKernel) -> Kernel {
    let constants = vec![("n", n as f64), ("classes", classes as f64), ("smoothing", f64::from(smoothing))];
    Kernel { label: label.into(), gpu: GpuKernel { source: CROSS_ENTROPY, entry, constants, workgroups }, cpu }
}
