//! The patches of images as the columns of a matrix: a row for every tap, a column for every place of the kernel. The matrix is nowhere;
//! it is made block by block, in panels, while it is multiplied.
//!
//! Tap t of the patch at (i, j) is the pixel `(i step + down, j step + across)` of a channel, zero outside the image. So that no pixel
//! need be asked whether it lies inside, images are first laid into frames of zeros, where all taps lie inside. Knows nothing of weights.

use crate::gemm::{Columns, Lanes, Panels, Run, WIDTH};
use std::borrow::Cow;
use std::ops::Range;

/// Half of a panel's lanes: what a vector has where vectors are short.
const HALF: usize = WIDTH / 2;

/// One row of the matrix: which channel of a group, and where from a patch's place on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tap {
    pub channel: usize,
    pub down: isize,
    pub across: isize,
}

/// How a kernel walks over the images of a batch.
pub(super) struct Walk {
    channels: usize,
    image: [usize; 2],
    /// Zeros above and to the left of the image.
    before: [usize; 2],
    /// Height and width of the frame; those of the image where it needs none.
    frame: [usize; 2],
    step: [usize; 2],
    /// Patches down and across.
    grid: [usize; 2],
    taps: Vec<Tap>,
    /// Where each tap lies in a frame, from the patch's place on.
    offsets: Vec<usize>,
    /// The frames would be far larger than what is read of them: there are none, and every pixel is asked.
    far: bool,
}

impl Walk {
    /// Over images of `channels` channels in all.
    pub fn new(channels: usize, image: [usize; 2], step: [usize; 2], grid: [usize; 2], taps: Vec<Tap>) -> Self {
        let least = |of: fn(&Tap) -> isize| taps.iter().map(of).min().unwrap_or(0);
        let most = |of: fn(&Tap) -> isize| taps.iter().map(of).max().unwrap_or(0);
        let low = [least(|tap| tap.down), least(|tap| tap.across)];
        let high = [most(|tap| tap.down), most(|tap| tap.across)];
        let before = low.map(|low| (-low).max(0) as usize);
        let frame: [usize; 2] = std::array::from_fn(|axis| {
            let last = (grid[axis].max(1) - 1).saturating_mul(step[axis]).saturating_add_signed(high[axis]);
            last.saturating_add(1).max(image[axis]).saturating_add(before[axis])
        });
        let pixels = frame[0].saturating_mul(frame[1]);
        // Where frames are mostly the images themselves, or mostly read, they pay.
        let product = |sizes: [usize; 3]| sizes.into_iter().fold(1usize, usize::saturating_mul);
        let read = product([grid[0], grid[1], taps.len()]).saturating_add(product([channels, image[0], image[1]]));
        let far = pixels.saturating_mul(channels) > 1 << 16 && pixels.saturating_mul(channels) / 16 > read;
        let (pixels, width) = if far { (0, 0) } else { (pixels, frame[1]) };
        let place = |along: isize, before: usize| (along + before as isize) as usize;
        let offset = |tap: &Tap| tap.channel * pixels + place(tap.down, before[0]) * width + place(tap.across, before[1]);
        let offsets = taps.iter().map(offset).collect();
        Walk { channels, image, before, frame, step, grid, taps, offsets, far }
    }

    /// Patches of an image.
    pub fn positions(&self) -> usize {
        self.grid[0] * self.grid[1]
    }

    pub fn taps(&self) -> usize {
        self.taps.len()
    }

    fn framed(&self) -> bool {
        !self.far && self.frame != self.image
    }

    /// Numbers of one channel, framed if it is.
    fn plane(&self) -> usize {
        let [height, width] = if self.far { self.image } else { self.frame };
        height * width
    }

    /// How many images should be taken at once: panels of theirs should be full, and their frames stay in the cache.
    pub fn images(&self, batch: usize) -> usize {
        if self.framed() { 1024usize.div_ceil(self.positions().max(1)).min(batch) } else { batch }
    }

    /// The images, in frames where there are any. `frames` is memory for them, which is empty in the beginning and then used for
    /// nothing else: what is not image in it stays zero.
    pub fn lay<'a>(&self, images: &'a [f32], frames: &'a mut Vec<f32>) -> &'a [f32] {
        if !self.framed() {
            return images;
        }
        let [height, width] = self.image;
        let planes = images.len() / (height * width);
        if frames.len() < planes * self.plane() {
            frames.resize(planes * self.plane(), 0.0);
        }
        let first = self.before[0] * self.frame[1] + self.before[1];
        for (plane, image) in frames.chunks_exact_mut(self.plane()).zip(images.chunks_exact(height * width)) {
            for (to, from) in plane[first..].chunks_mut(self.frame[1]).zip(image.chunks_exact(width)) {
                copy(&mut to[..width], from);
            }
        }
        &frames[..planes * self.plane()]
    }
}

/// A short copy, without the call that the standard library makes of it.
fn copy(to: &mut [f32], from: &[f32]) {
    let ((to, to_rest), (from, from_rest)) = (to.as_chunks_mut::<4>(), from.as_chunks::<4>());
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    for (to, from) in to_rest.iter_mut().zip(from_rest) {
        *to = *from;
    }
}

/// Where the patches' results lie: pixel (i, j) of image n at `n image + (first + i step) width + first + j step`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Results {
    /// From one image to the next.
    pub image: usize,
    pub width: usize,
    pub first: [usize; 2],
    pub step: [usize; 2],
}

/// The patches of some images and one group of channels, as columns: image by image, row by row.
pub(super) struct Patches<'a> {
    pub walk: &'a Walk,
    /// What [`Walk::lay`] gave.
    pub source: &'a [f32],
    /// The group's first channel.
    pub channel: usize,
    pub images: usize,
    pub results: Cow<'a, Results>,
}

