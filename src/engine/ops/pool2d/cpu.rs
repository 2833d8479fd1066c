//! Twins of `max_pool2d.wgsl` and `avg_pool2d.wgsl`. The gradients scatter here, window by window: one thread needs no care for who
//! writes where, and the order of the sums is the same.

use super::Geometry;

/// What a window covers along one axis.
#[derive(Clone, Copy)]
struct Stretch {
    /// The first position inside the image.
    begin: usize,
    /// How many there are, one or more.
    count: usize,
    /// How many count for an average.
    counted: usize,
}

impl Stretch {
    /// Of window `at`.
    fn new(g: &Geometry, axis: usize, at: usize) -> Self {
        let (size, kernel, padding) = (g.image[axis], g.kernel[axis], g.padding[axis]);
        let padded = at * g.stride[axis];
        let begin = padded.max(padding) - padding;
        let count = (padded + kernel).min(size + padding) - padding - begin;
        let counted = if g.count_include_pad { kernel.min(size + 2 * padding - padded) } else { count };
        Stretch { begin, count, counted }
    }
}

/// All windows over a plane: they are the same over every plane.
pub(super) struct Windows {
    /// Numbers of a plane, and of one of its rows.
    pixels: usize,
    width: usize,
    down: Vec<Stretch>,
    across: Vec<Stretch>,
    /// They are two by two, side by side, all inside the image.
    pairs: bool,
}

impl Windows {
    pub(super) fn new(g: &Geometry) -> Self {
        let along = |axis: usize| (0..g.out[axis]).map(|at| Stretch::new(g, axis, at)).collect();
        let inside = |axis: usize| g.padding[axis] == 0 && 2 * g.out[axis] <= g.image[axis];
        let pairs = g.kernel == [2, 2] && g.stride == [2, 2] && inside(0) && inside(1);
        Windows { pixels: g.image[0] * g.image[1], width: g.image[1], down: along(0), across: along(1), pairs }
    }

    fn len(&self) -> usize {
        self.down.len() * self.across.len()
    }

    /// Calls `visit` with every window's place in the output, its rows and its columns, in the order of the outputs.
    fn each(&self, mut visit: impl FnMut(usize, Stretch, Stretch)) {
        for (oy, &rows) in self.down.iter().enumerate() {
            for (ox, &columns) in self.across.iter().enumerate() {
                visit(oy * self.across.len() + ox, rows, columns);
            }
        }
    }

    /// The index of the window's first maximum in row-major order; a NaN counts as larger than any number.
    fn argmax(&self, x: &[f32], rows: Stretch, columns: Stretch) -> usize {
        let mut best_at = rows.begin * self.width + columns.begin;
        let mut best = x[best_at];
        for row in rows.begin..rows.begin + rows.count {
            let start = row * self.width + columns.begin;
            for (at, &value) in x[start..][..columns.count].iter().enumerate() {
                // Without branches, which nobody could predict.
                let better = (value > best) | value.is_nan();
                best_at = if better { start + at } else { best_at };
                best = if better { value } else { best };
            }
        }
        best_at
    }

    /// `x: [planes, height, width]`, `v` of the same shape, `y: [planes, out_height, out_width]`: of every window the number of `v`
    /// where `x` has its maximum; `v` is `x` itself for the pooling, and its tangent for the pooling's.
    pub(super) fn max_pick(&self, x: &[f32], v: &[f32], y: &mut [f32]) {
        let planes = x.chunks_exact(self.pixels).zip(v.chunks_exact(self.pixels));
        for ((x, v), y) in planes.zip(y.chunks_exact_mut(self.len())) {
            if self.pairs {
                let rows = x.chunks_exact(2 * self.width).zip(v.chunks_exact(2 * self.width));
                for ((x, v), y) in rows.zip(y.chunks_exact_mut(self.across.len())) {
                    pick_of_pairs(x.split_at(self.width), v.split_at(self.width), y);
                }
                continue;
            }
            self.each(|at, rows, columns| {
                y[at] = v[self.argmax(x, rows, columns)];
            });
        }
    }

