//! Elementwise addition of two tensors of one shape.

mod cpu;

use super::{Example, Filling, Op, Registered, expect_inputs, expect_same, sum_tangents};
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::kernel::{GpuKernel, Kernel, grid};
use crate::shape::Shape;

const ADD: &str = include_str!("add.wgsl");

pub(super) const REGISTERED: Registered = Registered { name: "add", shaders: &[("add.wgsl", ADD)], examples };

/// `y = a + b`, all of one shape.
pub fn add(graph: &mut Graph, a: NodeId, b: NodeId) -> Result<NodeId> {
    graph.apply(Add, &[a, b])
}

#[derive(Debug)]
struct Add;

impl Op for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        expect_same(self, inputs[0], inputs[1])?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![Some(upstream), Some(upstream)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        sum_tangents(graph, tangents)
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let n = output.numel();
        let gpu = GpuKernel { source: ADD, entry: "main", constants: vec![("n", n as f64)], workgroups: grid(n, 64) };
        Kernel { label: "add".into(), gpu, cpu: Box::new(cpu::add) }
    }
}

fn examples() -> Vec<Example> {
    vec![
        Example::new("of 3 x 5", &[&[3, 5], &[3, 5]], Filling::Normal, |graph, x| add(graph, x[0], x[1])),
        Example::new("of a tensor to itself", &[&[4]], Filling::Normal, |graph, x| add(graph, x[0], x[0])),
    ]
}
