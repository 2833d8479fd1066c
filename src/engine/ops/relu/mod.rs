//! `relu(x) = max(x, 0)`, elementwise; its derivative at 0 is taken as 0, as PyTorch does.

mod cpu;

use super::{Example, Filling, Op, Registered, expect_inputs, expect_same, not_differentiable};
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::kernel::{GpuKernel, Kernel, grid};
use crate::shape::Shape;

const RELU: &str = include_str!("relu.wgsl");

pub(super) const REGISTERED: Registered = Registered { name: "relu", shaders: &[("relu.wgsl", RELU)], examples };

/// `max(x, 0)` of every number of `x`, any shape.
pub fn relu(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(Relu, &[x])
}

#[derive(Debug)]
struct Relu;

impl Op for Relu {
    fn name(&self) -> &'static str {
        "relu"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, _: &[NodeId], output: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![Some(graph.apply(ReluGrad, &[output, upstream])?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], output: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| graph.apply(ReluGrad, &[output, dx])).transpose()
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        kernel("relu", "forward", output.numel(), Box::new(cpu::forward))
    }
}

/// From `y = relu(x)` and the gradient of y: the gradient of x, `gy` where `y > 0`.
#[derive(Debug)]
struct ReluGrad;

impl Op for ReluGrad {
    fn name(&self) -> &'static str {
        "relu_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        expect_same(self, inputs[0], inputs[1])?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![None, Some(graph.apply(ReluGrad, &[inputs[0], upstream])?)])
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        kernel("relu_grad", "backward", output.numel(), Box::new(cpu::backward))
    }
}

fn kernel(label: &str, entry: &'static str, n: usize, cpu: crate::kernel::CpuKernel) -> Kernel {
    let gpu = GpuKernel { source: RELU, entry, constants: vec![("n", n as f64)], workgroups: grid(n, 64) };
    Kernel { label: label.into(), gpu, cpu }
}

fn examples() -> Vec<Example> {
    vec![Example::new("of 3 x 5", &[&[3, 5]], Filling::Spaced, |graph, x| relu(graph, x[0]))]
}
