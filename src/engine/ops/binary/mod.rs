//! Functions of two numbers, elementwise, of two tensors of one shape.
//!
//! Their derivatives are composed of other operations, so they can be differentiated again, as often as one likes. Where `maximum` and
//! `minimum` meet a tie, each of the two gets half of the gradient, as in PyTorch.

mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::unary::{Unary, neg, unary};
use super::{Example, Filling, Op, Registered, expect_inputs, expect_same, fill, sum_tangents};
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "binary", examples };

/// A function of two numbers. The order is that of the cases in `binary.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `a + b`.
    Add,
    /// `a - b`.
    Sub,
    /// `a * b`.
    Mul,
    /// `a / b`.
    Div,
    /// `a^b`; a negative base has a power only if the exponent is whole.
    Pow,
    /// The larger one.
    Maximum,
    /// The smaller one.
    Minimum,
    /// 1 where a is greater than b, 1/2 where both are the same, 0 elsewhere; its derivative is 0.
    Step,
    /// `a * b`, and 0 where a is 0 whatever b is: a term that is not there, be its other factor infinite.
    Term,
}

/// Applies a function to the numbers of `a` and `b`.
pub fn binary(graph: &mut Graph, function: Binary, a: NodeId, b: NodeId) -> Result<NodeId> {
    graph.apply(function, &[a, b])
}

/// `a + b`.
pub fn add(graph: &mut Graph, a: NodeId, b: NodeId) -> Result<NodeId> {
    binary(graph, Binary::Add, a, b)
}

/// `a * b`.
pub fn mul(graph: &mut Graph, a: NodeId, b: NodeId) -> Result<NodeId> {
    binary(graph, Binary::Mul, a, b)
}

/// `a / b`.
pub fn div(graph: &mut Graph, a: NodeId, b: NodeId) -> Result<NodeId> {
    binary(graph, Binary::Div, a, b)
}

impl Binary {
    /// The derivative by operand `which`, times `along`: the Jacobian is diagonal, so it is the same backwards and forwards.
    fn differentiate(self, graph: &mut Graph, [a, b]: [NodeId; 2], y: NodeId, which: usize, along: NodeId) -> Result<Option<NodeId>> {
        let slope = match (self, which) {
            (Binary::Add, _) | (Binary::Sub, 0) => return Ok(Some(along)),
            (Binary::Sub, _) => return Ok(Some(neg(graph, along)?)),
            (Binary::Mul | Binary::Term, 0) => b,
            (Binary::Mul | Binary::Term, _) => a,
            (Binary::Div, 0) => return Ok(Some(div(graph, along, b)?)),
            (Binary::Div, _) => {
                let product = mul(graph, along, y)?;
                let quotient = div(graph, product, b)?;
                return Ok(Some(neg(graph, quotient)?));
            }
            (Binary::Pow, 0) => {
                let one = fill(graph, graph.shape(b).clone(), 1.0)?;
                let less = binary(graph, Binary::Sub, b, one)?;
                let power = binary(graph, Binary::Pow, a, less)?;
                // The zeroth power is 1 everywhere, at 0 too, where a^(b - 1) is infinite.
                binary(graph, Binary::Term, b, power)?
            }
            (Binary::Pow, _) => {
                let log = unary(graph, Unary::Log, a)?;
                // Powers of 0 are 0 for all exponents above 0, though log 0 is infinite.
                binary(graph, Binary::Term, y, log)?
            }
            (Binary::Maximum, 0) | (Binary::Minimum, 1) => binary(graph, Binary::Step, a, b)?,
            (Binary::Maximum | Binary::Minimum, _) => binary(graph, Binary::Step, b, a)?,
            (Binary::Step, _) => return Ok(None),
        };
        Ok(Some(mul(graph, along, slope)?))
    }
}

impl Op for Binary {
    fn name(&self) -> &'static str {
        match self {
            Binary::Add => "add",
            Binary::Sub => "sub",
            Binary::Mul => "mul",
            Binary::Div => "div",
            Binary::Pow => "pow",
            Binary::Maximum => "maximum",
            Binary::Minimum => "minimum",
            Binary::Step => "step",
            Binary::Term => "term",
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        expect_same(self, inputs[0], inputs[1])?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], output: NodeId, gy: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let operands = [inputs[0], inputs[1]];
        let by_a = if needed[0] { self.differentiate(graph, operands, output, 0, gy)? } else { None };
        let by_b = if needed[1] { self.differentiate(graph, operands, output, 1, gy)? } else { None };
        Ok(vec![by_a, by_b])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], output: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let mut parts = [None; 2];
        for (which, tangent) in tangents.iter().enumerate() {
            if let &Some(tangent) = tangent {
                parts[which] = self.differentiate(graph, [inputs[0], inputs[1]], output, which, tangent)?;
            }
        }
        sum_tangents(graph, &parts)
    }

    fn value(&self, inputs: &[f64]) -> Option<f64> {
        let &[a, b] = inputs else { return None };
        Some(cpu::double(*self, a, b))
    }
}

fn examples() -> Vec<Example> {
    let of = |function: Binary| {
        Example::new(function.name(), &[&[3, 5], &[3, 5]], Filling::Normal, move |graph, x| binary(graph, function, x[0], x[1]))
    };
    // Where the first or the second must be positive: of the exponential.
    let of_positive = |function: Binary, positive: usize| {
        Example::new(function.name(), &[&[3, 4], &[3, 4]], Filling::Spaced, move |graph, x| {
            let mut operands = [x[0], x[1]];
            operands[positive] = unary(graph, Unary::Exp, x[positive])?;
            binary(graph, function, operands[0], operands[1])
        })
    };
    let mut examples: Vec<Example> = [Binary::Add, Binary::Sub, Binary::Mul, Binary::Maximum, Binary::Minimum, Binary::Term].map(of).into();
    examples.extend([of_positive(Binary::Div, 1), of_positive(Binary::Pow, 0)]);
    examples.push(Example::new("add of a tensor to itself", &[&[4]], Filling::Normal, |graph, x| add(graph, x[0], x[0])));
    examples.push(Example::new("the square of any number", &[&[4]], Filling::Normal, |graph, x| {
        let two = fill(graph, Shape::new(&[4]), 2.0)?;
        binary(graph, Binary::Pow, x[0], two)
    }));
    examples
}