    pub(super) fn max_backward(&self, x: &[f32], gy: &[f32], gx: &mut [f32]) {
        gx.fill(0.0);
        let planes = x.chunks_exact(self.pixels).zip(gx.chunks_exact_mut(self.pixels));
        for ((x, gx), gy) in planes.zip(gy.chunks_exact(self.len())) {
            if self.pairs {
                let rows = x.chunks_exact(2 * self.width).zip(gx.chunks_exact_mut(2 * self.width));
                for ((x, gx), gy) in rows.zip(gy.chunks_exact(self.across.len())) {
                    spread_to_pairs(x.split_at(self.width), gy, gx.split_at_mut(self.width));
                }
                continue;
            }
            self.each(|at, rows, columns| {
                gx[self.argmax(x, rows, columns)] += gy[at];
            });
        }
    }

    pub(super) fn average_forward(&self, x: &[f32], y: &mut [f32]) {
        for (x, y) in x.chunks_exact(self.pixels).zip(y.chunks_exact_mut(self.len())) {
            self.each(|at, rows, columns| {
                let mut sum = 0.0;
                for row in rows.begin..rows.begin + rows.count {
                    for value in &x[row * self.width + columns.begin..][..columns.count] {
                        sum += value;
                    }
                }
                y[at] = sum / (rows.counted * columns.counted) as f32;
            });
        }
    }

    pub(super) fn average_backward(&self, gy: &[f32], gx: &mut [f32]) {
        gx.fill(0.0);
        for (gx, gy) in gx.chunks_exact_mut(self.pixels).zip(gy.chunks_exact(self.len())) {
            self.each(|at, rows, columns| {
                let share = gy[at] / (rows.counted * columns.counted) as f32;
                for row in rows.begin..rows.begin + rows.count {
                    for value in &mut gx[row * self.width + columns.begin..][..columns.count] {
                        *value += share;
                    }
                }
            });
        }
    }
}

/// Whether `next` is the maximum rather than what came before it.
fn better(next: f32, before: f32) -> bool {
    (next > before) | next.is_nan()
}

/// For the windows over two rows of x: the number of v where x has its maximum.
fn pick_of_pairs((x0, x1): (&[f32], &[f32]), (v0, v1): (&[f32], &[f32]), y: &mut [f32]) {
    let x = x0.as_chunks::<2>().0.iter().zip(x1.as_chunks::<2>().0);
    let v = v0.as_chunks::<2>().0.iter().zip(v1.as_chunks::<2>().0);
    for (y, ((&[a, b], &[c, d]), (&[va, vb], &[vc, vd]))) in y.iter_mut().zip(x.zip(v)) {
        // In whole numbers, of which browsers choose one without a branch.
        let ([a, b, c, d], [va, vb, vc, vd]) = ([a, b, c, d].map(f32::to_bits), [va, vb, vc, vd].map(f32::to_bits));
        let best = |next: u32, before: u32| better(f32::from_bits(next), f32::from_bits(before));
        let (top, at_top) = if best(b, a) { (b, vb) } else { (a, va) };
        let (low, at_low) = if best(d, c) { (d, vd) } else { (c, vc) };
        *y = f32::from_bits(if best(low, top) { at_low } else { at_top });
    }
}

/// For the windows over two rows of x: gy where x has its maximum, 0 elsewhere.
fn spread_to_pairs((x0, x1): (&[f32], &[f32]), gy: &[f32], (g0, g1): (&mut [f32], &mut [f32])) {
    let x = x0.as_chunks::<2>().0.iter().zip(x1.as_chunks::<2>().0);
    let g = g0.as_chunks_mut::<2>().0.iter_mut().zip(g1.as_chunks_mut::<2>().0);
    for (&gy, ((&[a, b], &[c, d]), (g0, g1))) in gy.iter().zip(x.zip(g)) {
        // In whole numbers, of which browsers choose one without a branch.
        let [a, b, c, d, gy] = [a, b, c, d, gy].map(f32::to_bits);
        let best = |next: u32, before: u32| better(f32::from_bits(next), f32::from_bits(before));
        let (right, right_below) = (best(b, a), best(d, c));
        let below = best(if right_below { d } else { c }, if right { b } else { a });
        let (top, low) = if below { (0, gy) } else { (gy, 0) };
        *g0 = if right { [0, top] } else { [top, 0] }.map(f32::from_bits);
        *g1 = if right_below { [0, low] } else { [low, 0] }.map(f32::from_bits);
    }
}
