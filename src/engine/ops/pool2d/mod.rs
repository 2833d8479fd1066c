//! Pooling: the maximum or the average of every window of `kernel` numbers, one window each `stride` steps, over images that may be
//! padded all around.
//!
//! `x: [batch, c, h, w]`, `y: [batch, c, h', w']` with `h' = floor((h + 2 padding - kernel_h) / stride_h) + 1`; with `ceil_mode` it is
//! rounded up instead, but a window that would begin in the padding at the bottom or at the right is dropped.
//!
//! - `max_pool2d`: `y = max x` over the window; what is padding never is the maximum.
//! - `avg_pool2d`: `y = sum x / n` over the window, with zeros for the padding; `n` is how many numbers of the window lie in the padded
//!   image, or with `count_include_pad` off in the image itself.
//!
//! Here is where the windows lie; `max.rs` and `average.rs` have the rules. Knows nothing of windows that differ in size by design.

mod average;
#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;
mod max;
#[cfg(test)]
mod tests;

pub use average::avg_pool2d;
pub use max::max_pool2d;

use super::{Example, Filling, Op, Registered, expect_countable, expect_filled, fill};
use crate::autodiff;
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "pool2d", examples };

/// The windows of a pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool2dSettings {
    /// Height and width of a window.
    pub kernel: [usize; 2],
    /// Steps from one window to the next, down and to the right.
    pub stride: [usize; 2],
    /// Rows above and below the image, columns to its left and right; at most half of the window.
    pub padding: [usize; 2],
    /// Whether windows may reach past the padded image at the bottom and at the right.
    pub ceil_mode: bool,
    /// Of averages: whether the zeros of the padding count as numbers.
    pub count_include_pad: bool,
}

impl Default for Pool2dSettings {
    /// Windows of 1 x 1, without padding: every number by itself.
    fn default() -> Self {
        Pool2dSettings { kernel: [1, 1], stride: [1, 1], padding: [0, 0], ceil_mode: false, count_include_pad: true }
    }
}

impl Pool2dSettings {
    /// Windows side by side, without padding: what PyTorch takes where only the kernel is given.
    pub fn new(kernel: [usize; 2]) -> Self {
        Pool2dSettings { kernel, stride: kernel, ..Pool2dSettings::default() }
    }

    /// The shape of the pooled images; the error is said of operation `op`.
    fn output(&self, op: &str, x: &Shape) -> Result<Shape> {
        let Some([batch, channels, h, w]) = x.array() else {
            return Err(Error::shape(op, format!("the input has shape {x}; it must be [batch, channels, height, width]")));
        };
        expect_filled(op, &[x])?;
        let (kernel, stride, padding) = (Shape::new(&self.kernel), Shape::new(&self.stride), Shape::new(&self.padding));
        let most = 1 << 24;
        if [self.kernel, self.stride].iter().flatten().any(|size| !(1..=most).contains(size)) {
            return Err(Error::shape(op, format!("the window is {kernel} with stride {stride}; all of these must be from 1 to {most}")));
        }
        if self.padding.iter().zip(&self.kernel).any(|(&padding, &kernel)| padding > kernel / 2) {
            return Err(Error::shape(op, format!("the padding is {padding}; it must be at most half of the window {kernel}")));
        }
        let (Some(out_h), Some(out_w)) = (self.along(h, 0), self.along(w, 1)) else {
            let padded = Shape::new(&[h + 2 * self.padding[0], w + 2 * self.padding[1]]);
            return Err(Error::shape(op, format!("the window {kernel} is larger than the images of {x}; it must fit into {padded}")));
        };
        expect_countable(op, &[batch, channels, out_h, out_w])?;
        Ok(Shape::new(&[batch, channels, out_h, out_w]))
    }

    /// How many windows there are along one axis.
    fn along(&self, size: usize, axis: usize) -> Option<usize> {
        let (stride, padding) = (self.stride[axis], self.padding[axis]);
        let rest = if self.ceil_mode { stride - 1 } else { 0 };
        let steps = (size + 2 * padding + rest).checked_sub(self.kernel[axis])? / stride;
        // Only where it is rounded up can the last window begin past the image.
        Some(if steps * stride >= size + padding { steps } else { steps + 1 })
    }
}

/// Where the windows lie: everything that the kernels know.
#[derive(Clone, Copy, Debug)]
struct Geometry {
    /// Batch times channels.
    planes: usize,
    /// Height and width of the images.
    image: [usize; 2],
    /// Height and width of the pooled images.
    out: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    count_include_pad: bool,
}

impl Geometry {
    /// Of `image: [batch, c, h, w]` and `pooled: [batch, c, out_h, out_w]`.
    fn new(settings: Pool2dSettings, image: &Shape, pooled: &Shape) -> Self {
        let Pool2dSettings { kernel, stride, padding, count_include_pad, .. } = settings;
        let (planes, image, out) = (image[0] * image[1], [image[2], image[3]], [pooled[2], pooled[3]]);
        Geometry { planes, image, out, kernel, stride, padding, count_include_pad }
    }

