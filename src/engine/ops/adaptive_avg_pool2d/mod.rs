//! Averages over as many windows as asked for, as `torch.nn.functional.adaptive_avg_pool2d`; one window is global average pooling (M.
//! Lin, Q. Chen, S. Yan: Network in network, 2014).
//!
//! `y[n, c, i, j]` is the average of `x[n, c]` over the rows from `floor(i h / h')` to before `ceil((i + 1) h / h')`, and over columns
//! so. `x: [batch, c, h, w]`, `y: [batch, c, h', w']`. Windows differ in size by at most one, and overlap where the sizes do not divide;
//! there may be more of them than pixels. Knows nothing of strides and padding.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, expect_countable, expect_filled, expect_inputs, fill};
use crate::autodiff;
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "adaptive_avg_pool2d", examples };

/// The averages of `output` windows, down and across; `x: [batch, c, h, w]`, the output is `[batch, c, output[0], output[1]]`.
pub fn adaptive_avg_pool2d(graph: &mut Graph, x: NodeId, output: [usize; 2]) -> Result<NodeId> {
    graph.apply(AdaptiveAvgPool { output }, &[x])
}

/// The shape of x pooled to `output` windows; the error is said of operation `op`.
fn pooled(op: &str, x: &Shape, output: [usize; 2]) -> Result<Shape> {
    let Some([batch, channels, h, w]) = x.array() else {
        return Err(Error::shape(op, format!("the input has shape {x}; it must be [batch, channels, height, width]")));
    };
    expect_filled(op, &[x])?;
    if output.contains(&0) {
        return Err(Error::shape(op, format!("the output is to be {}; it must be 1 or more each way", Shape::new(&output))));
    }
    let shape = [batch, channels, output[0], output[1]];
    expect_countable(op, &shape)?;
    // The kernels multiply these, and add almost as much again, in 32 bits.
    if output.iter().zip([h, w]).any(|(out, size)| out.checked_mul(size).is_none_or(|product| product > i32::MAX as usize)) {
        return Err(Error::shape(op, format!("the output is to be {}; that is too many for images of {x}", Shape::new(&output))));
    }
    Ok(Shape::new(&shape))
}

#[derive(Debug)]
struct AdaptiveAvgPool {
    output: [usize; 2],
}

impl Op for AdaptiveAvgPool {
    fn name(&self) -> &'static str {
        "adaptive_avg_pool2d"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        pooled(self.name(), inputs[0], self.output)
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let image = graph.shape(inputs[0]).clone();
        Ok(vec![Some(graph.apply(AdaptiveAvgPoolGrad { output: self.output, image }, &[upstream])?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| adaptive_avg_pool2d(graph, dx, self.output)).transpose()
    }
}

/// From the gradient of y: the gradient of x, of shape `image`. Linear, and the transpose of the pooling.
#[derive(Debug)]
struct AdaptiveAvgPoolGrad {
    output: [usize; 2],
    image: Shape,
}

impl Op for AdaptiveAvgPoolGrad {
    fn name(&self) -> &'static str {
        "adaptive_avg_pool2d_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        let pooled = pooled(self.name(), &self.image, self.output)?;
        if *inputs[0] == pooled {
            Ok(self.image.clone())
        } else {
            Err(Error::shape(self.name(), format!("the upstream gradient has shape {}; it must be {pooled}", inputs[0])))
        }
    }

    fn gradient(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![Some(adaptive_avg_pool2d(graph, upstream, self.output)?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let (output, image) = (self.output, self.image.clone());
        tangents[0].map(|dgy| graph.apply(AdaptiveAvgPoolGrad { output, image }, &[dgy])).transpose()
    }
}

fn examples() -> Vec<Example> {
    let case = |label: &str, dims: [usize; 4], output: [usize; 2]| {
        Example::new(label, &[&dims], Filling::Normal, move |graph, x| adaptive_avg_pool2d(graph, x[0], output))
    };
    vec![
        case("to one", [2, 3, 4, 5], [1, 1]),
        case("to sizes that divide", [1, 2, 4, 6], [2, 3]),
        case("to sizes that do not", [1, 2, 7, 5], [3, 4]),
        case("to more than there are", [1, 2, 3, 2], [5, 7]),
        case("to as many", [1, 1, 3, 4], [3, 4]),
        Example::new("gradient", &[&[1, 2, 3, 4]], Filling::Normal, |graph, gy| {
            let x = fill(graph, Shape::new(&[1, 2, 7, 5]), 0.0)?;
            let y = adaptive_avg_pool2d(graph, x, [3, 4])?;
            Ok(autodiff::backward(graph, y, gy[0], &[x])?[0])
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Element;

    #[test]
    fn averages_by_hand() {
        // Five to three: 0..2, 1..4, 3..5.
        let s = cpu::Sizes { image: [1, 5], out: [1, 3] };
        let mut y = [0.0; 3];
        cpu::forward(&s, &[1., 3., 5., 7., 9.], &mut y);
        assert_eq!(y, [2., 5., 8.]);
        let mut gx = [9.0; 5];
        cpu::backward(&s, &[2., 3., 4.], &mut gx);
        assert_eq!(gx, [1., 2., 1., 3., 2.]);
        // Two to three: 0..1, 0..2, 1..2.
        cpu::forward(&cpu::Sizes { image: [1, 2], out: [1, 3] }, &[1., 3.], &mut y);
        assert_eq!(y, [1., 2., 3.]);
    }

    #[test]
    fn shapes_and_errors() {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::new(&[2, 6, 5, 4]), Element::F32);
        let y = adaptive_avg_pool2d(&mut graph, x, [1, 3]).unwrap();
        assert_eq!(graph.shape(y).dims(), [2, 6, 1, 3]);
        let error = adaptive_avg_pool2d(&mut graph, x, [0, 1]).unwrap_err().to_string();
        assert_eq!(error, "adaptive_avg_pool2d: the output is to be [0, 1]; it must be 1 or more each way");
        assert!(adaptive_avg_pool2d(&mut graph, x, [usize::MAX, 2]).is_err());
    }
}
