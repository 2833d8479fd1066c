//! How `dropout` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::super::random::with_threefry;
use super::{Dropout, cpu};
use crate::kernel::{GpuKernel, Kernel, grid};
use crate::ops::Kernels;
use crate::ops::cut::{Cut, Take};
use crate::shape::Shape;

const DROPOUT: &str = with_threefry!("dropout.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("dropout.wgsl", DROPOUT)];

impl Kernels for Dropout {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        let cut = Cut { inputs: vec![Take::Along(0), Take::Whole], ..Cut::flat(1) };
        vec![cut.knowing(|numbers| vec![("first", numbers.start as f64)])]
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let Dropout { p, stream } = *self;
        let keep_scale = if p < 1.0 { 1.0 / (1.0 - p) } else { 0.0 };
        let constants =
            vec![("n", output.numel() as f64), ("p", f64::from(p)), ("keep_scale", f64::from(keep_scale)), ("stream", f64::from(stream))];
        Kernel {
            label: "dropout".into(),
            gpu: GpuKernel { source: DROPOUT, entry: "main", constants, workgroups: grid(output.numel(), 64) },
            cpu: Box::new(move |reads, writes| cpu::dropout(p, keep_scale, stream, reads.f32(0), reads.f32(1), writes[0])),
        }
    }
}
