//! When each node is computed, and until when its value is needed.
//!
//! Knows graphs; knows nothing of memory.

use super::Span;
use crate::graph::{Graph, NodeId, Source};

/// The order of a computation.
pub(super) struct Order {
    /// The nodes that are needed, operands before what reads them.
    pub nodes: Vec<NodeId>,
    /// For every node of the graph the moment (an index into `nodes`) after which its value is not needed any more; the number of
    /// graph nodes for outputs.
    pub last_use: Vec<usize>,
    /// For every node of the graph whether another that is needed reads it.
    pub used: Vec<bool>,
}

/// Nodes are computed in the order in which they stand in the graph, but what nothing reads (a measurement, for one) at once when its
/// operands are there: so that it does not keep them alive to the end.
pub(super) fn order(graph: &Graph, outputs: &[(NodeId, Span)]) -> Order {
    let mut needed = vec![false; graph.len()];
    for (id, _) in outputs {
        needed[id.index()] = true;
    }
    let mut used = vec![false; graph.len()];
    for (id, _) in graph.nodes().rev() {
        if needed[id.index()] {
            for operand in graph.operands(id) {
                needed[operand.index()] = true;
                used[operand.index()] = true;
            }
        }
    }
    // For every node the leaves whose last operand it is.
    let mut leaves: Vec<Vec<NodeId>> = vec![Vec::new(); graph.len()];
    let is_leaf = |id: NodeId| needed[id.index()] && !used[id.index()] && !graph.operands(id).is_empty();
    for (id, _) in graph.nodes().filter(|(id, _)| is_leaf(*id)) {
        if let Some(last) = graph.operands(id).iter().max() {
            leaves[last.index()].push(id);
        }
    }
    let mut nodes = Vec::with_capacity(graph.len());
    for (id, _) in graph.nodes().filter(|(id, _)| needed[id.index()] && !is_leaf(*id)) {
        nodes.push(id);
        nodes.append(&mut leaves[id.index()]);
    }
    let last_use = last_use(graph, &nodes, outputs);
    Order { nodes, last_use, used }
}

fn last_use(graph: &Graph, nodes: &[NodeId], outputs: &[(NodeId, Span)]) -> Vec<usize> {
    let mut last_use = vec![0; graph.len()];
    for (id, _) in outputs {
        last_use[id.index()] = graph.len();
    }
    for (now, &id) in nodes.iter().enumerate().rev() {
        // A view lives in its source's memory: the source lives as long as the view does.
        let until = if matches!(graph[id].source, Source::View(_)) { last_use[id.index()].max(now) } else { now };
        for operand in graph.operands(id) {
            let last = &mut last_use[operand.index()];
            *last = until.max(*last);
        }
    }
    last_use
}
