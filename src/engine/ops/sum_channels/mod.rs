//! Sums over everything but the channel: the gradient of a bias.
//!
//! `y[c] = sum over n and all later dimensions of x[n, c, ...]`; its transpose is `expand_channels`. Knows nothing of averages.

mod cpu;

use super::{Example, Filling, Op, Registered, expand_channels, expect_inputs};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::kernel::{Family, GpuKernel, Kernel, Operand, Pass, Variant, grid};
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

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let shape = graph.shape(inputs[0]).clone();
        Ok(vec![Some(expand_channels(graph, upstream, shape)?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| sum_channels(graph, dx)).transpose()
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

/// From how many channels on rows are summed by an invocation each.
const MANY: usize = 1024;

fn examples() -> Vec<Example> {
    let large = |label: &str, shape: &[usize]| Example {
        label: label.into(),
        inputs: vec![Shape::new(shape)],
        // Too many numbers for finite differences; whole ones, so that every order of summing gives the same.
        fills: vec![Filling::Labels(7)],
        build: Box::new(|graph, x| sum_channels(graph, x[0])),
    };
    vec![
        Example::new("of images", &[&[3, 5, 4, 6]], Filling::Normal, |graph, x| sum_channels(graph, x[0])),
        Example::new("of nothing", &[&[2, 3, 0]], Filling::Normal, |graph, x| sum_channels(graph, x[0])),
        Example::new("of rows", &[&[70, 3]], Filling::Normal, |graph, x| sum_channels(graph, x[0])),
        large("of large images", &[2, 3, 9, 11]),
        large("of wide rows", &[3, MANY + 1]),
        large("of more channels than workgroups in a dimension", &[1, 66_000, 2]),
    ]
}
