//! A graph computed once: for tests, self-tests and whoever wants a few numbers without a plan of their own.
//!
//! Knows graphs, plans and devices; keeps nothing.

use crate::device::{Device, Work};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::plan::{Memory, Plan};

/// The numbers of `outputs`, each row-major, given those of all inputs that they need. While the device computes, `wait` is called
/// and awaited again and again: in a browser it must let the event loop turn, natively it may do nothing.
pub async fn evaluate(
    device: &Device,
    graph: &Graph,
    inputs: &[(NodeId, &[f32])],
    outputs: &[NodeId],
    mut wait: impl AsyncFnMut(),
) -> Result<Vec<Vec<f32>>> {
    let mut memory = Memory::new();
    let mut bound = Vec::with_capacity(inputs.len());
    for &(id, values) in inputs {
        let node = &graph[id];
        if values.len() != node.shape.numel() {
            return Err(Error::shape("evaluate", format!("'{}' of shape {} was given {} numbers", node.name, node.shape, values.len())));
        }
        bound.push((id, memory.add(&node.name, values.len(), node.element)));
    }
    let results: Vec<_> =
        outputs.iter().map(|&id| (id, memory.add(&graph[id].name, graph.shape(id).numel(), crate::graph::Element::F32))).collect();
    let plan = Plan::new("evaluate", graph, &bound, &results)?;
    let mut machine = device.load(&memory, vec![plan]).await?;
    for (&(_, span), &(_, values)) in bound.iter().zip(inputs) {
        machine.write(span, values);
    }
    let mut work = vec![Work::Run(0)];
    work.extend(results.iter().zip(0..).map(|(&(_, span), ticket)| Work::Read { ticket, span }));
    machine.submit(&work)?;
    let mut values = vec![Vec::new(); outputs.len()];
    while machine.pending() > 0 {
        machine.poll(&mut |ticket, got| values[ticket as usize] = got.to_vec())?;
        wait().await;
    }
    Ok(values)
}
