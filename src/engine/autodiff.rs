//! Reverse and forward mode: from a graph to a larger graph, by each operation's own rules.
//!
//! Knows graphs and rules; nothing is computed here.

use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId, Source};
use crate::ops;

/// Adds to `graph` the gradients of `sum(upstream * output)` with respect to each of `wanted`; answers their nodes in the same
/// order. `upstream` has the shape of `output`. Fails where `output` does not depend on one of them.
pub fn backward(graph: &mut Graph, output: NodeId, upstream: NodeId, wanted: &[NodeId]) -> Result<Vec<NodeId>> {
    let gradients = gradients(graph, output, upstream, wanted)?;
    let missing = |id: &NodeId| Error::model(format!("'{}' does not depend on '{}'", graph[output].name, graph[*id].name));
    wanted.iter().zip(gradients).map(|(id, gradient)| gradient.ok_or_else(|| missing(id))).collect()
}

/// The same; `None` where the gradient is zero everywhere, because `output` does not depend on it.
pub fn gradients(graph: &mut Graph, output: NodeId, upstream: NodeId, wanted: &[NodeId]) -> Result<Vec<Option<NodeId>>> {
    if graph.shape(output) != graph.shape(upstream) {
        return Err(Error::shape(
            "backward",
            format!("the upstream gradient has shape {}, the output {}", graph.shape(upstream), graph.shape(output)),
        ));
    }
    let reaches = depends_on(graph, wanted);
    let mut gradients: Vec<Option<NodeId>> = vec![None; output.index() + 1];
    gradients[output.index()] = Some(upstream);
    for index in (0..=output.index()).rev() {
        let Some(gradient) = gradients[index] else { continue };
        let id = graph.nodes().nth(index).map(|(id, _)| id).unwrap_or(output);
        for (operand, contribution) in contributions(graph, id, gradient, &reaches)? {
            gradients[operand.index()] = Some(match gradients[operand.index()] {
                Some(sum) => ops::add(graph, sum, contribution)?,
                None => contribution,
            });
        }
    }
    Ok(wanted.iter().map(|id| gradients.get(id.index()).copied().flatten()).collect())
}

/// Adds to `graph` the tangent of `output`, its derivative along a direction (a Jacobian-vector product): `seeds` gives nodes the
/// tangents, of the same shape, that the direction has there. `None` where `output` depends on none of them.
pub fn forward(graph: &mut Graph, output: NodeId, seeds: &[(NodeId, NodeId)]) -> Result<Option<NodeId>> {
    let mut tangents: Vec<Option<NodeId>> = vec![None; output.index() + 1];
    for &(of, tangent) in seeds {
        if graph.shape(of) != graph.shape(tangent) {
            let (want, got) = (graph.shape(of), graph.shape(tangent));
            return Err(Error::shape("forward", format!("the tangent of '{}' has shape {got}, it must be {want}", graph[of].name)));
        }
    }
    let ids: Vec<NodeId> = graph.nodes().map(|(id, _)| id).take(output.index() + 1).collect();
    for id in ids {
        tangents[id.index()] = match seeds.iter().find(|(of, _)| *of == id) {
            Some(&(_, tangent)) => Some(tangent),
            None => pushed(graph, id, &tangents)?,
        };
    }
    Ok(tangents[output.index()])
}

/// The tangent of one node, given those before it.
fn pushed(graph: &mut Graph, id: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
    match graph[id].source.clone() {
        Source::Input => Ok(None),
        Source::View(of) => {
            let shape = graph.shape(id).clone();
            tangents[of.index()].map(|tangent| graph.view(tangent, shape)).transpose()
        }
        Source::Op { op, inputs } => {
            let own: Vec<Option<NodeId>> = inputs.iter().map(|input| tangents[input.index()]).collect();
            if own.iter().all(Option::is_none) { Ok(None) } else { op.tangent(graph, &inputs, id, &own) }
        }
    }
}

/// What one node hands on to its operands.
fn contributions(graph: &mut Graph, id: NodeId, gradient: NodeId, reaches: &[bool]) -> Result<Vec<(NodeId, NodeId)>> {
    match graph[id].source.clone() {
        Source::Input => Ok(Vec::new()),
        Source::View(of) => {
            if !reaches[of.index()] {
                return Ok(Vec::new());
            }
            let shape = graph.shape(of).clone();
            Ok(vec![(of, graph.view(gradient, shape)?)])
        }
        Source::Op { op, inputs } => {
            let needed: Vec<bool> = inputs.iter().map(|input| reaches[input.index()]).collect();
            if !needed.contains(&true) {
                return Ok(Vec::new());
            }
            let own = op.gradient(graph, &inputs, id, gradient, &needed)?;
            Ok(inputs.into_iter().zip(own).filter_map(|(input, gradient)| Some((input, gradient?))).collect())
        }
    }
}

/// For every node whether one of `wanted` is among what it is computed from.
fn depends_on(graph: &Graph, wanted: &[NodeId]) -> Vec<bool> {
    let mut depends = vec![false; graph.len()];
    for (id, _) in graph.nodes() {
        depends[id.index()] = wanted.contains(&id) || graph.operands(id).iter().any(|operand| depends[operand.index()]);
    }
    depends
}
