//! A run's numbers as a table of comma-separated values.
//!
//! Knows what a run tells of its steps and tests; knows nothing of who asks for it.

use crate::protocol::{StepPoint, TestPoint};
use std::collections::BTreeMap;
use std::fmt::Display;

/// The first line: what stands in each column, with its unit. Shares are from 0 to 1.
pub const HEADER: &str =
    "step,epoch,training loss (nats),training accuracy (share),learning rate,test loss (nats),test accuracy (share),test images";

/// A line for every step that has been measured or tested, by rising step; what was not measured at a step is empty. The last of several
/// tests at one step counts. Lines end as RFC 4180 has them.
pub fn csv(steps: &[StepPoint], tests: &[TestPoint]) -> String {
    let mut rows: BTreeMap<u32, (Option<&StepPoint>, Option<&TestPoint>)> = BTreeMap::new();
    for point in steps {
        rows.entry(point.step).or_default().0 = Some(point);
    }
    for point in tests {
        rows.entry(point.step).or_default().1 = Some(point);
    }
    let mut text = format!("{HEADER}\r\n");
    for (step, (point, test)) in rows {
        let cells = [
            step.to_string(),
            cell(point.map(|point| point.epoch)),
            cell(point.map(|point| point.loss)),
            cell(point.map(|point| point.accuracy)),
            cell(point.map(|point| point.learning_rate)),
            cell(test.map(|test| test.loss)),
            cell(test.map(|test| test.accuracy)),
            cell(test.map(|test| test.images)),
        ];
        text += &cells.join(",");
        text += "\r\n";
    }
    text
}

/// A number as it is written shortest without losing anything; `NaN` and `inf` are read by every reader of numbers.
fn cell<T: Display>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: u32) -> StepPoint {
        StepPoint { step, epoch: step as f32 / 8.0, loss: 2.303, accuracy: 0.125, learning_rate: 0.001 }
    }

    fn test(step: u32, accuracy: f32) -> TestPoint {
        TestPoint { step, loss: 0.1, accuracy, images: 1000 }
    }

    #[test]
    fn steps_and_tests_share_their_lines() {
        let text = csv(&[step(1), step(2)], &[test(0, 0.1), test(2, 0.5), test(2, 0.75)]);
        let lines: Vec<&str> = text.split_terminator("\r\n").collect();
        assert_eq!(lines, [HEADER, "0,,,,,0.1,0.1,1000", "1,0.125,2.303,0.125,0.001,,,", "2,0.25,2.303,0.125,0.001,0.1,0.75,1000"]);
        let columns = |line: &str| line.split(',').count();
        assert!(lines.iter().all(|line| columns(line) == columns(HEADER)), "{text}");
    }

    #[test]
    fn every_number_can_be_read_back_to_the_bit() {
        let strange = [f32::MIN_POSITIVE, 1.0 / 3.0, 1e30, f32::NAN, f32::INFINITY];
        let steps: Vec<StepPoint> = (1..).zip(strange).map(|(at, loss)| StepPoint { loss, ..step(at) }).collect();
        let text = csv(&steps, &[]);
        let read: Vec<f32> = text.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse().unwrap()).collect();
        assert!(read.iter().zip(strange).all(|(read, loss)| read.to_bits() == loss.to_bits() || read.is_nan() && loss.is_nan()), "{text}");
        assert_eq!(csv(&[], &[]), format!("{HEADER}\r\n"));
    }
}
