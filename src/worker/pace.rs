//! How much may be on its way to the device at once: enough to keep it busy, little enough that a command takes hold soon.
//!
//! Knows times that are passed in; knows nothing of devices.

use std::collections::VecDeque;

/// Steps are submitted ahead for about so long, in milliseconds.
const AHEAD_MS: f64 = 60.0;

/// The most reads on their way.
const MOST_READS: usize = 6;

/// Speed is measured over so long, in milliseconds.
const WINDOW_MS: f64 = 1000.0;

/// The shortest time between two looks at the network, in milliseconds, and the most of its time that they may take.
const LOOK_EVERY_MS: f64 = 200.0;
const LOOK_EVERY_STEPS: f64 = 12.0;

/// The pace of one run.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When steps came back, and how many: the last second's.
    finished: VecDeque<(f64, usize)>,
    /// Milliseconds a step takes, as far as is known.
    step_ms: Option<f64>,
    /// The time until the next steps come back is another's too, and says nothing.
    shared: bool,
}

impl Pace {
    /// Whether more may be submitted, with so many reads pending and so many steps not reported.
    pub(super) fn has_room(&self, reads: usize, steps: usize) -> bool {
        reads < MOST_READS && steps < self.steps_ahead()
    }

    /// Whether a step is to bring metrics back, being the last of so many that have not.
    pub(super) fn is_time_to_report(&self, unreported: usize) -> bool {
        unreported.is_multiple_of((self.steps_ahead() / 3).max(1))
    }

    /// Whether to show the network its images again, so long after the last time.
    pub(super) fn is_time_to_look(&self, since_ms: f64) -> bool {
        since_ms >= LOOK_EVERY_MS.max(LOOK_EVERY_STEPS * self.step_ms.unwrap_or(0.0))
    }

    /// So many steps came back.
    pub(super) fn finished(&mut self, steps: usize, now_ms: f64) {
        if let Some(&(last, _)) = self.finished.back()
            && steps > 0
            && !std::mem::take(&mut self.shared)
        {
            let step_ms = (now_ms - last) / steps as f64;
            let known = self.step_ms.unwrap_or(step_ms);
            self.step_ms = Some(known + 0.2 * (step_ms.min(10.0 * known + 1.0) - known));
        }
        self.finished.push_back((now_ms, steps));
        while self.finished.front().is_some_and(|&(at, _)| at < now_ms - WINDOW_MS) && self.finished.len() > 2 {
            self.finished.pop_front();
        }
    }

    /// The run goes on after a while in which others had the device.
    pub(super) fn resume(&mut self) {
        self.shared = true;
    }

    /// Over the last second or so.
    pub(super) fn steps_per_second(&self, now_ms: f64) -> f64 {
        let Some(&(first, _)) = self.finished.front() else { return 0.0 };
        let steps: usize = self.finished.iter().skip(1).map(|&(_, steps)| steps).sum();
        if now_ms > first { 1000.0 * steps as f64 / (now_ms - first) } else { 0.0 }
    }

    fn steps_ahead(&self) -> usize {
        match self.step_ms {
            Some(step_ms) => ((AHEAD_MS / step_ms.max(0.1)) as usize).clamp(2, 24),
            None => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(step_ms: f64, steps: usize) -> Pace {
        let mut pace = Pace::default();
        for i in 0..steps {
            pace.finished(1, i as f64 * step_ms);
        }
        pace
    }

    #[test]
    fn a_slow_device_is_not_given_more_than_two_steps_ahead() {
        let pace = after(100.0, 50);
        assert!(pace.has_room(1, 1) && !pace.has_room(1, 2));
        assert!(pace.is_time_to_report(1));
    }

    #[test]
    fn a_fast_device_is_kept_busy_and_asked_seldom() {
        let pace = after(1.0, 200);
        assert!(pace.has_room(2, 23));
        assert!(!pace.is_time_to_report(1) && pace.is_time_to_report(8));
    }

    #[test]
    fn the_time_of_others_is_not_counted_as_the_steps_own() {
        let mut pace = after(1.0, 200);
        pace.resume();
        pace.finished(1, 5_000.0);
        assert!(pace.has_room(2, 23));
    }

    #[test]
    fn the_speed_is_that_of_the_last_second() {
        let pace = after(20.0, 200);
        assert!((pace.steps_per_second(199.0 * 20.0) - 50.0).abs() < 1.0);
        assert_eq!(Pace::default().steps_per_second(5.0), 0.0);
    }
}
