//! Which values of a plan may share memory: those that are never alive at the same time.
//!
//! Knows lengths and moments; knows nothing of graphs.

/// A value that is written at a moment and read for the last time at another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub len: usize,
    pub from: usize,
    /// Inclusive: what is read at a moment cannot lie where something is written at it.
    pub to: usize,
}

/// Slots and who lies in them.
pub(super) struct Shared {
    pub lengths: Vec<usize>,
    /// For every value its slot.
    pub slot_of: Vec<usize>,
}

/// The longest values first, each into the shortest slot in which nothing else is alive meanwhile.
pub(super) fn share(values: &[Value]) -> Shared {
    let mut by_length: Vec<usize> = (0..values.len()).collect();
    by_length.sort_by_key(|&index| std::cmp::Reverse(values[index].len));
    let mut slots: Vec<(usize, Vec<Value>)> = Vec::new();
    let mut slot_of = vec![0; values.len()];
    for index in by_length {
        let value = values[index];
        let is_free = |lying: &[Value]| lying.iter().all(|other| other.to < value.from || value.to < other.from);
        // Slots stand in the order of their lengths, the longest first.
        slot_of[index] = match slots.iter().rposition(|(_, lying)| is_free(lying)) {
            Some(slot) => {
                slots[slot].1.push(value);
                slot
            }
            None => {
                slots.push((value.len, vec![value]));
                slots.len() - 1
            }
        };
    }
    Shared { lengths: slots.into_iter().map(|(len, _)| len).collect(), slot_of }
}

/// The most numbers that are alive at once: no sharing takes fewer.
pub(super) fn most_alive(values: &[Value]) -> usize {
    let alive_at = |moment: usize| values.iter().filter(|value| (value.from..=value.to).contains(&moment)).map(|value| value.len).sum();
    values.iter().map(|value| alive_at(value.from)).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_alive_at_once_shares() {
        let value = |len, from, to| Value { len, from, to };
        let values = [value(5, 0, 1), value(9, 1, 2), value(4, 2, 3), value(9, 3, 9)];
        let shared = share(&values);
        assert_eq!(shared.lengths, [9, 5]);
        assert_eq!(shared.slot_of, [1, 0, 1, 0]);
        assert_eq!(most_alive(&values), 14);
    }
}
