//! Cross-entropy of the softmax of logits: `loss_i = log(sum_k exp(z_ik)) - z_i,label`, the surprise at the right class.
//!
//! `logits: [n, classes]`, `labels: [n]` whole numbers. The row's largest logit `m` is subtracted before anything is raised:
//! `loss_i = log(sum_k exp(z_ik - m)) - (z_i,label - m)`, so that no finite logit overflows. A label that is no class makes the loss
//! NaN. Gradient: `(softmax(z_i) - onehot(label_i)) * upstream`; the labels have none.
//!
//! With label smoothing (Szegedy et al., 2016) the target is not `onehot` but `(1 - smoothing) onehot + smoothing / classes`.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, dot, expect_inputs, fill, not_differentiable, row_dot};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "cross_entropy", examples };

/// What is made of the losses of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Nothing: `[n]`.
    None,
    /// Their mean: `[1]`.
    Mean,
}

/// The cross-entropy of `logits: [n, classes]` and `labels: [n]`; `smoothing` (from 0 to 1) is PyTorch's `label_smoothing`.
pub fn cross_entropy(graph: &mut Graph, logits: NodeId, labels: NodeId, reduction: Reduction, smoothing: f32) -> Result<NodeId> {
    if !(0.0..=1.0).contains(&smoothing) {
        return Err(Error::model(format!("the label smoothing is {smoothing}; it must be from 0 to 1")));
    }
    graph.apply(CrossEntropy { reduction, smoothing }, &[logits, labels])
}

#[derive(Clone, Copy, Debug)]
struct CrossEntropy {
    reduction: Reduction,
    smoothing: f32,
}

impl Op for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        output(self, self.reduction, inputs[0], inputs[1])
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        if !needed[0] {
            return Ok(vec![None, None]);
        }
        Ok(vec![Some(graph.apply(CrossEntropyGrad(*self), &[inputs[0], inputs[1], upstream])?), None])
    }

    /// The gradient of every row's loss, times the tangent of its logits.
    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], output: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let Some(dz) = tangents[0] else { return Ok(None) };
        let one = fill(graph, graph.shape(output).clone(), 1.0)?;
        let gradient = graph.apply(CrossEntropyGrad(*self), &[inputs[0], inputs[1], one])?;
        let logits = graph.shape(inputs[0]).clone();
        match self.reduction {
            Reduction::Mean => Ok(Some(dot(graph, gradient, dz)?)),
            Reduction::None => {
                let (gradient, dz) = (graph.view(gradient, logits.batched(1))?, graph.view(dz, logits.batched(1))?);
                let rows = row_dot(graph, gradient, dz)?;
                Ok(Some(graph.view(rows, Shape::new(&[logits[0]]))?))
            }
        }
    }
}

/// From logits, labels and the gradient of their cross-entropy: the gradient of the logits.
#[derive(Debug)]
struct CrossEntropyGrad(CrossEntropy);

impl Op for CrossEntropyGrad {
    fn name(&self) -> &'static str {
        "cross_entropy_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 3)?;
        let loss = output(self, self.0.reduction, inputs[0], inputs[1])?;
        if *inputs[2] != loss {
            return Err(Error::shape(self.name(), format!("the upstream gradient has shape {}; it must be {loss}", inputs[2])));
        }
        Ok(inputs[0].clone())
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }
}

/// The shape of the loss, if logits and labels fit each other.
fn output(op: &dyn Op, reduction: Reduction, logits: &Shape, labels: &Shape) -> Result<Shape> {
    match (logits.array(), labels.array()) {
        (Some([n, classes]), Some([m])) if n == m && n > 0 && classes > 0 => Ok(match reduction {
            Reduction::None => Shape::new(&[n]),
            Reduction::Mean => Shape::scalar(),
        }),
        _ => Err(Error::shape(
            op.name(),
            format!("the logits have shape {logits} and the labels {labels}; they must be [n, classes] and [n], none of them empty"),
        )),
    }
}

