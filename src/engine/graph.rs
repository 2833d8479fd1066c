//! The computation as data: nodes in topological order, each an operation on earlier nodes.
//!
//! A graph knows shapes and rules. It knows nothing of memory, devices or numbers.

use crate::error::Result;
use crate::ops::Op;
use crate::shape::Shape;
use std::sync::Arc;

/// What a tensor's elements are on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 32-bit floats: everything that is computed with. Labels and indices too: whole numbers are exact up to 2^24.
    F32,
    /// Bytes, packed four to a word: stored images.
    U8,
}

/// A node of one graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(usize);

impl NodeId {
    /// The node's place in the topological order.
    pub fn index(self) -> usize {
        self.0
    }
}

/// Where a node's values come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// From outside: a parameter, a batch, a constant that the host writes.
    Input,
    /// The same numbers as another node's under another shape; costs nothing.
    View(NodeId),
    /// Computed from other nodes.
    Op {
        /// The operation.
        op: Arc<dyn Op>,
        /// Its operands.
        inputs: Vec<NodeId>,
    },
}

/// A value in a graph.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it comes from.
    pub source: Source,
    /// Its shape.
    pub shape: Shape,
    /// What its elements are.
    pub element: Element,
    /// The name of an input; for other nodes the operation's name.
    pub name: String,
}

/// Nodes in topological order: a node's operands come before it.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// A value that comes from outside.
    pub fn input(&mut self, name: impl Into<String>, shape: Shape, element: Element) -> NodeId {
        self.push(Node { source: Source::Input, shape, element, name: name.into() })
    }

    /// The input of this name, or a new one: so a layer asks for its parameter, however often it is applied.
    pub fn parameter(&mut self, name: &str, shape: Shape) -> NodeId {
        let found = self.nodes.iter().position(|node| matches!(node.source, Source::Input) && node.name == name);
        found.map(NodeId).unwrap_or_else(|| self.input(name, shape, Element::F32))
    }

    /// Applies an operation; fails where the operands' shapes do not fit it.
    pub fn apply(&mut self, op: impl Op, inputs: &[NodeId]) -> Result<NodeId> {
        let shapes: Vec<&Shape> = inputs.iter().map(|&id| &self[id].shape).collect();
        let shape = op.shape(&shapes)?;
        crate::ops::expect_countable(op.name(), shape.dims())?;
        let name = op.name().to_string();
        Ok(self.push(Node { source: Source::Op { op: Arc::new(op), inputs: inputs.to_vec() }, shape, element: Element::F32, name }))
    }

    /// The same numbers under another shape of as many elements.
    pub fn view(&mut self, of: NodeId, shape: Shape) -> Result<NodeId> {
        let from = &self[of].shape;
        if from.numel() != shape.numel() {
            return Err(crate::error::Error::shape(
                "view",
                format!("{from} has {} numbers, {shape} would have {}; they must be as many", from.numel(), shape.numel()),
            ));
        }
        let element = self[of].element;
        Ok(self.push(Node { source: Source::View(of), shape, element, name: "view".into() }))
    }

    /// All nodes with their ids, in topological order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(index, node)| (NodeId(index), node))
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The shape of a node.
    pub fn shape(&self, id: NodeId) -> &Shape {
        &self[id].shape
    }

    /// The nodes whose numbers a node needs.
    pub fn operands(&self, id: NodeId) -> &[NodeId] {
        match &self[id].source {
            Source::Input => &[],
            Source::View(of) => std::slice::from_ref(of),
            Source::Op { inputs, .. } => inputs,
        }
    }

    /// Computes a node by another operation, of the same shape, from other operands that come before it.
    pub(crate) fn replace(&mut self, id: NodeId, op: Arc<dyn Op>, inputs: Vec<NodeId>) {
        debug_assert!(inputs.iter().all(|input| input.0 < id.0));
        self.nodes[id.0].source = Source::Op { op, inputs };
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }
}

impl std::ops::Index<NodeId> for Graph {
    type Output = Node;

    fn index(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }
}
