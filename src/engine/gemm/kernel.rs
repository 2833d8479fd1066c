//! The innermost loops of matrix products, in vector instructions: the engine's only unsafe code, behind functions that check their
//! slices.
//!
//! Both read panels of [`WIDTH`] numbers that lie side by side. [`tile`] computes a few rows by a panel (or two) of a product, a vector
//! of lanes along the columns and one number of the left factor for all of them; [`dots`] computes a few products of rows of numbers,
//! lanes along what is summed. Knows nothing of matrices: where the numbers came from and where they go is others' matter.

#![allow(unsafe_code)]

/// Numbers of a panel's row.
pub(crate) const WIDTH: usize = 8;

/// The most rows of a tile. Eight sums, two vectors of the panel, four numbers of the left factor and a product: all that there is room
/// for in 16 registers of four lanes. With one row more browsers spill registers in every turn and takes half as long again.
pub(super) const HEIGHT: usize = 4;

/// The most panels of a tile.
pub(super) const PANELS: usize = 2;

/// The most rows on the left and on the right of [`dots`]: as many sums as a tile has, and numbers to multiply.
pub(super) const DOTS: [usize; 2] = [2, 4];

/// What a tile's sums begin with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start<'a> {
    /// Zero.
    Zero,
    /// What is in the tile already.
    There,
    /// One number for every row.
    Rows(&'a [f32]),
}

/// A vector of floats.
trait Lanes: Copy {
    /// How many.
    const COUNT: usize;

    fn splat(value: f32) -> Self;

    /// # Safety
    /// `from` can be read.
    unsafe fn splat_from(from: *const f32) -> Self;

    /// # Safety
    /// `COUNT` floats can be read at `from`.
    unsafe fn load(from: *const f32) -> Self;

    /// # Safety
    /// `COUNT` floats can be written at `to`.
    unsafe fn store(self, to: *mut f32);

    /// `self + a b`, rounded once or twice.
    fn plus_product(self, a: Self, b: Self) -> Self;

    fn sum(self) -> f32;
}

/// # Safety
/// `a` has `depth * H` floats, `b` `V` vectors every `WIDTH` floats, each `between` after the other, `depth` times; `c` has `H` rows of
/// `V` vectors, `stride` apart.
#[inline(always)]
unsafe fn tile_of<L: Lanes, const H: usize, const V: usize>(
    depth: usize,
    mut a: *const f32,
    mut b: *const f32,
    between: usize,
    start: Start<'_>,
    c: *mut f32,
    stride: usize,
) {
    // SAFETY: as the caller promises; `a` and `b` move past no more than what they have.
    unsafe {
        let mut sums = [[L::splat(0.0); V]; H];
        match start {
            Start::Zero => {}
            Start::There => {
                for (r, sums) in sums.iter_mut().enumerate() {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = L::load(c.add(r * stride + v * L::COUNT));
                    }
                }
            }
            Start::Rows(values) => {
                for (sums, &value) in sums.iter_mut().zip(values) {
                    *sums = [L::splat(value); V];
                }
            }
        }
        for _ in 0..depth {
            let mut columns = [L::splat(0.0); V];
            for (v, column) in columns.iter_mut().enumerate() {
                *column = L::load(b.add(v * between));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let row = L::splat_from(a.add(r));
                for (sum, &column) in sums.iter_mut().zip(&columns) {
                    *sum = sum.plus_product(row, column);
                }
            }
            a = a.add(H);
            b = b.add(WIDTH);
        }
        for (r, sums) in sums.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                sum.store(c.add(r * stride + v * L::COUNT));
            }
        }
    }
}

