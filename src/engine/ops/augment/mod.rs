//! Data augmentation on the device, inside the step: every image of a batch shifted, cropped, mirrored, recoloured and partly covered
//! at random.
//!
//! `x, y: [batch, channels, height, width]`, as `(v - mean) / std` with intensities v from 0 to 1. In this order: shift and crop (what
//! comes in from outside is black), mirror, brightness, contrast, saturation (as torchvision's `ColorJitter`, in that order), cutout.
//! What is drawn depends on seed and step in the control buffer and on the image's place in the batch, alike on every device. Not
//! differentiated: images are not learned.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;
#[cfg(test)]
mod tests;

use super::{Example, Filling, Op, Registered, expect_inputs, not_differentiable};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::optim::control::CONTROL_LEN;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

pub(super) const REGISTERED: Registered = Registered { name: "augment", examples };

/// The stream of random numbers, apart from those of a model's layers, which count from 1.
const STREAM: u32 = 0x6175_676d;

/// What is done to training images; nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Shifts by up to so many pixels, down, up, left and right.
    pub shift: usize,
    /// Pads with so many black pixels all around, then cuts a random piece of the old size out: `RandomCrop(size, padding)`.
    pub crop_padding: usize,
    /// Mirrors left and right with probability 1/2.
    pub flip: bool,
    /// Multiplies intensities by a factor from `1 - brightness` (0 at least) to `1 + brightness`.
    pub brightness: f32,
    /// Moves intensities from the image's mean by a factor from `1 - contrast` to `1 + contrast`.
    pub contrast: f32,
    /// Moves colours from grey by a factor from `1 - saturation` to `1 + saturation`; does nothing to images that have not three channels.
    pub saturation: f32,
    /// Covers a square of so many pixels a side with the mean of the data set (0 after normalisation), whose centre lies anywhere in the image (DeVries and Taylor, 2017).
    pub cutout: usize,
}

impl Augmentation {
    /// Whether nothing is done.
    pub fn is_none(&self) -> bool {
        *self == Augmentation::default()
    }

    fn jitters(&self) -> bool {
        self.brightness > 0.0 || self.contrast > 0.0 || self.saturation > 0.0
    }

    /// Says in a sentence what makes no sense, if anything does.
    pub fn check(&self) -> Result<()> {
        for (name, pixels) in [("shift", self.shift), ("crop_padding", self.crop_padding), ("cutout", self.cutout)] {
            if pixels > 1024 {
                return Err(Error::model(format!("the augmentation's {name} is {pixels} pixels; it must be from 0 to 1024")));
            }
        }
        for (name, range) in [("brightness", self.brightness), ("contrast", self.contrast), ("saturation", self.saturation)] {
            if !(0.0..=10.0).contains(&range) {
                return Err(Error::model(format!("the augmentation's {name} is {range}; it must be from 0 to 10")));
            }
        }
        Ok(())
    }
}

/// Augments the images of a batch; `mean` and `std` are those by which they were normalised.
pub fn augment(graph: &mut Graph, x: NodeId, control: NodeId, settings: Augmentation, mean: f32, std: f32) -> Result<NodeId> {
    settings.check()?;
    if settings.is_none() {
        return Ok(x);
    }
    graph.apply(Augment { settings, mean, std }, &[x, control])
}

#[derive(Clone, Copy, Debug)]
struct Sizes {
    channels: usize,
    height: usize,
    width: usize,
    mean: f32,
    std: f32,
}

impl Sizes {
    /// What intensity 0 is.
    fn black(&self) -> f32 {
        -self.mean / self.std
    }
}

#[derive(Debug)]
struct Augment {
    settings: Augmentation,
    mean: f32,
    std: f32,
}

impl Op for Augment {
    fn name(&self) -> &'static str {
        "augment"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        if inputs[0].rank() != 4 || inputs[0].numel() == 0 || inputs[1].dims() != [CONTROL_LEN] {
            let message =
                format!("takes images [batch, channels, height, width] and the control buffer, got {} and {}", inputs[0], inputs[1]);
            return Err(Error::shape(self.name(), message));
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

fn examples() -> Vec<Example> {
    let case = |label: &str, channels: usize, settings: Augmentation| Example {
        label: label.into(),
        inputs: vec![Shape::new(&[5, channels, 6, 7]), Shape::new(&[CONTROL_LEN])],
        fills: vec![Filling::Labels(2), Filling::Labels(100)],
        build: Box::new(move |graph, x| augment(graph, x[0], x[1], settings, 0.4, 0.5)),
    };
    let none = Augmentation::default();
    vec![
        case("shift and mirror", 1, Augmentation { shift: 2, flip: true, ..none }),
        case("crop", 2, Augmentation { crop_padding: 3, ..none }),
        case("colours", 3, Augmentation { brightness: 0.4, contrast: 0.3, saturation: 0.5, ..none }),
        case("cutout", 1, Augmentation { cutout: 3, ..none }),
        case("all", 3, Augmentation { shift: 1, crop_padding: 1, flip: true, brightness: 0.2, contrast: 0.2, saturation: 0.2, cutout: 2 }),
    ]
}
