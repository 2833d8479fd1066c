//! How `gather` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{GatherImages, GatherRows, cpu};
use crate::kernel::{GpuKernel, Kernel, grid};
use crate::ops::Kernels;
use crate::ops::cut::{Cut, Put, Take};
use crate::shape::Shape;

const GATHER: &str = include_str!("gather.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("gather.wgsl", GATHER)];

impl Kernels for GatherImages {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        cuts()
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let size = output.numel() / output[0];
        let words = output.numel() / 4;
        let (scale, shift) = (1.0 / (255.0 * self.std), -self.mean / self.std);
        Kernel {
            label: format!("gather {} images", self.batch),
            gpu: GpuKernel {
                source: GATHER,
                entry: "images",
                constants: vec![
                    ("n", words as f64),
                    ("words_per_image", (size / 4) as f64),
                    ("scale", f64::from(scale)),
                    ("shift", f64::from(shift)),
                ],
                workgroups: grid(words, 64),
            },
            cpu: Box::new(move |reads, writes| cpu::images(reads, writes[0], size, scale, shift)),
        }
    }
}

impl Kernels for GatherRows {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        cuts()
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let (n, length) = (output.numel(), output.numel() / output[0]);
        let constants = vec![("n", n as f64), ("row_length", length as f64)];
        Kernel {
            label: format!("gather {} rows", self.batch),
            gpu: GpuKernel { source: GATHER, entry: "rows", constants, workgroups: grid(n, 64) },
            cpu: Box::new(move |reads, writes| cpu::rows(reads, writes[0], length)),
        }
    }
}

/// By rows of the batch, and by elements of the set: of these a part writes the rows that are among its own.
fn cuts() -> Vec<Cut> {
    let rows = Cut::rows([false; 3]).knowing(|rows| vec![("first_row", rows.start as f64)]);
    let set = Cut::new([Take::Along(0), Take::Whole, Take::Whole], Put::Some);
    vec![rows, set.knowing(|set| vec![("first_element", set.start as f64), ("elements", set.len() as f64)])]
}
