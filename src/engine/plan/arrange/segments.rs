//! Where a long stretch of memory is cut into pieces of at most so many bytes.
//!
//! Knows numbers alone: a length, a limit, and the ranges that are better not cut.

use std::ops::Range;

/// Where the pieces of a stretch of `len` begin, from 0 on, none of them longer than `limit`: at the beginnings of `ranges` that no other
/// range looks across, so that there are as few pieces as can be. Only where ranges that hang together are longer than a piece is
/// one of them cut, at a multiple of `unit`. `limit` is `unit` at least.
pub(super) fn pieces(len: u64, limit: u64, unit: u64, ranges: &[Range<u64>]) -> Vec<u64> {
    let mut starts = vec![0];
    if len <= limit {
        return starts;
    }
    let free = free(ranges);
    let mut at = 0;
    while len - at > limit {
        let (next, cut) = (free.partition_point(|&start| start <= at + limit), (at + limit) / unit * unit);
        at = match next.checked_sub(1).map(|index| free[index]) {
            Some(start) if start > at => start,
            // Nothing begins here that could begin a piece.
            _ => cut.max(at + unit),
        };
        starts.push(at);
    }
    starts
}

/// The beginnings of ranges that no range looks across, in order.
fn free(ranges: &[Range<u64>]) -> Vec<u64> {
    let mut ranges: Vec<&Range<u64>> = ranges.iter().filter(|range| !range.is_empty()).collect();
    ranges.sort_by_key(|range| range.start);
    let (mut free, mut end) = (Vec::new(), 0);
    for range in ranges {
        if range.start >= end && free.last() != Some(&range.start) {
            free.push(range.start);
        }
        end = end.max(range.end);
    }
    free
}

/// The parts of `range` on either side of the pieces' beginnings: the piece's index, and the part.
pub(crate) fn across(starts: &[u64], range: Range<u64>) -> impl Iterator<Item = (usize, Range<u64>)> + '_ {
    let first = starts.partition_point(|&start| start <= range.start).saturating_sub(1);
    let parts = (first..starts.len()).take_while(move |&index| index == first || starts[index] < range.end);
    parts.map(move |index| {
        let end = starts.get(index + 1).map_or(range.end, |&next| next.min(range.end));
        (index, range.start.max(starts[index])..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_one_piece() {
        assert_eq!(pieces(1000, 1000, 1, &[0..10, 5..900]), [0]);
        assert_eq!(pieces(0, 1000, 1, &[]), [0]);
    }

    #[test]
    fn cuts_lie_where_nothing_looks_across() {
        // As much as goes into each: 0..300, 300..700, 700..1000.
        assert_eq!(pieces(1000, 400, 100, &[0..100, 100..300, 300..500, 500..700, 700..1000]), [0, 300, 700]);
        // One that looks across 300 forbids the cut there.
        assert_eq!(pieces(1000, 400, 100, &[0..100, 100..300, 200..400, 400..700, 700..1000]), [0, 400, 700]);
        // A range within another forbids nothing but itself.
        assert_eq!(pieces(800, 400, 100, &[0..400, 100..200, 300..400, 400..800, 500..600]), [0, 400]);
    }

    #[test]
    fn what_is_too_long_is_cut_all_the_same() {
        assert_eq!(pieces(1000, 400, 100, &[0..1000, 0..1000]), [0, 400, 800]);
        assert_eq!(pieces(1000, 450, 100, &[0..900, 900..1000]), [0, 400, 800]);
        // What follows is cut where it should be again.
        assert_eq!(pieces(1400, 400, 100, &[0..600, 600..900, 900..1100, 1100..1400]), [0, 400, 600, 900, 1100]);
    }

    /// Whatever the ranges are, no piece is too long and the pieces are the whole.
    #[test]
    fn pieces_are_never_too_long() {
        let mut rng = crate::rng::Rng::new(3, 3);
        for _ in 0..200 {
            let (len, limit) = (64 * (1 + rng.below(40)) as u64, 64 * (1 + rng.below(10)) as u64);
            let ranges: Vec<Range<u64>> = (0..rng.below(12))
                .map(|_| {
                    let from = 64 * rng.below(len as usize / 64) as u64;
                    from..(from + 1 + rng.below(700) as u64).min(len)
                })
                .collect();
            let mut starts = pieces(len, limit, 64, &ranges);
            assert!(starts.iter().all(|start| start % 64 == 0));
            starts.push(len);
            assert!(starts[0] == 0 && starts.windows(2).all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= limit), "{starts:?}");
        }
    }

    #[test]
    fn a_range_falls_into_parts() {
        let parts = |range| across(&[0, 256, 512], range).collect::<Vec<_>>();
        assert_eq!(parts(0..100), [(0, 0..100)]);
        assert_eq!(parts(256..512), [(1, 256..512)]);
        assert_eq!(parts(200..600), [(0, 200..256), (1, 256..512), (2, 512..600)]);
        assert_eq!(parts(512..512), [(2, 512..512)]);
        assert_eq!(across(&[0], 0..9).collect::<Vec<_>>(), [(0, 0..9)]);
    }
}
