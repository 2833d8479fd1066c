//! The numbers of a run as they stand.

use crate::plots::short;
use crate::protocol::TestPoint;
use crate::widgets::WidgetProps;
use crate::worker::record::Record;
use yew::prelude::*;

/// The training loss shown is the mean of so many last steps: one batch alone jumps about.
const LAST_STEPS: usize = 20;

#[component]
pub(super) fn Readouts(props: &WidgetProps) -> Html {
    let record = props.context.run.record();
    let readout = |label: &'static str, testid: &'static str, value: String, note: String| {
        html! {
            <div class="readout">
                <span class="label">{ label }</span>
                <span class="value" data-testid={testid}>{ value }</span>
                <span class="quiet">{ note }</span>
            </div>
        }
    };
    let test = record.tests.last();
    html! {
        <div class="readouts">
            { readout("Step", "step-count", record.step().to_string(), steps_note(&record, props.context.experiment.stop.steps)) }
            { readout("Epoch", "epoch", format!("{:.2}", record.steps.last().map_or(0.0, |point| point.epoch)), String::new()) }
            { readout("Training loss", "train-loss", training_loss(&record), "nats, last 20 points".into()) }
            { readout("Test accuracy", "test-accuracy", test.map_or("–".into(), accuracy), test.map_or(String::new(), images)) }
            { readout("Speed", "images-per-second", speed(&record), "images a second".into()) }
        </div>
    }
}

/// Of how many steps, and how long that takes, where the run has an end.
fn steps_note(record: &Record, end: Option<u32>) -> String {
    let Some(end) = end.filter(|&end| end > record.step()) else { return format!("of {} an epoch", record.steps_per_epoch) };
    let batch = record.experiment.as_ref().map_or(0, |experiment| experiment.batch_size);
    let steps_per_second = if batch > 0 { f64::from(record.images_per_second) / batch as f64 } else { 0.0 };
    let left = end - record.step();
    if steps_per_second > 0.0 {
        format!("of {}, about {} to go", thousands(u64::from(end)), duration(f64::from(left) / steps_per_second))
    } else {
        format!("of {}, {} to go", thousands(u64::from(end)), thousands(u64::from(left)))
    }
}

/// Seconds in words, as exactly as an estimate deserves.
fn duration(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("{} s", seconds.ceil().max(1.0)),
        ..5400.0 => format!("{} min", (seconds / 60.0).round()),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// The mean of the last points.
pub(super) fn training_loss(record: &Record) -> String {
    // Where the run has gone back to, that of the steps before.
    let end = record.steps.partition_point(|point| point.step <= record.step());
    let last = &record.steps[end.saturating_sub(LAST_STEPS)..end];
    if last.is_empty() {
        return "–".into();
    }
    short(last.iter().map(|point| f64::from(point.loss)).sum::<f64>() / last.len() as f64)
}

fn accuracy(test: &TestPoint) -> String {
    format!("{:.1} %", 100.0 * test.accuracy)
}

fn images(test: &TestPoint) -> String {
    format!("on {} images, step {}", thousands(u64::from(test.images)), test.step)
}

fn speed(record: &Record) -> String {
    if record.images_per_second > 0.0 { thousands(record.images_per_second.round() as u64) } else { "–".into() }
}

/// 12345 as 12,345.
pub(in crate::widgets) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let groups = digits.as_bytes()[first..].chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (first > 0).then(|| digits[..first].to_string());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1000, 61_706, 1_234_567].map(thousands), ["0", "999", "1,000", "61,706", "1,234,567"]);
    }

    #[test]
    fn what_is_left_is_said_in_words() {
        assert_eq!([0.2, 12.3, 90.0, 600.0, 9000.0].map(duration), ["1 s", "13 s", "2 min", "10 min", "2.5 h"]);
        let record = Record::default();
        assert_eq!(steps_note(&record, None), "of 0 an epoch");
        assert_eq!(steps_note(&record, Some(2000)), "of 2,000, 2,000 to go");
    }

    #[test]
    fn accuracy_is_a_percentage_with_one_decimal() {
        assert_eq!(accuracy(&TestPoint { step: 1, loss: 0.1, accuracy: 0.9724, images: 1000 }), "97.2 %");
    }
}