/// # Safety
/// `a` has `H` panel rows, and `b` `W`, `panels` times every `a_step` and `b_step` floats.
#[inline(always)]
unsafe fn dots_of<L: Lanes, const H: usize, const W: usize>(
    panels: usize,
    a: *const f32,
    a_step: usize,
    b: *const f32,
    b_step: usize,
    products: &mut [[f32; DOTS[1]]; DOTS[0]],
) {
    let mut sums = [[L::splat(0.0); W]; H];
    // One part of the panels after the other: with both in one turn, browsers have to spill registers.
    for part in (0..WIDTH).step_by(L::COUNT) {
        let (mut a, mut b) = (a.wrapping_add(part), b.wrapping_add(part));
        for _ in 0..panels {
            let mut columns = [L::splat(0.0); W];
            for (w, column) in columns.iter_mut().enumerate() {
                // SAFETY: as the caller promises.
                *column = unsafe { L::load(b.add(w * WIDTH)) };
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: as the caller promises.
                let row = unsafe { L::load(a.add(r * WIDTH)) };
                for (sum, &column) in sums.iter_mut().zip(&columns) {
                    *sum = sum.plus_product(row, column);
                }
            }
            a = a.wrapping_add(a_step);
            b = b.wrapping_add(b_step);
        }
    }
    for (products, sums) in products.iter_mut().zip(&sums) {
        for (product, sum) in products.iter_mut().zip(sums) {
            *product = sum.sum();
        }
    }
}

/// A function for tiles of heights 1 to [`HEIGHT`] and `$vectors` vectors.
macro_rules! tiles {
    ($(#[$attribute:meta])* $lanes:ty, $vectors:literal, $tile:ident) => {
        /// # Safety
        /// As [`tile_of`], for H = `height` from 1 to 4.
        $(#[$attribute])*
        #[allow(clippy::too_many_arguments)]
        unsafe fn $tile(height: usize, depth: usize, a: *const f32, b: *const f32, between: usize, start: Start<'_>, c: *mut f32, stride: usize) {
            // SAFETY: as the caller promises.
            unsafe {
                match height {
                    1 => tile_of::<$lanes, 1, $vectors>(depth, a, b, between, start, c, stride),
                    2 => tile_of::<$lanes, 2, $vectors>(depth, a, b, between, start, c, stride),
                    3 => tile_of::<$lanes, 3, $vectors>(depth, a, b, between, start, c, stride),
                    _ => tile_of::<$lanes, 4, $vectors>(depth, a, b, between, start, c, stride),
                }
            }
        }
    };
}

/// A function for dot products of 1 to [`DOTS`] rows on either side.
macro_rules! dot_products {
    ($(#[$attribute:meta])* $lanes:ty, $dots:ident) => {
        /// # Safety
        /// As [`dots_of`], for H = `rows` and W = `columns`, from 1 to [`DOTS`].
        $(#[$attribute])*
        #[allow(clippy::too_many_arguments)]
        unsafe fn $dots(
            [rows, columns]: [usize; 2],
            panels: usize,
            a: *const f32,
            a_step: usize,
            b: *const f32,
            b_step: usize,
            products: &mut [[f32; DOTS[1]]; DOTS[0]],
        ) {
            // SAFETY: as the caller promises.
            unsafe {
                match (rows, columns) {
                    (1, 1) => dots_of::<$lanes, 1, 1>(panels, a, a_step, b, b_step, products),
                    (1, 2) => dots_of::<$lanes, 1, 2>(panels, a, a_step, b, b_step, products),
                    (1, 3) => dots_of::<$lanes, 1, 3>(panels, a, a_step, b, b_step, products),
                    (1, _) => dots_of::<$lanes, 1, 4>(panels, a, a_step, b, b_step, products),
                    (_, 1) => dots_of::<$lanes, 2, 1>(panels, a, a_step, b, b_step, products),
                    (_, 2) => dots_of::<$lanes, 2, 2>(panels, a, a_step, b, b_step, products),
                    (_, 3) => dots_of::<$lanes, 2, 3>(panels, a, a_step, b, b_step, products),
                    (_, _) => dots_of::<$lanes, 2, 4>(panels, a, a_step, b, b_step, products),
                }
            }
        }
    };
}

/// Four lanes, in what 128-bit instructions the compiler has: WebAssembly's, SSE's, NEON's.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod lanes4 {
    use super::Lanes;

    #[derive(Clone, Copy)]
    #[repr(align(16))]
    pub(super) struct F32x4([f32; 4]);

    impl Lanes for F32x4 {
        const COUNT: usize = 4;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            F32x4([value; 4])
        }

        #[inline(always)]
        unsafe fn splat_from(from: *const f32) -> Self {
            // SAFETY: as the caller promises.
            F32x4([unsafe { *from }; 4])
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: as the caller promises; arrays of floats are aligned as floats are.
            F32x4(unsafe { *from.cast::<[f32; 4]>() })
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: as the caller promises; arrays of floats are aligned as floats are.
            unsafe { *to.cast::<[f32; 4]>() = self.0 }
        }

        #[inline(always)]
        fn plus_product(self, a: Self, b: Self) -> Self {
            F32x4(std::array::from_fn(|i| self.0[i] + a.0[i] * b.0[i]))
        }

        #[inline(always)]
        fn sum(self) -> f32 {
            (self.0[0] + self.0[2]) + (self.0[1] + self.0[3])
        }
    }
}

/// Four lanes of WebAssembly.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod lanes4 {
    use super::Lanes;
    use std::arch::wasm32::*;

    #[derive(Clone, Copy)]
    pub(super) struct F32x4(v128);

    impl Lanes for F32x4 {
        const COUNT: usize = 4;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            F32x4(f32x4_splat(value))
        }

        #[inline(always)]
        unsafe fn splat_from(from: *const f32) -> Self {
            // SAFETY: as the caller promises; the instruction asks no alignment.
            F32x4(unsafe { v128_load32_splat(from.cast()) })
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: as the caller promises; the instruction asks no alignment.
            F32x4(unsafe { v128_load(from.cast()) })
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: as the caller promises; the instruction asks no alignment.
            unsafe { v128_store(to.cast(), self.0) }
        }

        #[inline(always)]
        fn plus_product(self, a: Self, b: Self) -> Self {
            #[cfg(feature = "relaxed-simd")]
            return F32x4(f32x4_relaxed_madd(a.0, b.0, self.0));
            #[cfg(not(feature = "relaxed-simd"))]
            F32x4(f32x4_add(self.0, f32x4_mul(a.0, b.0)))
        }

        #[inline(always)]
        fn sum(self) -> f32 {
            let [a, b] = [f32x4_extract_lane::<0>(self.0), f32x4_extract_lane::<1>(self.0)];
            (a + f32x4_extract_lane::<2>(self.0)) + (b + f32x4_extract_lane::<3>(self.0))
        }
    }
}

