//! The sizes of one convolution: what fits together, what comes out, and the kernels' constants.
//!
//! `x: [batch, in, h, w]`, `weight: [out, in / groups, kernel_h, kernel_w]`, `y: [batch, out, h', w']`. Knows shapes; knows nothing of
//! graphs or gradients.

use super::Conv2dSettings;
use crate::error::{Error, Result};
use crate::ops::{expect_countable, expect_filled};
use crate::shape::Shape;

/// How an error speaks of a convolution: of the shapes that its user gave.
pub(in crate::ops) struct Words<'a> {
    /// The function that was called.
    pub op: &'a str,
    /// What is convolved and what it consists of: `image` and `pixels`.
    pub noun: &'a str,
    pub parts: &'a str,
    pub x: &'a Shape,
    pub weight: &'a Shape,
}

/// All sizes of one convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops) struct Sizes {
    pub batch: usize,
    pub in_channels: usize,
    /// Height and width of x.
    pub image: [usize; 2],
    pub out_channels: usize,
    /// Height and width of a filter.
    pub kernel: [usize; 2],
    /// Height and width of y.
    pub out: [usize; 2],
    pub settings: Conv2dSettings,
}

impl Sizes {
    /// Of `x` and `weight` under these settings; the error is said in `words`.
    pub fn new(words: &Words<'_>, x: [usize; 4], weight: [usize; 4], settings: Conv2dSettings) -> Result<Self> {
        let &Words { op, noun, parts, x: shown_x, weight: shown_weight } = words;
        let ([batch, in_channels, height, width], [out_channels, weight_channels, kernel_h, kernel_w]) = (x, weight);
        settings.check(op)?;
        let groups = settings.groups;
        expect_filled(op, &[shown_x, shown_weight])?;
        if !in_channels.is_multiple_of(groups) || !out_channels.is_multiple_of(groups) {
            return Err(Error::shape(
                op,
                format!(
                    "{in_channels} channels and {out_channels} filters cannot be divided into {groups} groups (shapes {shown_x} and {shown_weight})"
                ),
            ));
        }
        let wanted = in_channels / groups;
        if weight_channels != wanted {
            let grouped = if groups == 1 { String::new() } else { format!(" in {groups} groups of {wanted}") };
            return Err(Error::shape(
                op,
                format!(
                    "the {noun}s have {in_channels} channels{grouped} and the weights want {weight_channels} (shapes {shown_x} and {shown_weight})"
                ),
            ));
        }
        let out = |size: usize, kernel: usize, axis: usize| {
            let padded = size.saturating_add(settings.padding[axis].saturating_mul(2));
            let reach = settings.dilation[axis].saturating_mul(kernel - 1).saturating_add(1);
            match padded.checked_sub(reach) {
                Some(room) => Ok(room / settings.stride[axis] + 1),
                None => Err(Error::shape(
                    op,
                    format!("the kernel spans {reach} {parts} and the padded {noun} only {padded} ({noun} {shown_x})"),
                )),
            }
        };
        let out = [out(height, kernel_h, 0)?, out(width, kernel_w, 1)?];
        expect_countable(op, &[batch, out_channels, out[0], out[1]])?;
        Ok(Sizes { batch, in_channels, image: [height, width], out_channels, kernel: [kernel_h, kernel_w], out, settings })
    }

    pub fn x(&self) -> Shape {
        Shape::new(&[self.batch, self.in_channels, self.image[0], self.image[1]])
    }

    pub fn weight(&self) -> Shape {
        Shape::new(&[self.out_channels, self.in_per_group(), self.kernel[0], self.kernel[1]])
    }

    pub fn y(&self) -> Shape {
        Shape::new(&[self.batch, self.out_channels, self.out[0], self.out[1]])
    }

    pub fn in_per_group(&self) -> usize {
        self.in_channels / self.settings.groups
    }

    pub fn out_per_group(&self) -> usize {
        self.out_channels / self.settings.groups
    }

    /// Weights of one filter.
    pub fn taps(&self) -> usize {
        self.in_per_group() * self.kernel[0] * self.kernel[1]
    }

    /// Patches of one image.
    pub fn positions(&self) -> usize {
        self.out[0] * self.out[1]
    }

    /// Numbers of one channel of x.
    pub fn pixels(&self) -> usize {
        self.image[0] * self.image[1]
    }

    /// Workgroups of 64 invocations, each of four channels of a group by four pixels of a row, for the channels and pixels given.
    pub fn tiles(&self, per_group: usize, [height, width]: [usize; 2]) -> usize {
        let invocations = self.batch * height * width.div_ceil(4);
        invocations.div_ceil(64) * self.settings.groups * per_group.div_ceil(4)
    }

    /// The convolution of y's shape that gives x's with the filters turned by half; only with a stride of 1 and not too much padding.
    pub fn turned(&self) -> Option<Sizes> {
        let padding = |axis: usize| (self.settings.dilation[axis] * (self.kernel[axis] - 1)).checked_sub(self.settings.padding[axis]);
        let padding = [padding(0)?, padding(1)?];
        (self.settings.stride == [1, 1] && self.image != [0, 0]).then_some(Sizes {
            batch: self.batch,
            in_channels: self.out_channels,
            image: self.out,
            out_channels: self.in_channels,
            kernel: self.kernel,
            out: self.image,
            settings: Conv2dSettings { padding, ..self.settings },
        })
    }
}
