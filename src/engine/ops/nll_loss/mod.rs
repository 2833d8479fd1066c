//! Negative log-likelihood, `torch.nn.functional.nll_loss`: the mean of `-log_probabilities[i, label_i]`.
//!
//! `log_probabilities: [n, classes]`, as `log_softmax` gives them; `labels: [n]` whole numbers; the loss is a scalar. A label that is
//! no class makes it NaN.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, expect_inputs};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "nll_loss", examples };

/// The mean of `-log_probabilities[i, label_i]`.
pub fn nll_loss(graph: &mut Graph, log_probabilities: NodeId, labels: NodeId) -> Result<NodeId> {
    graph.apply(NllLoss, &[log_probabilities, labels])
}

#[derive(Debug)]
struct NllLoss;

impl Op for NllLoss {
    fn name(&self) -> &'static str {
        "nll_loss"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        match (inputs[0].array(), inputs[1].array()) {
            (Some([n, classes]), Some([m])) if n == m && n > 0 && classes > 0 => Ok(Shape::scalar()),
            _ => {
                let message = format!(
                    "the log-probabilities have shape {} and the labels {}; they must be [n, classes] and [n], none of them empty",
                    inputs[0], inputs[1]
                );
                Err(Error::shape(self.name(), message))
            }
        }
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let classes = graph.shape(inputs[0])[1];
        Ok(vec![Some(graph.apply(NllLossGrad { classes }, &[inputs[1], upstream])?), None])
    }

    /// It is linear.
    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|tangent| nll_loss(graph, tangent, inputs[1])).transpose()
    }
}

/// From the labels and the gradient of the loss: the gradient of the log-probabilities.
#[derive(Debug)]
struct NllLossGrad {
    classes: usize,
}

impl Op for NllLossGrad {
    fn name(&self) -> &'static str {
        "nll_loss_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        Ok(Shape::new(&[inputs[0].numel(), self.classes]))
    }

    /// Linear in the upstream gradient, which gets what the loss makes of it.
    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![None, Some(nll_loss(graph, upstream, inputs[0])?)])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let classes = self.classes;
        tangents[1].map(|tangent| graph.apply(NllLossGrad { classes }, &[inputs[0], tangent])).transpose()
    }
}

fn examples() -> Vec<Example> {
    let example = |n: usize, classes: usize| Example {
        label: format!("{n} rows of {classes} classes"),
        inputs: vec![Shape::new(&[n, classes]), Shape::new(&[n])],
        fills: vec![Filling::Normal, Filling::Labels(classes)],
        build: Box::new(|graph, inputs| nll_loss(graph, inputs[0], inputs[1])),
    };
    vec![example(5, 4), example(300, 3)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(cpu::mean(2, &[-1.0, -2.0, -3.0, -4.0], &[1.0, 0.0]), 2.5);
        assert!(cpu::mean(2, &[-1.0, -2.0], &[2.0]).is_nan());
        let mut gradient = [9.0; 4];
        cpu::backward(2, &[1.0, 0.0], 3.0, &mut gradient);
        assert_eq!(gradient, [0.0, -1.5, -1.5, 0.0]);
    }
}
