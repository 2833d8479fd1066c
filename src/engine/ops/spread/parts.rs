//! What is measured of tensors that are more than a GPU can bind at once: range by range, each adding to what was found before.

use crate::kernel::{Operand, Pass, Ranges};
use std::ops::Range;

pub(super) const SPREAD_PARTS: &str = concat!(include_str!("spread.wgsl"), include_str!("spread_parts.wgsl"));
pub(super) const UNITS_PARTS: &str = concat!(include_str!("units.wgsl"), include_str!("units_parts.wgsl"));
pub(super) const UPDATE_PARTS: &str = concat!(include_str!("update.wgsl"), include_str!("update_parts.wgsl"));

/// What spreads and ratios hand on, in floats.
const FOUND: usize = 64;

/// A pass of one workgroup over a range of so many operands.
fn pass(source: &'static str, entry: &'static str, operands: usize, range: &Range<usize>, more: &[(&'static str, f64)]) -> Pass {
    let mut constants = vec![("begins", f64::from(u8::from(range.start == 0)))];
    constants.extend(more);
    Pass {
        source: vec![source],
        entry,
        constants,
        workgroups: [1, 1, 1],
        reads: (0..operands).map(|operand| Operand::ReadPart(operand, range.start, range.len())).collect(),
        writes: vec![Operand::Scratch(FOUND)],
    }
}

/// The pass that makes of what was found the result.
fn last(source: &'static str, mut constants: Vec<(&'static str, f64)>) -> Pass {
    constants.push(("begins", 0.0));
    let (reads, writes) = (vec![Operand::Scratch(FOUND)], vec![Operand::Write(0)]);
    Pass { source: vec![source], entry: "of_parts", constants, workgroups: [1, 1, 1], reads, writes }
}

/// Of [`super::kernel::spread_kernel`] over `len` numbers.
pub fn spread_ranges(len: usize) -> Ranges {
    let divide = move |ranges: &[Range<usize>]| {
        let all = ("all", len as f64);
        let over = |entry: &'static str| ranges.iter().map(move |range| pass(SPREAD_PARTS, entry, 1, range, &[all]));
        over("bounds_of_part").chain(over("deviations_of_part")).chain([last(SPREAD_PARTS, vec![all])]).collect()
    };
    Ranges { len, most: 1, along: vec![Operand::Read(0)], divide: Box::new(divide) }
}

/// Of [`super::kernel::update_ratio_kernel`] over `len` numbers.
pub fn update_ratio_ranges(len: usize) -> Ranges {
    let divide = |ranges: &[Range<usize>]| {
        let over = ranges.iter().map(|range| pass(UPDATE_PARTS, "squares_of_part", 2, range, &[]));
        over.chain([last(UPDATE_PARTS, Vec::new())]).collect()
    };
    Ranges { len, most: 1, along: vec![Operand::Read(0), Operand::Read(1)], divide: Box::new(divide) }
}

/// Of [`super::units`] over `len` numbers in so many channels.
pub(super) fn units_ranges(len: usize, channels: usize, constants: Vec<(&'static str, f64)>) -> Ranges {
    let divide = move |ranges: &[Range<usize>]| {
        let found = Operand::Scratch(channels + 1);
        let over = ranges.iter().map(|range| {
            let own = [constants.as_slice(), &[("first", range.start as f64)]].concat();
            Pass { writes: vec![found], ..pass(UNITS_PARTS, "units_of_part", 1, range, &own) }
        });
        over.chain([Pass { reads: vec![found], ..last(UNITS_PARTS, constants.clone()) }]).collect()
    };
    Ranges { len, most: 1, along: vec![Operand::Read(0)], divide: Box::new(divide) }
}
