//! What a read's numbers are, packed into its ticket.

use super::Report;

/// What a ticket's numbers are: kind, tag and step in 64 bits, so that nothing is looked up.
#[derive(Clone, Copy)]
pub(super) struct Tickets;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Steps = 0,
    Probe = 1,
    Test = 2,
    Seen = 3,
    Weights = 4,
    State = 5,
}

impl Tickets {
    pub(super) fn make(self, kind: Kind, step: u32, tag: u32) -> u64 {
        (kind as u64) << 56 | u64::from(tag & 0xff_ffff) << 32 | u64::from(step)
    }

    pub(super) fn open(self, ticket: u64, values: &[f32]) -> Report<'_> {
        let (step, tag) = (ticket as u32, (ticket >> 32) as u32 & 0xff_ffff);
        match ticket >> 56 {
            kind if kind == Kind::Steps as u64 => Report::Steps { first: step, values },
            kind if kind == Kind::Probe as u64 => Report::Probe { step, values },
            kind if kind == Kind::Test as u64 => Report::Test { step, index: tag, values },
            kind if kind == Kind::Seen as u64 => Report::Seen { step, tag, values },
            kind if kind == Kind::Weights as u64 => Report::Weights { step, values },
            _ => Report::State { step, part: tag as usize, values },
        }
    }
}
