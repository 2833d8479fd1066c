//! How `matmul` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{MatMul, TILE, cpu, variants};
use crate::kernel::{GpuKernel, Kernel, Variant, grid, then_relu};
use crate::ops::cut::{Cut, Put, Take};
use crate::ops::{Kernels, Op};
use crate::shape::Shape;
use std::ops::Range;
use std::sync::Arc;

pub(super) const MATMUL: &str = include_str!("matmul.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = variants::SHADERS;

impl Kernels for MatMul {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        let (across_a, along_a) = if self.transpose_a { (1, 0) } else { (0, 1) };
        let (along_b, across_b) = if self.transpose_b { (1, 0) } else { (0, 1) };
        let cut = |a: Take, b: Take, bias: Take, put: Put| {
            let mut inputs = vec![a, b];
            inputs.extend(self.bias.then_some(bias));
            Cut::new(inputs, put)
        };
        let whole = self.clone();
        let part = move |range: &Range<usize>| -> Arc<dyn Op> {
            Arc::new(MatMul { bias: whole.bias && range.start == 0, relu: false, ..whole.clone() })
        };
        vec![
            cut(Take::Along(across_a), Take::Whole, Take::Whole, Put::Along(0)),
            cut(Take::Whole, Take::Along(across_b), Take::Along(0), Put::Along(1)),
            cut(Take::Along(along_a), Take::Along(along_b), Take::Once, Put::Sum { relu: self.relu }).by(part),
        ]
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let (m, n) = (output[0], output[1]);
        let k = inputs[0][if self.transpose_a { 0 } else { 1 }];
        let (a_row, a_column) = if self.transpose_a { (1, m) } else { (k, 1) };
        let (b_row, b_column) = if self.transpose_b { (1, k) } else { (n, 1) };
        let sizes = [("m", m), ("k", k), ("n", n), ("a_row", a_row), ("a_column", a_column), ("b_row", b_row), ("b_column", b_column)];
        let cpu = cpu::matmul(m, k, n, self.transpose_a, self.transpose_b);
        Kernel {
            label: format!("{} [{m}, {k}] x [{k}, {n}]", self.name()),
            gpu: GpuKernel {
                source: MATMUL,
                entry: if self.bias { "with_bias" } else { "plain" },
                constants: sizes
                    .iter()
                    .chain([("relu", usize::from(self.relu))].iter())
                    .map(|&(name, value)| (name, value as f64))
                    .collect(),
                workgroups: grid(n.div_ceil(8 * TILE) * m.div_ceil(8 * TILE), 1),
            },
            cpu: if self.relu { then_relu(cpu) } else { cpu },
        }
    }

    fn with_relu(&self) -> Option<Arc<dyn Op>> {
        Some(Arc::new(MatMul { relu: true, ..self.clone() }))
    }

    fn variants(&self, inputs: &[&Shape], output: &Shape) -> Vec<Variant> {
        let k = inputs[0][if self.transpose_a { 0 } else { 1 }];
        let sizes = [output[0], k, output[1]];
        variants::Product { sizes, a_along_k: !self.transpose_a, b_along_k: self.transpose_b, bias: self.bias, relu: self.relu }.variants()
    }
}
