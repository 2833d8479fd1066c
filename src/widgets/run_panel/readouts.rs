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
            { readout("Step", "step-count", record.step().to_string(), format!("of {} an epoch", record.steps_per_epoch)) }
            { readout("Epoch", "epoch", format!("{:.2}", record.steps.last().map_or(0.0, |point| point.epoch)), String::new()) }
            { readout("Training loss", "train-loss", training_loss(&record), "nats, last 20 points".into()) }
            { readout("Test accuracy", "test-accuracy", test.map_or("–".into(), accuracy), test.map_or(String::new(), images)) }
            { readout("Speed", "images-per-second", speed(&record), "images a second".into()) }
        </div>
    }
}

fn training_loss(record: &Record) -> String {
    let last = &record.steps[record.steps.len().saturating_sub(LAST_STEPS)..];
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
    fn accuracy_is_a_percentage_with_one_decimal() {
        assert_eq!(accuracy(&TestPoint { step: 1, loss: 0.1, accuracy: 0.9724, images: 1000 }), "97.2 %");
    }
}