/// Eight lanes of AVX2, and multiplication and addition in one.
#[cfg(target_arch = "x86_64")]
mod lanes8 {
    use super::Lanes;
    use std::arch::x86_64::*;

    /// Made only in functions that have the instructions.
    #[derive(Clone, Copy)]
    pub(super) struct F32x8(__m256);

    impl Lanes for F32x8 {
        const COUNT: usize = 8;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: there is AVX wherever this is used.
            F32x8(unsafe { _mm256_set1_ps(value) })
        }

        #[inline(always)]
        unsafe fn splat_from(from: *const f32) -> Self {
            // SAFETY: as the caller promises.
            Self::splat(unsafe { *from })
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: as the caller promises; the instruction asks no alignment.
            F32x8(unsafe { _mm256_loadu_ps(from) })
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: as the caller promises; the instruction asks no alignment.
            unsafe { _mm256_storeu_ps(to, self.0) }
        }

        #[inline(always)]
        fn plus_product(self, a: Self, b: Self) -> Self {
            // SAFETY: there is FMA wherever this is used.
            F32x8(unsafe { _mm256_fmadd_ps(a.0, b.0, self.0) })
        }

        #[inline(always)]
        fn sum(self) -> f32 {
            let mut lanes = [0.0; 8];
            // SAFETY: the array has room for eight.
            unsafe { self.store(lanes.as_mut_ptr()) };
            let four: [f32; 4] = std::array::from_fn(|i| lanes[i] + lanes[i + 4]);
            (four[0] + four[2]) + (four[1] + four[3])
        }
    }
}

