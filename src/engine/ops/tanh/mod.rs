//! The hyperbolic tangent, elementwise; its derivative is `1 - tanh(x)^2`.

mod cpu;

use super::{Example, Filling, Op, Registered, expect_inputs, expect_same, not_differentiable};
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::kernel::{GpuKernel, Kernel, grid};
use crate::shape::Shape;

const TANH: &str = include_str!("tanh.wgsl");

pub(super) const REGISTERED: Registered = Registered { name: "tanh", shaders: &[("tanh.wgsl", TANH)], examples };

/// `tanh` of every number of `x`, any shape.
pub fn tanh(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(Tanh, &[x])
}

#[derive(Debug)]
struct Tanh;

impl Op for Tanh {
    fn name(&self) -> &'static str {
        "tanh"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, _: &[NodeId], output: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![Some(graph.apply(TanhGrad, &[output, upstream])?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], output: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| graph.apply(TanhGrad, &[output, dx])).transpose()
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        kernel("tanh", "forward", output.numel(), Box::new(cpu::forward))
    }
}

/// From `y = tanh(x)` and the gradient of y: the gradient of x, `gy (1 - y^2)`.
#[derive(Debug)]
struct TanhGrad;

impl Op for TanhGrad {
    fn name(&self) -> &'static str {
        "tanh_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        expect_same(self, inputs[0], inputs[1])?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        kernel("tanh_grad", "backward", output.numel(), Box::new(cpu::backward))
    }
}

fn kernel(label: &str, entry: &'static str, n: usize, cpu: crate::kernel::CpuKernel) -> Kernel {
    let gpu = GpuKernel { source: TANH, entry, constants: vec![("n", n as f64)], workgroups: grid(n, 64) };
    Kernel { label: label.into(), gpu, cpu }
}

fn examples() -> Vec<Example> {
    vec![Example::new("of 3 x 5", &[&[3, 5]], Filling::Normal, |graph, x| tanh(graph, x[0]))]
}
