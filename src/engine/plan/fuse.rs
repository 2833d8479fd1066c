//! What two operations compute one after the other, computed by one: a ReLU by what gives it its numbers.
//!
//! Knows graphs and what operations offer; knows nothing of memory. Only what nothing else reads, and no output is, is fused away.

use super::Span;
use crate::graph::{Graph, NodeId, Source};

/// The same graph, node by node, where a ReLU whose operand nothing else needs computes that operand too.
pub(super) fn fuse(graph: &Graph, outputs: &[(NodeId, Span)]) -> Graph {
    let mut readers = vec![0usize; graph.len()];
    for (id, _) in graph.nodes() {
        for operand in graph.operands(id) {
            readers[operand.index()] += 1;
        }
    }
    for (id, _) in outputs {
        readers[id.index()] += 1;
    }
    let mut fused = graph.clone();
    for (id, node) in graph.nodes() {
        let Source::Op { op, inputs } = &node.source else { continue };
        let &[operand] = inputs.as_slice() else { continue };
        if !op.is_relu() || readers[operand.index()] != 1 {
            continue;
        }
        let Source::Op { op: before, inputs } = &graph[operand].source else { continue };
        if let Some(op) = before.with_relu() {
            fused.replace(id, op, inputs.clone());
        }
    }
    fused
}
