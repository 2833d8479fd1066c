//! Shapes of tensors: dimensions in row-major order, the last one fastest.

use std::fmt;

/// The dimensions of a tensor, outermost first. A scalar is `[1]`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// A shape with these dimensions.
    pub fn new(dims: &[usize]) -> Self {
        Shape(dims.to_vec())
    }

    /// The shape of a single number.
    pub fn scalar() -> Self {
        Shape(vec![1])
    }

    /// The dimensions, outermost first.
    pub fn dims(&self) -> &[usize] {
        &self.0
    }

    /// How many dimensions there are.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// How many numbers a tensor of this shape holds.
    pub fn numel(&self) -> usize {
        self.0.iter().product()
    }

    /// The dimensions as an array, or `None` where the rank is another.
    pub fn array<const N: usize>(&self) -> Option<[usize; N]> {
        self.0.as_slice().try_into().ok()
    }

    /// The same shape behind a batch dimension.
    pub fn batched(&self, batch: usize) -> Self {
        let mut dims = Vec::with_capacity(self.0.len() + 1);
        dims.push(batch);
        dims.extend_from_slice(&self.0);
        Shape(dims)
    }
}

impl std::ops::Index<usize> for Shape {
    type Output = usize;

    fn index(&self, axis: usize) -> &usize {
        &self.0[axis]
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, dim) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{dim}")?;
        }
        f.write_str("]")
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
