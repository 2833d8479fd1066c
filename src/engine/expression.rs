//! Scalar expressions: from text to a graph, and the value of every node in double precision.
//!
//! The graph is an ordinary one: [`autodiff`](crate::autodiff) differentiates it, backwards and forwards, to larger graphs, whose nodes
//! a lesson can show one by one. Knows mathematics as it is typed; knows nothing of devices.

mod parse;

use crate::autodiff;
use crate::error::{Error, Result};
use crate::graph::{Element, Graph, NodeId, Source};
use crate::ops;
use crate::shape::Shape;

/// An expression in some variables.
///
/// ```
/// # use stride_engine::expression::Expression;
/// # fn main() -> stride_engine::error::Result<()> {
/// let expression = Expression::parse("y * log(x) + sqrt(y * log(x))", &["x", "y"])?;
/// assert!((expression.value(&[3.0, 2.0])? - 3.6795283847).abs() < 1e-9);
/// assert!((expression.gradient(&[3.0, 2.0])?[0] - 0.8915418452).abs() < 1e-9);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    /// The computation; every node is a single number.
    pub graph: Graph,
    /// The node of the expression's value.
    pub output: NodeId,
    /// The variables and their nodes, in the order in which they were named.
    pub variables: Vec<(String, NodeId)>,
}

impl Expression {
    /// Reads an expression in these variables: `+ - * / ^` (a power binds tighter than a sign, and to the right), parentheses, numbers,
    /// the constants `pi` and `e`, and the functions `exp log ln sqrt sin cos tan sinh cosh tanh sigmoid relu abs max min`. The error
    /// says at which column something else was expected.
    pub fn parse(text: &str, variables: &[&str]) -> Result<Self> {
        let mut graph = Graph::new();
        let variables: Vec<(String, NodeId)> =
            variables.iter().map(|&name| (name.to_string(), graph.input(name, Shape::scalar(), Element::F32))).collect();
        let output = parse::parse(text, &mut graph, &variables)?;
        Ok(Expression { graph, output, variables })
    }

    /// The value where the variables are `at`.
    pub fn value(&self, at: &[f64]) -> Result<f64> {
        Ok(values(&self.graph, &self.inputs(at)?)?[self.output.index()])
    }

    /// The graph with the gradient added, and its nodes by variable; `None` for variables on which the value does not depend.
    pub fn gradient_graph(&self) -> Result<(Graph, Vec<Option<NodeId>>)> {
        let mut graph = self.graph.clone();
        let one = ops::fill(&mut graph, Shape::scalar(), 1.0)?;
        let wanted: Vec<NodeId> = self.variables.iter().map(|&(_, node)| node).collect();
        let gradient = autodiff::gradients(&mut graph, self.output, one, &wanted)?;
        Ok((graph, gradient))
    }

    /// The derivatives by all variables, by reverse mode.
    pub fn gradient(&self, at: &[f64]) -> Result<Vec<f64>> {
        let (graph, gradient) = self.gradient_graph()?;
        let values = values(&graph, &self.inputs(at)?)?;
        Ok(gradient.into_iter().map(|node| node.map_or(0.0, |node| values[node.index()])).collect())
    }

    /// The derivative along a direction, by forward mode.
    pub fn tangent(&self, at: &[f64], direction: &[f64]) -> Result<f64> {
        let mut graph = self.graph.clone();
        let mut seeds = Vec::with_capacity(direction.len());
        for (&(_, variable), &step) in self.variables.iter().zip(direction) {
            seeds.push((variable, ops::fill(&mut graph, Shape::scalar(), step)?));
        }
        match autodiff::forward(&mut graph, self.output, &seeds)? {
            Some(tangent) => Ok(values(&graph, &self.inputs(at)?)?[tangent.index()]),
            None => Ok(0.0),
        }
    }

    fn inputs(&self, at: &[f64]) -> Result<Vec<(NodeId, f64)>> {
        if at.len() != self.variables.len() {
            return Err(Error::model(format!("the expression has {} variables; {} values were given", self.variables.len(), at.len())));
        }
        Ok(self.variables.iter().zip(at).map(|(&(_, node), &value)| (node, value)).collect())
    }
}

