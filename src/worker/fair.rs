//! Whose turn it is: runs that share a device take slices of equal time, however long their steps are.
//!
//! Knows times that are passed in; knows nothing of devices. Only one run submits at a time, and the next begins when what the last has
//! on its way is done, so that the time of a slice is the time that its run took on the device.

use crate::protocol::RunId;
use std::collections::BTreeMap;

/// A run keeps its turn for so long, in milliseconds, while others wait; a step that is longer is not cut short.
const SLICE_MS: f64 = 100.0;

/// Who may submit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nobody has anything to do.
    Nobody,
    /// Another's turn comes when this run's work has come back.
    Drain(RunId),
    /// This run; `begins` where another had the turn before.
    Go {
        /// Which.
        run: RunId,
        /// Whether its turn begins.
        begins: bool,
    },
}

/// The time that runs have had.
#[derive(Debug, Default)]
pub struct Fair {
    used: BTreeMap<RunId, f64>,
    /// Who wanted a turn when last asked.
    wanted: Vec<RunId>,
    holder: Option<RunId>,
    /// When the holder's slice began, and up to when it has been counted.
    since: f64,
    counted: f64,
}

impl Fair {
    /// Who may submit now, of those who want to; `is_busy` says whether a run has work on its way.
    pub fn next(&mut self, wants: &[RunId], is_busy: impl Fn(RunId) -> bool, now_ms: f64) -> Next {
        if let Some(holder) = self.holder {
            *self.used.entry(holder).or_default() += now_ms - self.counted;
            self.counted = now_ms;
        }
        self.admit(wants);
        let holder = self.holder;
        let others_wait = wants.iter().any(|&run| Some(run) != holder);
        if let Some(run) = holder.filter(|holder| wants.contains(holder))
            && (!others_wait || now_ms - self.since < SLICE_MS)
        {
            return Next::Go { run, begins: false };
        }
        let least = wants.iter().copied().min_by(|a, b| self.used(*a).total_cmp(&self.used(*b)));
        match (least, holder) {
            (None, _) => {
                self.holder = None;
                Next::Nobody
            }
            (Some(run), Some(holder)) if run == holder => {
                self.since = now_ms;
                Next::Go { run, begins: false }
            }
            (Some(_), Some(holder)) if is_busy(holder) => Next::Drain(holder),
            (Some(run), _) => {
                (self.holder, self.since, self.counted) = (Some(run), now_ms, now_ms);
                Next::Go { run, begins: true }
            }
        }
    }

    /// A run that is no more.
    pub fn forget(&mut self, run: RunId) {
        self.used.remove(&run);
        self.holder = self.holder.filter(|&holder| holder != run);
    }

    fn used(&self, run: RunId) -> f64 {
        self.used.get(&run).copied().unwrap_or_default()
    }

    /// Who has not wanted a turn for a while is not given back the time that it did not want.
    fn admit(&mut self, wants: &[RunId]) {
        let least = self.wanted.iter().filter(|run| wants.contains(run)).map(|&run| self.used(run)).reduce(f64::min);
        for &run in wants.iter().filter(|run| !self.wanted.contains(run)) {
            let used = self.used(run).max(least.unwrap_or_default());
            self.used.insert(run, used);
        }
        if self.wanted != wants {
            self.wanted = wants.to_vec();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: RunId = RunId(1);
    const LARGE: RunId = RunId(2);

    /// Time that each of two runs has had after `total` milliseconds, with steps of these lengths, computed at once as on a CPU.
    fn shares(fair: &mut Fair, step_ms: [f64; 2], from: f64, total: f64) -> [f64; 2] {
        let (mut now, mut had) = (from, [0.0; 2]);
        while now < from + total {
            let Next::Go { run, .. } = fair.next(&[SMALL, LARGE], |_| false, now) else { panic!("both want") };
            let index = usize::from(run == LARGE);
            had[index] += step_ms[index];
            now += step_ms[index];
        }
        had
    }

    #[test]
    fn a_small_net_beside_a_large_one_has_half_of_the_time() {
        for step_ms in [[1.0, 40.0], [0.5, 700.0], [300.0, 300.0]] {
            let [small, large] = shares(&mut Fair::default(), step_ms, 0.0, 60_000.0);
            assert!((small - large).abs() <= 2.0 * 700.0, "{step_ms:?}: {small} and {large}");
        }
    }

    #[test]
    fn who_comes_late_does_not_get_what_the_other_had_alone() {
        let mut fair = Fair::default();
        for turn in 0..1000 {
            let next = fair.next(&[SMALL], |_| false, f64::from(turn) * 10.0);
            assert_eq!(next, Next::Go { run: SMALL, begins: turn == 0 });
        }
        let [small, large] = shares(&mut fair, [1.0, 20.0], 10_000.0, 4_000.0);
        assert!((small - large).abs() < 250.0, "{small} and {large}");
    }

    #[test]
    fn the_next_waits_until_the_last_ones_work_is_done() {
        let mut fair = Fair::default();
        let both = [SMALL, LARGE];
        assert_eq!(fair.next(&both, |_| true, 0.0), Next::Go { run: SMALL, begins: true });
        assert_eq!(fair.next(&both, |_| true, 50.0), Next::Go { run: SMALL, begins: false });
        assert_eq!(fair.next(&both, |_| true, 101.0), Next::Drain(SMALL));
        assert_eq!(fair.next(&both, |_| false, 140.0), Next::Go { run: LARGE, begins: true });
        // The time until its work was done is the small run's.
        assert_eq!(fair.used(SMALL), 140.0);
        assert_eq!(fair.next(&[], |_| false, 150.0), Next::Nobody);
        assert_eq!(fair.next(&[LARGE], |_| false, 9000.0), Next::Go { run: LARGE, begins: true });
        assert_eq!(fair.used(LARGE), 10.0, "nobody is charged for idle time");
    }

    #[test]
    fn a_run_that_is_no_more_leaves_its_turn() {
        let mut fair = Fair::default();
        fair.next(&[SMALL, LARGE], |_| false, 0.0);
        fair.forget(SMALL);
        assert_eq!(fair.next(&[LARGE], |_| false, 1.0), Next::Go { run: LARGE, begins: true });
    }
}
