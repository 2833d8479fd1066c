//! Counter-based random numbers: the same on every device, computed from a key and a counter, without any state.
//!
//! Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). It is no operation by itself:
//! shaders that draw have `threefry.wgsl` before them.

mod cpu;

pub(crate) use cpu::{threefry, uniform};

/// The shader: file name and text.
pub(super) const SHADERS: &[(&str, &str)] = &[("threefry.wgsl", include_str!("threefry.wgsl"))];

/// The text of a shader that draws random numbers, of a file in a neighbouring folder.
macro_rules! with_threefry {
    ($file:literal) => {
        concat!(include_str!("../random/threefry.wgsl"), include_str!($file))
    };
}
pub(super) use with_threefry;