fn examples() -> Vec<Example> {
    let example = |n: usize, classes: usize, reduction: Reduction, smoothing: f32| Example {
        label: format!("{n} rows of {classes} classes, reduction {reduction:?}, smoothing {smoothing}"),
        inputs: vec![Shape::new(&[n, classes]), Shape::new(&[n])],
        fills: vec![Filling::Normal, Filling::Labels(classes)],
        build: Box::new(move |graph, inputs| cross_entropy(graph, inputs[0], inputs[1], reduction, smoothing)),
    };
    vec![
        example(5, 4, Reduction::None, 0.0),
        example(5, 4, Reduction::Mean, 0.0),
        example(5, 4, Reduction::Mean, 0.1),
        example(3, 6, Reduction::None, 0.4),
        example(1, 10, Reduction::Mean, 0.0),
        example(300, 3, Reduction::None, 0.0),
        example(300, 3, Reduction::Mean, 0.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Element;

    fn close(got: &[f32], want: &[f32]) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() <= 1e-6 * want.abs().max(1.0), "{got} is not {want}");
        }
    }

    #[test]
    fn loss_by_hand() {
        let quarter = 4f32.ln();
        let logits = [0., 0., 0., 0., 0., 3f32.ln(), f32::NEG_INFINITY, f32::NEG_INFINITY];
        let mut loss = [0.0; 2];
        cpu::each(4, 0.0, &logits, &[2., 1.], &mut loss);
        close(&loss, &[quarter, (4.0f32 / 3.0).ln()]);
        let mut mean = [0.0];
        cpu::mean(4, 0.0, &logits, &[2., 1.], &mut mean);
        close(&mean, &[(loss[0] + loss[1]) / 2.0]);
    }

    #[test]
    fn large_logits_stay_finite() {
        let mut loss = [0.0; 3];
        cpu::each(2, 0.0, &[1000., 0., 1000., 0., -3e38, -3e38], &[0., 1., 1.], &mut loss);
        close(&loss, &[0., 1000., 2f32.ln()]);
    }

    #[test]
    fn gradient_by_hand() {
        let logits = [0., 3f32.ln(), 0., 0.];
        let mut gradient = [0.0; 4];
        cpu::backward(2, 0.0, &logits, &[0., 1.], |i| [2., 10.][i], &mut gradient);
        close(&gradient, &[-1.5, 1.5, 5., -5.]);
    }

    #[test]
    fn a_label_that_is_no_class_gives_nan() {
        for label in [-1.0, 3.0, 0.5, f32::NAN, f32::INFINITY, 1e30] {
            let mut out = [0.0; 3];
            cpu::each(3, 0.0, &[1., 2., 3.], &[label], &mut out[..1]);
            assert!(out[0].is_nan(), "{label}");
            cpu::backward(3, 0.0, &[1., 2., 3.], &[label], |_| 1.0, &mut out);
            assert!(out.iter().all(|g| g.is_nan()), "{label}");
        }
    }

    #[test]
    fn shapes_and_errors() {
        let mut graph = Graph::new();
        let logits = graph.input("logits", Shape::new(&[3, 10]), Element::F32);
        let labels = graph.input("labels", Shape::new(&[3]), Element::F32);
        let few = graph.input("few", Shape::new(&[2]), Element::F32);
        let each = cross_entropy(&mut graph, logits, labels, Reduction::None, 0.0).unwrap();
        let mean = cross_entropy(&mut graph, logits, labels, Reduction::Mean, 0.0).unwrap();
        assert_eq!((graph.shape(each).dims(), graph.shape(mean).dims()), (&[3][..], &[1][..]));
        let error = cross_entropy(&mut graph, logits, few, Reduction::Mean, 0.0).unwrap_err().to_string();
        assert!(error.contains("[3, 10]") && error.contains("[2]"), "{error}");
    }
}
