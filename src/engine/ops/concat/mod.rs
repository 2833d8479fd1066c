//! Concatenation along the channels, `torch.cat(..., dim=1)`, and the stretches of channels that are its gradients.
//! `x: [batch, channels, ...]`, alike in all but the channels.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, expect_inputs, fill};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "concat", examples };

/// How many tensors one dispatch joins; devices bind only so many buffers.
const MOST: usize = 4;

/// The channels of all inputs, one after the other. More inputs than one dispatch can bind are joined in several.
pub fn concat(graph: &mut Graph, inputs: &[NodeId]) -> Result<NodeId> {
    match inputs {
        [] => Err(Error::shape("concat", "takes at least one input, got none")),
        [only] => Ok(*only),
        some if some.len() <= MOST => graph.apply(Concat, some),
        many => {
            let joined: Vec<NodeId> = many.chunks(MOST).map(|some| concat(graph, some)).collect::<Result<_>>()?;
            concat(graph, &joined)
        }
    }
}

/// Channels `from .. from + len`.
pub fn slice_channels(graph: &mut Graph, x: NodeId, from: usize, len: usize) -> Result<NodeId> {
    graph.apply(Slice { from, len }, &[x])
}

/// Numbers of one image.
fn size(shape: &Shape) -> usize {
    shape.dims()[1..].iter().product()
}

#[derive(Debug)]
struct Concat;

impl Op for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        let first = inputs[0];
        let mut dims = first.dims().to_vec();
        for shape in &inputs[1..] {
            let alike =
                shape.rank() == first.rank() && shape.rank() >= 2 && (0..shape.rank()).all(|axis| axis == 1 || shape[axis] == first[axis]);
            if !alike {
                return Err(Error::shape(self.name(), format!("the inputs have shapes {first} and {shape}; only the channels may differ")));
            }
            dims[1] += shape[1];
        }
        Ok(Shape::new(&dims))
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let mut from = 0;
        let mut gradients = Vec::with_capacity(inputs.len());
        for (&input, &needed) in inputs.iter().zip(needed) {
            let channels = graph.shape(input)[1];
            gradients.push(if needed { Some(slice_channels(graph, gy, from, channels)?) } else { None });
            from += channels;
        }
        Ok(gradients)
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let mut parts = Vec::with_capacity(inputs.len());
        for (&input, &tangent) in inputs.iter().zip(tangents) {
            parts.push(match tangent {
                Some(tangent) => tangent,
                None => fill(graph, graph.shape(input).clone(), 0.0)?,
            });
        }
        Ok(Some(concat(graph, &parts)?))
    }
}

#[derive(Clone, Copy, Debug)]
struct Slice {
    from: usize,
    len: usize,
}

impl Op for Slice {
    fn name(&self) -> &'static str {
        "slice_channels"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        let x = inputs[0];
        let end = self.from.checked_add(self.len);
        if x.rank() < 2 || self.len == 0 || end.is_none_or(|end| end > x[1]) {
            return Err(Error::shape(self.name(), format!("{} channels from {} on do not lie in {x}", self.len, self.from)));
        }
        let mut dims = x.dims().to_vec();
        dims[1] = self.len;
        Ok(Shape::new(&dims))
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let whole = graph.shape(inputs[0]).clone();
        let mut parts = Vec::new();
        for (channels, part) in [(self.from, None), (self.len, Some(gy)), (whole[1] - self.from - self.len, None)] {
            let mut dims = whole.dims().to_vec();
            dims[1] = channels;
            match part {
                Some(part) => parts.push(part),
                None if channels > 0 => parts.push(fill(graph, Shape::new(&dims), 0.0)?),
                None => {}
            }
        }
        Ok(vec![Some(concat(graph, &parts)?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| graph.apply(*self, &[dx])).transpose()
    }
}

fn examples() -> Vec<Example> {
    let of = |label: &str, channels: &[usize]| {
        let shapes: Vec<[usize; 4]> = channels.iter().map(|&channels| [2, channels, 3, 2]).collect();
        let shapes: Vec<&[usize]> = shapes.iter().map(|shape| shape.as_slice()).collect();
        Example::new(label, &shapes, Filling::Normal, concat)
    };
    vec![
        of("of two", &[1, 3]),
        of("of three", &[2, 1, 3]),
        of("of four", &[1, 2, 3, 1]),
        of("of six", &[1, 2, 1, 2, 1, 1]),
        Example::new("slice", &[&[2, 5, 3]], Filling::Normal, |graph, x| slice_channels(graph, x[0], 1, 3)),
        Example::new("slice to the end", &[&[3, 4]], Filling::Normal, |graph, x| slice_channels(graph, x[0], 2, 2)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Element;

    #[test]
    fn what_does_not_fit_is_named() {
        let mut graph = Graph::new();
        let a = graph.input("a", Shape::new(&[2, 3, 4, 4]), Element::F32);
        let b = graph.input("b", Shape::new(&[2, 3, 5, 4]), Element::F32);
        let error = concat(&mut graph, &[a, b]).unwrap_err().to_string();
        assert_eq!(error, "concat: the inputs have shapes [2, 3, 4, 4] and [2, 3, 5, 4]; only the channels may differ");
        let error = slice_channels(&mut graph, a, 2, 2).unwrap_err().to_string();
        assert_eq!(error, "slice_channels: 2 channels from 2 on do not lie in [2, 3, 4, 4]");
    }
}