/// The value of every node of a graph of single numbers, in double precision, by each operation's own
/// [`value`](crate::ops::Op::value).
pub fn values(graph: &Graph, inputs: &[(NodeId, f64)]) -> Result<Vec<f64>> {
    let mut values: Vec<f64> = Vec::with_capacity(graph.len());
    for (id, node) in graph.nodes() {
        if node.shape.numel() != 1 {
            return Err(Error::shape(&node.name, format!("only single numbers are computed here, this has shape {}", node.shape)));
        }
        values.push(match &node.source {
            Source::Input => match inputs.iter().find(|(input, _)| *input == id) {
                Some(&(_, value)) => value,
                None => return Err(Error::model(format!("the variable '{}' has no value", node.name))),
            },
            Source::View(of) => values[of.index()],
            Source::Op { op, inputs } => {
                let operands: Vec<f64> = inputs.iter().map(|input| values[input.index()]).collect();
                op.value(&operands).ok_or_else(|| Error::model(format!("{} is not computed on single numbers", op.name())))?
            }
        });
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64) {
        assert!((got - want).abs() <= 1e-12 * want.abs().max(1.0), "{got} is not {want}");
    }

    #[test]
    fn signs_and_powers_bind_as_in_mathematics() {
        for (text, want) in [
            ("-2^2", -4.0),
            ("2^3^2", 512.0),
            ("2^-1", 0.5),
            ("(-2)^3", -8.0),
            ("1 - 2 - 3", -4.0),
            ("8 / 4 / 2", 1.0),
            ("2 + 3 * 4", 14.0),
            ("--3", 3.0),
            ("max(1, 2) - min(1, 2)", 1.0),
            ("ln(e) + cos(pi)", 0.0),
            ("1e-3 * 1.5E2", 0.15),
            ("abs(-0.1)", 0.1),
        ] {
            close(Expression::parse(text, &[]).unwrap().value(&[]).unwrap(), want);
        }
    }

    #[test]
    fn derivatives_by_hand() {
        let cube = Expression::parse("x^3", &["x", "y"]).unwrap();
        assert_eq!(cube.gradient(&[-2.0, 5.0]).unwrap(), [12.0, 0.0]);
        close(cube.tangent(&[-2.0, 5.0], &[0.5, 9.0]).unwrap(), 6.0);
        let power = Expression::parse("x^y", &["x", "y"]).unwrap();
        let gradient = power.gradient(&[2.0, 3.0]).unwrap();
        close(gradient[0], 12.0);
        close(gradient[1], 8.0 * 2f64.ln());
        let tie = Expression::parse("max(x, y)", &["x", "y"]).unwrap();
        assert_eq!(tie.gradient(&[1.0, 1.0]).unwrap(), [0.5, 0.5]);
        // As PyTorch has it: 0^2 stays 0 when the exponent moves, and x^0 stays 1 when the base does.
        assert_eq!(power.gradient(&[0.0, 2.0]).unwrap(), [0.0, 0.0]);
        assert_eq!(power.gradient(&[0.0, 1.0]).unwrap(), [1.0, 0.0]);
        assert_eq!(power.gradient(&[0.0, 0.0]).unwrap()[0], 0.0);
        for text in ["max(x, 0)", "min(x, 0)", "relu(x)"] {
            assert!(Expression::parse(text, &["x"]).unwrap().value(&[f64::NAN]).unwrap().is_nan(), "{text}");
        }
    }

    #[test]
    fn a_gradient_can_be_differentiated_again() {
        // sin'' = -sin.
        let sine = Expression::parse("sin(x)", &["x"]).unwrap();
        let (graph, gradient) = sine.gradient_graph().unwrap();
        let slope = Expression { graph, output: gradient[0].unwrap(), variables: sine.variables.clone() };
        close(slope.gradient(&[0.7]).unwrap()[0], -(0.7f64.sin()));
    }

    #[test]
    fn mistakes_are_told_with_their_column() {
        for (text, want) in [
            ("2 * ) 3", "column 5: expected a number, a variable, a function, '(' or '-', found ')'"),
            ("2 * (3 + x", "column 11: expected ')', found the end"),
            ("sin 3", "column 5: expected '(' after 'sin', found '3'"),
            ("x y", "column 3: expected an operator or the end, found 'y'"),
            ("max(x)", "column 6: expected ',', found ')'"),
            ("z + 1", "column 1: 'z' is no variable or function; the variables are x, y"),
            ("2 $ 3", "column 3: '$' has no meaning here"),
            ("1.2.3", "column 1: '1.2.3' is no number"),
            ("", "column 1: expected a number, a variable, a function, '(' or '-', found the end"),
        ] {
            assert_eq!(Expression::parse(text, &["x", "y"]).unwrap_err().to_string(), want, "{text}");
        }
        let deep = format!("{}x{}", "(".repeat(500), ")".repeat(500));
        assert!(Expression::parse(&deep, &["x"]).unwrap_err().to_string().contains("deep"));
        assert!(Expression::parse(&"1+".repeat(5000), &["x"]).unwrap_err().to_string().contains("characters"));
    }
}
