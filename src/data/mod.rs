//! Labelled images: the sets a network trains on, the files they come in, and the order in which they are shown.
//!
//! Knows the engine's random numbers; knows nothing of models, workers or pages. Pixels are bytes, 0 for paper and 255 for ink.
//!
//! - [`shards`], [`idx`]: the two file formats, as pure functions of bytes. [`fetch`], [`load`]: getting those bytes in a browser.
//! - [`synthetic`]: digits drawn from scratch, for when nothing can be fetched.
//! - [`order`]: which image comes when. [`mnist_like`]: a drawing, framed as MNIST's digits are.

pub mod fetch;
mod glyphs;
pub mod idx;
pub mod load;
pub mod mnist_like;
pub mod order;
pub mod shards;
pub mod synthetic;

use std::ops::Range;

/// Height and width of an image.
pub const SIDE: usize = 28;

/// Pixels of an image.
pub const PIXELS: usize = SIDE * SIDE;

/// Labels run from 0 to one less than this.
pub const CLASSES: usize = 10;

/// The mean of MNIST's training pixels, scaled to [0, 1].
pub const MNIST_MEAN: f32 = 0.1307;

/// Their standard deviation.
pub const MNIST_STD: f32 = 0.3081;

/// The largest number of images that one file may hold; EMNIST's digits, the largest set of this kind, has 240,000.
pub const MAX_IMAGES: usize = 300_000;

/// Grey images with their labels, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Height of every image.
    pub rows: usize,
    /// Width of every image.
    pub columns: usize,
    /// `[image, row, column]`: 0 is paper, 255 is ink.
    pub pixels: Vec<u8>,
    /// What each image shows, from 0 to 9.
    pub labels: Vec<u8>,
}

impl Default for Images {
    fn default() -> Self {
        Images { rows: SIDE, columns: SIDE, pixels: Vec::new(), labels: Vec::new() }
    }
}

impl Images {
    /// How many images there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of one image, row by row.
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.rows * self.columns;
        &self.pixels[index * size..][..size]
    }

    /// The pixels of neighbouring images.
    pub fn images(&self, range: Range<usize>) -> &[u8] {
        let size = self.rows * self.columns;
        &self.pixels[range.start * size..range.end * size]
    }

    /// Puts other images of the same size behind these.
    pub fn append(&mut self, other: &Images) {
        debug_assert_eq!((self.rows, self.columns), (other.rows, other.columns));
        self.pixels.extend_from_slice(&other.pixels);
        self.labels.extend_from_slice(&other.labels);
    }

    /// Takes the images from `at` on away, and returns them.
    pub fn split_off(&mut self, at: usize) -> Images {
        let pixels = self.pixels.split_off(at * self.rows * self.columns);
        Images { rows: self.rows, columns: self.columns, pixels, labels: self.labels.split_off(at) }
    }
}

/// A training set and a test set; the images may arrive in shards while the first are in use already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataSet {
    /// What to call it: `MNIST`, `synthetic digits`, or a file's name.
    pub name: String,
    /// The training images that are in.
    pub train: Images,
    /// The test images that are in.
    pub test: Images,
    /// How many training images each shard has, whether it is in or not; [`order::epoch_order`] wants to know.
    pub shard_sizes: Vec<usize>,
    /// How many test images there will be.
    pub test_total: usize,
}

impl DataSet {
    /// A set of which nothing has arrived yet.
    pub fn announced(name: impl Into<String>, shard_sizes: Vec<usize>, test_total: usize) -> Self {
        let mut set = DataSet { name: name.into(), shard_sizes, test_total, ..DataSet::default() };
        // All the memory at once: growing by doubling would copy, and for a moment hold, the set twice.
        set.train.pixels.reserve_exact(set.train_total() * PIXELS);
        set.train.labels.reserve_exact(set.train_total());
        set.test.pixels.reserve_exact(test_total * PIXELS);
        set.test.labels.reserve_exact(test_total);
        set
    }

    /// A set that is all there.
    pub fn complete(name: impl Into<String>, train: Images, test: Images) -> Self {
        DataSet { name: name.into(), shard_sizes: vec![train.len()], test_total: test.len(), train, test }
    }

    /// How many training images there will be.
    pub fn train_total(&self) -> usize {
        self.shard_sizes.iter().sum()
    }

    /// Whether every image has arrived.
    pub fn is_complete(&self) -> bool {
        self.train.len() == self.train_total() && self.test.len() == self.test_total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(labels: Range<u8>) -> Images {
        Images { pixels: labels.clone().flat_map(|label| [label; PIXELS]).collect(), labels: labels.collect(), ..Images::default() }
    }

    #[test]
    fn images_split_and_join_again() {
        let mut images = numbered(0..5);
        let tail = images.split_off(3);
        assert_eq!((images.len(), tail.len()), (3, 2));
        assert!(tail.image(1).iter().all(|&pixel| pixel == 4));
        images.append(&tail);
        assert_eq!(images, numbered(0..5));
        assert_eq!(images.images(1..3).len(), 2 * PIXELS);
    }

    #[test]
    fn an_announced_set_is_complete_when_all_its_shards_are_in() {
        let mut set = DataSet::announced("digits", vec![2, 1], 2);
        assert_eq!(set.train_total(), 3);
        set.train.append(&numbered(0..2));
        set.test.append(&numbered(0..2));
        assert!(!set.is_complete());
        set.train.append(&numbered(2..3));
        assert!(set.is_complete());
        assert!(DataSet::complete("digits", numbered(0..3), numbered(0..1)).is_complete());
    }
}
