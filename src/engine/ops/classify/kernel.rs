//! How `classify` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{Accuracy, Argmax, cpu};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::ops::Kernels;
use crate::ops::cut::{Cut, Put, Take};
use crate::shape::Shape;

const CLASSIFY: &str = include_str!("classify.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("classify.wgsl", CLASSIFY)];

impl Kernels for Argmax {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::rows([true])]
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let (n, classes) = (inputs[0][0], inputs[0][1]);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::argmax(classes, reads.f32(0), writes[0]));
        kernel("argmax", n, classes, grid(n, 64), cpu)
    }
}

impl Kernels for Accuracy {
    fn cuts(&self, inputs: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::new([Take::Along(0); 2], Put::Sum { relu: false }).of("total", inputs[0][0])]
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let (n, classes) = (inputs[0][0], inputs[0][1]);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::accuracy(classes, reads.f32(0), reads.f32(1), writes[0]));
        kernel("accuracy", n, classes, [1, 1, 1], cpu)
    }
}

/// The entry points are named as the operations are.
fn kernel(entry: &'static str, n: usize, classes: usize, workgroups: [u32; 3], cpu: CpuKernel) -> Kernel {
    let constants = vec![("n", n as f64), ("classes", classes as f64)];
    Kernel { label: entry.into(), gpu: GpuKernel { source: CLASSIFY, entry, constants, workgroups }, cpu }
}