/// A patch's place.
#[derive(Clone, Copy)]
struct Place {
    image: usize,
    i: usize,
    j: usize,
}

impl Patches<'_> {
    fn place_of(&self, column: usize) -> Place {
        let [_, across] = self.walk.grid;
        let (image, position) = (column / self.walk.positions(), column % self.walk.positions());
        Place { image, i: position / across, j: position % across }
    }

    /// Where a patch begins in the source.
    fn offset(&self, place: Place) -> usize {
        let walk = self.walk;
        let plane = (place.image * walk.channels + self.channel) * walk.plane();
        if walk.far { plane } else { plane + place.i * walk.step[0] * walk.frame[1] + place.j * walk.step[1] }
    }

    /// `COUNT` lanes of a panel from `lane` on, of patches that lie side by side.
    fn pack_side_by_side<const COUNT: usize>(&self, first: usize, lane: usize, taps: &[usize], panel: &mut [Lanes]) {
        for (to, &tap) in panel.iter_mut().zip(taps) {
            to[lane..lane + COUNT].copy_from_slice(&self.source[first + tap..][..COUNT]);
        }
    }

    /// The lanes of a panel from `lane` on, of patches that lie anywhere; zeros where there are none.
    fn pack_apart(&self, firsts: [Option<usize>; HALF], lane: usize, taps: &[usize], panel: &mut [Lanes]) {
        for (to, &tap) in panel.iter_mut().zip(taps) {
            for (to, first) in to[lane..lane + HALF].iter_mut().zip(firsts) {
                *to = first.map_or(0.0, |first| self.source[first + tap]);
            }
        }
    }

    /// The next patch but `count - 1`; those between lie in the same row.
    fn after(&self, place: Place, count: usize) -> Place {
        let [down, across] = self.walk.grid;
        let Place { image, i, j } = place;
        if j + count < across {
            Place { j: j + count, ..place }
        } else if i + 1 < down {
            Place { image, i: i + 1, j: 0 }
        } else {
            Place { image: image + 1, i: 0, j: 0 }
        }
    }

    /// One panel of the patches from `place` on, of which `left` are left; answers where the next begins.
    fn pack_panel(&self, mut place: Place, left: usize, taps: &[usize], panel: &mut [Lanes]) -> Place {
        let [_, across] = self.walk.grid;
        let in_row = |place: Place, count: usize, left: usize| self.walk.step[1] == 1 && left >= count && place.j + count <= across;
        if in_row(place, WIDTH, left) {
            self.pack_side_by_side::<WIDTH>(self.offset(place), 0, taps, panel);
            return self.after(place, WIDTH);
        }
        for lane in (0..WIDTH).step_by(HALF) {
            let left = left.saturating_sub(lane);
            if in_row(place, HALF, left) {
                self.pack_side_by_side::<HALF>(self.offset(place), lane, taps, panel);
                place = self.after(place, HALF);
            } else {
                let mut firsts = [None; HALF];
                for first in firsts.iter_mut().take(left) {
                    *first = Some(self.offset(place));
                    place = self.after(place, 1);
                }
                self.pack_apart(firsts, lane, taps, panel);
            }
        }
        place
    }

    /// The same, every pixel asked whether it lies inside the image.
    fn pack_panel_far(&self, mut place: Place, left: usize, ks: Range<usize>, panel: &mut [Lanes]) -> Place {
        panel.fill([0.0; WIDTH]);
        for lane in 0..left.min(WIDTH) {
            self.pack_far(place, lane, ks.clone(), panel);
            place = self.after(place, 1);
        }
        place
    }

    /// One lane of a panel, every pixel asked whether it lies inside the image.
    fn pack_far(&self, place: Place, lane: usize, ks: Range<usize>, panel: &mut [Lanes]) {
        let Walk { image: [height, width], step, ref taps, .. } = *self.walk;
        let first = self.offset(place);
        for (to, tap) in panel.iter_mut().zip(&taps[ks]) {
            let inside = |from: usize, by: isize, size: usize| from.checked_add_signed(by).filter(|&at| at < size);
            let pixel = inside(place.i * step[0], tap.down, height).zip(inside(place.j * step[1], tap.across, width));
            to[lane] = pixel.map_or(0.0, |(row, column)| self.source[first + (tap.channel * height + row) * width + column]);
        }
    }
}

impl Panels for Patches<'_> {
    fn pack(&self, first: usize, ks: Range<usize>, panels: &mut [Lanes]) {
        if ks.is_empty() {
            return;
        }
        let mut left = self.images * self.walk.positions() - first;
        let mut place = self.place_of(first);
        for panel in panels.chunks_exact_mut(ks.len()) {
            place = if self.walk.far {
                self.pack_panel_far(place, left, ks.clone(), panel)
            } else {
                self.pack_panel(place, left, &self.walk.offsets[ks.clone()], panel)
            };
            left = left.saturating_sub(WIDTH);
        }
    }
}

impl Columns for Patches<'_> {
    fn place(&self, column: usize) -> Run {
        let Results { image, width, first, step } = *self.results;
        let place = self.place_of(column);
        let [_, across] = self.walk.grid;
        let at = place.image * image + (first[0] + place.i * step[0]) * width + first[1] + place.j * step[1];
        // Whole images, or the rest of a row.
        let whole = step == [1, 1] && width == across;
        let columns = if whole { self.walk.positions() - place.i * across } else { across } - place.j;
        Run { at, columns, step: step[1] }
    }
}
