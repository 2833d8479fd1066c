//! Functions of every number, of any shape: the elementary functions that expressions are made of.
//!
//! Their derivatives are composed of other operations, so they can be differentiated again, as often as one likes.

mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, add, div, expect_inputs, mul};
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "unary", examples };

/// A function of one number. The order is that of the cases in `unary.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// `-x`.
    Neg,
    /// `e^x`.
    Exp,
    /// The natural logarithm.
    Log,
    /// The square root.
    Sqrt,
    /// The sine, of radians.
    Sin,
    /// The cosine.
    Cos,
    /// The tangent.
    Tan,
    /// The hyperbolic sine.
    Sinh,
    /// The hyperbolic cosine.
    Cosh,
    /// The absolute value; its derivative at 0 is taken as 0, as in PyTorch.
    Abs,
    /// -1, 0 or 1; its derivative is 0.
    Sign,
}

/// Applies a function to every number of `x`.
pub fn unary(graph: &mut Graph, function: Unary, x: NodeId) -> Result<NodeId> {
    graph.apply(function, &[x])
}

/// `-x`.
pub fn neg(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    unary(graph, Unary::Neg, x)
}

impl Unary {
    /// The derivative times `along`: the Jacobian is diagonal, so it is the same backwards and forwards.
    fn differentiate(self, graph: &mut Graph, x: NodeId, y: NodeId, along: NodeId) -> Result<Option<NodeId>> {
        let slope = match self {
            Unary::Neg => return Ok(Some(neg(graph, along)?)),
            Unary::Exp => y,
            Unary::Log => return Ok(Some(div(graph, along, x)?)),
            Unary::Sqrt => {
                let twice = add(graph, y, y)?;
                return Ok(Some(div(graph, along, twice)?));
            }
            Unary::Sin => unary(graph, Unary::Cos, x)?,
            Unary::Cos => {
                let sine = unary(graph, Unary::Sin, x)?;
                neg(graph, sine)?
            }
            // 1 + tan^2.
            Unary::Tan => {
                let product = mul(graph, along, y)?;
                let product = mul(graph, product, y)?;
                return Ok(Some(add(graph, along, product)?));
            }
            Unary::Sinh => unary(graph, Unary::Cosh, x)?,
            Unary::Cosh => unary(graph, Unary::Sinh, x)?,
            Unary::Abs => unary(graph, Unary::Sign, x)?,
            Unary::Sign => return Ok(None),
        };
        Ok(Some(mul(graph, along, slope)?))
    }
}

impl Op for Unary {
    fn name(&self) -> &'static str {
        match self {
            Unary::Neg => "neg",
            Unary::Exp => "exp",
            Unary::Log => "log",
            Unary::Sqrt => "sqrt",
            Unary::Sin => "sin",
            Unary::Cos => "cos",
            Unary::Tan => "tan",
            Unary::Sinh => "sinh",
            Unary::Cosh => "cosh",
            Unary::Abs => "abs",
            Unary::Sign => "sign",
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], output: NodeId, gy: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![self.differentiate(graph, inputs[0], output, gy)?])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], output: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        match tangents[0] {
            Some(dx) => self.differentiate(graph, inputs[0], output, dx),
            None => Ok(None),
        }
    }

    fn value(&self, inputs: &[f64]) -> Option<f64> {
        inputs.first().map(|&x| cpu::double(*self, x))
    }
}

fn examples() -> Vec<Example> {
    let of = |function: Unary, filling: Filling| {
        Example::new(function.name(), &[&[3, 4]], filling, move |graph, x| unary(graph, function, x[0]))
    };
    // Where only positive numbers have a value, of the exponential.
    let of_positive = |function: Unary| {
        Example::new(function.name(), &[&[3, 4]], Filling::Spaced, move |graph, x| {
            let positive = unary(graph, Unary::Exp, x[0])?;
            unary(graph, function, positive)
        })
    };
    let mut examples: Vec<Example> = [Unary::Neg, Unary::Exp, Unary::Sin, Unary::Cos, Unary::Tan, Unary::Sinh, Unary::Cosh, Unary::Abs]
        .map(|function| of(function, Filling::Spaced))
        .into();
    examples.extend([Unary::Log, Unary::Sqrt].map(of_positive));
    examples
}
