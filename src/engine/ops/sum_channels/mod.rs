//! Sums over everything but the channel: the gradient of a bias.

mod cpu;

use super::{Example, Filling, Op, Registered, expect_inputs, not_differentiable};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::kernel::{GpuKernel, Kernel};
use crate::shape::Shape;

const SUM_CHANNELS: &str = include_str!("sum_channels.wgsl");

pub(super) const REGISTERED: Registered = Registered { name: "sum_channels", shaders: &[("sum_channels.wgsl", SUM_CHANNELS)], examples };

/// `y[c] = sum over n and all later dimensions of x[n, c, ...]`; `x: [batch, channels, ...]`, `y: [channels]`.
pub fn sum_channels(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(SumChannels, &[x])
}

#[derive(Debug)]
struct SumChannels;

impl Op for SumChannels {
    fn name(&self) -> &'static str {
        "sum_channels"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        if inputs[0].rank() < 2 {
            return Err(Error::shape(self.name(), format!("takes [batch, channels, ...], got {}", inputs[0])));
        }
        Ok(Shape::new(&[inputs[0][1]]))
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| sum_channels(graph, dx)).transpose()
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let (batch, channels) = (inputs[0][0], output[0]);
        let inner = inputs[0].numel() / (batch * channels);
        Kernel {
            label: format!("sum_channels of {}", inputs[0]),
            gpu: GpuKernel {
                source: SUM_CHANNELS,
                entry: "main",
                constants: vec![("batch", batch as f64), ("channels", channels as f64), ("inner", inner as f64)],
                workgroups: [channels as u32, 1, 1],
            },
            cpu: Box::new(move |reads, writes| cpu::sum_channels(reads.f32(0), writes[0], inner)),
        }
    }
}

fn examples() -> Vec<Example> {
    // Its inputs are gradients: nothing is differentiated through it, but both devices must agree.
    let constant = |label: &str, shape: &[usize]| Example {
        label: label.into(),
        inputs: vec![Shape::new(shape)],
        fills: vec![Filling::Labels(7)],
        build: Box::new(|graph, x| sum_channels(graph, x[0])),
    };
    vec![constant("of images", &[3, 5, 4, 6]), constant("of rows", &[70, 3])]
}
