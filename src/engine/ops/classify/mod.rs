//! What a classifier answers: `argmax(z)_i`, the class of row i's largest logit, and the share of rows where it is the label.
//!
//! `logits: [n, classes]`, `labels: [n]` whole numbers. Both are steps, flat wherever they have a derivative: neither is
//! differentiated.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Op, Registered, expect_inputs, not_differentiable};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "classify", examples };

/// The class of the largest logit of every row, the first one where several are equal: `[n]` from `logits: [n, classes]`.
pub fn argmax(graph: &mut Graph, logits: NodeId) -> Result<NodeId> {
    graph.apply(Argmax, &[logits])
}

/// The share, from 0 to 1, of rows whose largest logit is the label's: `[1]` from `logits: [n, classes]` and `labels: [n]`.
pub fn accuracy(graph: &mut Graph, logits: NodeId, labels: NodeId) -> Result<NodeId> {
    graph.apply(Accuracy, &[logits, labels])
}

#[derive(Debug)]
struct Argmax;

impl Op for Argmax {
    fn name(&self) -> &'static str {
        "argmax"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        match inputs[0].array() {
            Some([n, classes]) if n > 0 && classes > 0 => Ok(Shape::new(&[n])),
            _ => Err(Error::shape(self.name(), format!("the logits have shape {}; it must be [n, classes], neither of them 0", inputs[0]))),
        }
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }
}

#[derive(Debug)]
struct Accuracy;

impl Op for Accuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        match (inputs[0].array(), inputs[1].array()) {
            (Some([n, classes]), Some([m])) if n == m && n > 0 && classes > 0 => Ok(Shape::scalar()),
            _ => Err(Error::shape(
                self.name(),
                format!(
                    "the logits have shape {} and the labels {}; they must be [n, classes] and [n], none of them empty",
                    inputs[0], inputs[1]
                ),
            )),
        }
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }
}

fn examples() -> Vec<Example> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Element;

    const LOGITS: [f32; 12] = [1., 5., 2., 7., 7., 7., -3., -2., -1., 0., f32::NAN, f32::NAN];

    #[test]
    fn argmax_by_hand() {
        let mut class = [9.0; 4];
        cpu::argmax(3, &LOGITS, &mut class);
        assert_eq!(class, [1., 0., 2., 1.]);
    }

    #[test]
    fn accuracy_by_hand() {
        let mut share = [9.0];
        cpu::accuracy(3, &LOGITS, &[1., 1., 2., 0.], &mut share);
        assert_eq!(share, [0.5]);
    }

    #[test]
    fn shapes_and_errors() {
        let mut graph = Graph::new();
        let logits = graph.input("logits", Shape::new(&[4, 3]), Element::F32);
        let labels = graph.input("labels", Shape::new(&[4]), Element::F32);
        let class = argmax(&mut graph, logits).unwrap();
        let share = accuracy(&mut graph, logits, labels).unwrap();
        assert_eq!((graph.shape(class).dims(), graph.shape(share).dims()), (&[4][..], &[1][..]));
        assert!(argmax(&mut graph, labels).is_err());
        let error = accuracy(&mut graph, logits, logits).unwrap_err().to_string();
        assert!(error.contains("[4, 3]"), "{error}");
    }
}