tiles!(
    #[cfg_attr(all(target_arch = "wasm32", feature = "relaxed-simd"), target_feature(enable = "relaxed-simd"))]
    lanes4::F32x4,
    2,
    tile4
);
dot_products!(
    #[cfg_attr(all(target_arch = "wasm32", feature = "relaxed-simd"), target_feature(enable = "relaxed-simd"))]
    lanes4::F32x4,
    dots4
);
#[cfg(target_arch = "x86_64")]
tiles!(
    #[target_feature(enable = "avx2,fma")]
    lanes8::F32x8,
    1,
    tile8
);
#[cfg(target_arch = "x86_64")]
tiles!(
    #[target_feature(enable = "avx2,fma")]
    lanes8::F32x8,
    2,
    tile16
);
#[cfg(target_arch = "x86_64")]
dot_products!(
    #[target_feature(enable = "avx2,fma")]
    lanes8::F32x8,
    dots8
);

/// Whether there are vectors of eight lanes.
#[cfg(target_arch = "x86_64")]
fn eight() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

/// How many panels a tile should have.
pub(super) fn panels() -> usize {
    #[cfg(target_arch = "x86_64")]
    if eight() {
        return PANELS;
    }
    1
}

/// `c = start + a b` for one tile: `a` is a panel of `height` rows (1 to [`HEIGHT`]), `b` is one panel of columns as deep, or as many as
/// [`panels`] says, and row r of the tile lies in `c` from `r * stride` on.
pub(super) fn tile(height: usize, a: &[f32], b: &[[f32; WIDTH]], start: Start<'_>, c: &mut [f32], stride: usize) {
    assert!((1..=HEIGHT).contains(&height) && a.len().is_multiple_of(height), "the left panel is whole");
    let depth = a.len() / height;
    let panels = if b.len() == depth { 1 } else { PANELS };
    assert_eq!(b.len(), depth * panels, "the right panels are as deep");
    let columns = panels * WIDTH;
    assert!(c.len() >= columns && (height == 1 || (c.len() - columns) / (height - 1) >= stride), "the tile lies in its slice");
    if let Start::Rows(values) = start {
        assert_eq!(values.len(), height, "a number for every row");
    }
    let (a, b, c) = (a.as_ptr(), b.as_ptr().cast::<f32>(), c.as_mut_ptr());
    // SAFETY: the assertions are what the functions ask for, and the instructions are there.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        if eight() {
            return if panels == 1 {
                tile8(height, depth, a, b, 0, start, c, stride);
            } else {
                tile16(height, depth, a, b, depth * WIDTH, start, c, stride);
            };
        }
        for panel in 0..panels {
            tile4(height, depth, a, b.add(panel * depth * WIDTH), 4, start, c.add(panel * WIDTH), stride);
        }
    }
}

/// `products[r][s] = sum over panels and lanes of a[panel][from + r][lane] b[panel][s][lane]` for `count` rows from `from` on, and for all
/// rows of b: from 1 to [`DOTS`] on each side. `a` has `a_rows` rows a panel, `b` has `b_rows`, and as many panels.
pub(super) fn dots(
    a: &[[f32; WIDTH]],
    a_rows: usize,
    (from, count): (usize, usize),
    b: &[[f32; WIDTH]],
    b_rows: usize,
) -> [[f32; DOTS[1]]; DOTS[0]] {
    let mut products = [[0.0; DOTS[1]]; DOTS[0]];
    assert!((1..=DOTS[0]).contains(&count) && from < a_rows && count <= a_rows - from, "the left rows are there");
    assert!((1..=DOTS[1]).contains(&b_rows), "there are as many right rows as there can be");
    let panels = a.len() / a_rows;
    assert!(a.len().is_multiple_of(a_rows) && b.len().is_multiple_of(b_rows), "all panels are whole");
    assert_eq!(panels, b.len() / b_rows, "as many panels on either side");
    if panels == 0 {
        return products;
    }
    let (a_step, b_step, rows) = (a_rows * WIDTH, b_rows * WIDTH, [count, b_rows]);
    let (a, b) = (a.as_ptr().cast::<f32>().wrapping_add(from * WIDTH), b.as_ptr().cast::<f32>());
    // SAFETY: every panel has the rows that the assertions speak of, and the instructions are there.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        if eight() {
            dots8(rows, panels, a, a_step, b, b_step, &mut products);
            return products;
        }
        dots4(rows, panels, a, a_step, b, b_step, &mut products);
    }
    products
}