    /// Whether part of some window lies outside of the image.
    fn clipped(&self) -> bool {
        let clipped = |axis: usize| {
            let last = (self.out[axis] - 1) * self.stride[axis] + self.kernel[axis];
            self.padding[axis] > 0 || last > self.image[axis]
        };
        clipped(0) || clipped(1)
    }

    /// Where no two windows overlap, no window is clipped and nothing is padded: in how many cells, a window each at most, images fall.
    fn cells(&self) -> Option<usize> {
        let apart = (0..2).all(|axis| self.padding[axis] == 0 && self.stride[axis] >= self.kernel[axis]) && !self.clipped();
        let along = |axis: usize| self.image[axis].div_ceil(self.stride[axis]);
        apart.then(|| self.planes * along(0) * along(1))
    }
}

/// Fails unless `gy` has the shape of the pooled images.
fn expect_pooled(op: &dyn Op, gy: &Shape, pooled: &Shape) -> Result<()> {
    if gy == pooled { Ok(()) } else { Err(Error::shape(op.name(), format!("the upstream gradient has shape {gy}; it must be {pooled}"))) }
}

fn examples() -> Vec<Example> {
    let side_by_side = |kernel| Pool2dSettings::new(kernel);
    let padded = Pool2dSettings { kernel: [3, 2], stride: [2, 1], padding: [1, 1], ..Default::default() };
    let cases = [
        ("2 x 2, stride 2", [2, 3, 4, 6], side_by_side([2, 2])),
        ("2 x 2, stride 2, a row and a column left over", [1, 2, 5, 7], side_by_side([2, 2])),
        ("3 x 2, stride 1 x 2: windows overlap", [2, 1, 5, 6], Pool2dSettings { stride: [1, 2], ..side_by_side([3, 2]) }),
        ("2 x 3, stride 3 x 4: windows with gaps", [1, 2, 8, 7], Pool2dSettings { stride: [3, 4], ..side_by_side([2, 3]) }),
        ("the whole image", [2, 2, 3, 4], side_by_side([3, 4])),
        ("3 x 2, padded", [1, 2, 5, 4], padded),
        ("3 x 2, padded, the padding left out", [1, 2, 5, 4], Pool2dSettings { count_include_pad: false, ..padded }),
        ("rounded up", [1, 2, 6, 8], Pool2dSettings { stride: [2, 3], ceil_mode: true, ..side_by_side([3, 3]) }),
        ("rounded up, padded", [1, 2, 6, 5], Pool2dSettings { stride: [2, 2], ceil_mode: true, ..padded }),
        (
            "rounded up, the padding left out",
            [1, 2, 6, 5],
            Pool2dSettings { stride: [2, 2], ceil_mode: true, count_include_pad: false, ..padded },
        ),
        ("rounded up from less than a window", [1, 2, 2, 3], Pool2dSettings { ceil_mode: true, ..side_by_side([3, 4]) }),
    ];
    let example = |(label, dims, settings): (&str, [usize; 4], Pool2dSettings)| {
        [
            Example::new(format!("max, {label}"), &[&dims], Filling::Spaced, move |graph, x| max_pool2d(graph, x[0], settings)),
            Example::new(format!("average, {label}"), &[&dims], Filling::Normal, move |graph, x| avg_pool2d(graph, x[0], settings)),
        ]
    };
    let mut examples: Vec<Example> = cases.into_iter().flat_map(example).collect();
    examples.push(Example::new("gradient of the average", &[&[1, 2, 3, 5]], Filling::Normal, move |graph, gy| {
        let x = fill(graph, Shape::new(&[1, 2, 5, 4]), 0.0)?;
        let y = avg_pool2d(graph, x, padded)?;
        Ok(autodiff::backward(graph, y, gy[0], &[x])?[0])
    }));
    examples.push(Example::new("tangent of the average", &[&[1, 2, 5, 4]], Filling::Normal, move |graph, dx| {
        let x = fill(graph, Shape::new(&[1, 2, 5, 4]), 0.0)?;
        let y = avg_pool2d(graph, x, padded)?;
        autodiff::forward(graph, y, &[(x, dx[0])])?.ok_or_else(|| Error::model("no tangent"))
    }));
    // The maxima stay where they are: x comes in as labels, by which nothing is differentiated.
    let picks = |label: &str, dims: &[usize], build: fn(&mut Graph, &[NodeId], Pool2dSettings) -> Result<NodeId>| Example {
        label: label.into(),
        inputs: vec![Shape::new(&[1, 2, 5, 4]), Shape::new(dims)],
        fills: vec![Filling::Labels(9), Filling::Normal],
        build: Box::new(move |graph, x| build(graph, x, padded)),
    };
    examples.push(picks("gradient of the maximum", &[1, 2, 3, 5], |graph, x, settings| {
        let y = max_pool2d(graph, x[0], settings)?;
        Ok(autodiff::backward(graph, y, x[1], &[x[0]])?[0])
    }));
    examples.push(picks("tangent of the maximum", &[1, 2, 5, 4], |graph, x, settings| {
        let y = max_pool2d(graph, x[0], settings)?;
        autodiff::forward(graph, y, &[(x[0], x[1])])?.ok_or_else(|| Error::model("no tangent"))
    }));
    examples
}
