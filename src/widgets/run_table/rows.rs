//! The rows of the run table: when a run becomes one, and in which order they stand.
//!
//! Knows records and experiments; knows nothing of components or of where rows are kept.

use crate::experiment::Experiment;
use crate::export::settings::{Setting, differing, settings};
use crate::plots::lines::thin;
use crate::protocol::RunState;
use crate::widgets::kept_runs::Curves;
use crate::worker::record::Record;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A curve is kept with twice so many points at most.
const COLUMNS: usize = 120;

/// The final loss is the mean of so many last points, as the run's panel has it.
const LAST_POINTS: usize = 20;

/// A run that has ended, or stands still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// When it began, in milliseconds since 1970; tells it from others.
    pub id: u64,
    /// Its experiment's values.
    pub experiment: Value,
    /// How many steps were made.
    pub steps: u32,
    /// The training loss at the end, in nats.
    pub loss: f32,
    /// The last test accuracy, from 0 to 1.
    pub accuracy: Option<f32>,
    /// How long it ran, in milliseconds.
    pub ms: f64,
    /// Its curves, thinned.
    pub curves: Curves,
}

impl Row {
    pub(super) fn key(&self) -> String {
        format!("row {}", self.id)
    }

    /// The experiment, if it still is one: what is stored may be of an older notebook.
    pub(super) fn experiment(&self) -> Option<Experiment> {
        Experiment::from_values(&self.experiment).ok()
    }
}

/// Watches a run and tells what becomes a row.
#[derive(Default)]
pub(super) struct Watch {
    row: Option<Row>,
    /// Whether the row has been told as it is.
    told: bool,
    running: bool,
    last_ms: f64,
    /// Steps and tests at the last look.
    seen: (u32, usize),
}

impl Watch {
    /// Looks at the run at a time, in milliseconds; gives the rows that are to be put into the table, or in the place of those with their id.
    pub(super) fn look(&mut self, record: &Record, experiment: &Experiment, now_ms: f64) -> Vec<Row> {
        let mut rows = Vec::new();
        // A look at the run's past is no run.
        if record.back_at.is_some() {
            self.last_ms = now_ms;
            return rows;
        }
        // Another run has taken its place, or the same begins anew.
        if self.row.as_ref().is_some_and(|row| record.step() < row.steps) {
            rows.extend(self.end());
        }
        if record.step() > 0 {
            let row = self.row.get_or_insert_with(|| Row {
                id: now_ms as u64,
                experiment: experiment.to_values(),
                steps: 0,
                loss: 0.0,
                accuracy: None,
                ms: 0.0,
                curves: Curves::default(),
            });
            if self.running {
                row.ms += now_ms - self.last_ms;
            }
            let seen = (record.step(), record.tests.len());
            if seen != self.seen {
                self.seen = seen;
                let accuracy = record.tests.last().map(|test| test.accuracy);
                let last = &record.steps[record.steps.len().saturating_sub(LAST_POINTS)..];
                row.loss = last.iter().map(|point| point.loss).sum::<f32>() / last.len().max(1) as f32;
                (row.steps, row.accuracy) = (record.step(), accuracy);
                row.curves = thinned(Curves::of(record));
                self.told = false;
            }
        }
        let running = matches!(record.state, RunState::Running | RunState::WaitingForData);
        if !running && !self.told {
            self.told = true;
            rows.extend(self.row.clone());
        }
        (self.running, self.last_ms) = (record.state == RunState::Running, now_ms);
        rows
    }

    /// The run as it was last seen, if it has not been told so.
    pub(super) fn end(&mut self) -> Option<Row> {
        let told = std::mem::take(&mut self.told);
        self.row.take().filter(|_| !told)
    }
}

/// Few enough points to be kept for long, in few enough digits.
fn thinned(curves: Curves) -> Curves {
    let few = |points: &[(f64, f64)]| thin(points, COLUMNS).into_iter().map(|(step, value)| (step, f64::from(value as f32))).collect();
    Curves { loss: few(&curves.loss), test_loss: few(&curves.test_loss), accuracy: few(&curves.accuracy), rate: few(&curves.rate) }
}

/// By what rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// When they began.
    Began,
    /// A setting, by its place.
    Setting(usize),
    Steps,
    Loss,
    Accuracy,
    Duration,
}

/// What the table shows of rows: which columns, and every row with its settings.
pub(super) struct Table {
    pub rows: Vec<(Row, Vec<Setting>)>,
    pub columns: Vec<Column>,
}

/// The rows in their order; of the settings those that differ, and the seed.
pub(super) fn table(rows: &[Row], by: Column, falling: bool) -> Table {
    let mut rows: Vec<(Row, Vec<Setting>)> =
        rows.iter().filter_map(|row| row.experiment().map(|experiment| (row.clone(), settings(&experiment)))).collect();
    let all: Vec<Vec<Setting>> = rows.iter().map(|(_, settings)| settings.clone()).collect();
    let seed = all.first().and_then(|settings| settings.iter().position(|(name, _)| *name == "seed"));
    let mut shown = differing(&all);
    shown.extend(seed.filter(|seed| !shown.contains(seed)));
    let number = |value: f64| (value, String::new());
    let key = |(row, settings): &(Row, Vec<Setting>)| match by {
        Column::Began => number(row.id as f64),
        Column::Setting(index) => {
            let text = settings.get(index).map_or(String::new(), |(_, says)| says.clone());
            (text.parse().unwrap_or(f64::INFINITY), text)
        }
        Column::Steps => number(row.steps.into()),
        Column::Loss => number(row.loss.into()),
        Column::Accuracy => number(row.accuracy.map_or(-1.0, f64::from)),
        Column::Duration => number(row.ms),
    };
    rows.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        let order = a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if falling { order.reverse() } else { order }
    });
    let settings = shown.into_iter().map(Column::Setting);
    let columns = [Column::Began].into_iter().chain(settings).chain([Column::Steps, Column::Loss, Column::Accuracy, Column::Duration]);
    Table { rows, columns: columns.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{RunTelemetry, StepPoint, TestPoint};
    use serde_json::json;

    fn experiment(rate: f32) -> Experiment {
        let layers = json!([{ "layer": "flatten" }, { "layer": "linear", "in_features": 784, "out_features": 10 }]);
        let model = json!({ "input": [1, 28, 28], "layers": layers });
        let values = json!({ "batch_size": 8, "learning_rate": rate, "optimizer": { "name": "adam" }, "model": model });
        Experiment::from_values(&values).unwrap()
    }

    fn ready() -> RunTelemetry {
        RunTelemetry::Ready { experiment: Box::new(experiment(0.1)), layers: Vec::new(), memory_bytes: 1, steps_per_epoch: 10, from: None }
    }

    fn steps(numbers: std::ops::RangeInclusive<u32>) -> RunTelemetry {
        let point = |step| StepPoint { step, epoch: 0.0, loss: step as f32, accuracy: 0.5, learning_rate: 0.1 };
        RunTelemetry::Steps { points: numbers.map(point).collect(), images_per_second: 5.0 }
    }

    #[test]
    fn a_run_becomes_a_row_when_it_stands_still_or_another_takes_its_place() {
        let (mut record, mut watch) = (Record::default(), Watch::default());
        record.apply(ready());
        record.apply(RunTelemetry::State(RunState::Running));
        assert!(watch.look(&record, &experiment(0.1), 1000.0).is_empty());
        record.apply(steps(1..=30));
        assert!(watch.look(&record, &experiment(0.1), 2000.0).is_empty());
        record.apply(RunTelemetry::State(RunState::Paused));
        let rows = watch.look(&record, &experiment(0.1), 2500.0);
        assert_eq!((rows.len(), rows[0].steps, rows[0].loss, rows[0].ms, rows[0].accuracy), (1, 30, 20.5, 1500.0, None));
        // The test that follows a pause belongs to the row; time that stands still does not.
        record.apply(RunTelemetry::Test(TestPoint { step: 30, loss: 0.5, accuracy: 0.75, images: 10 }));
        let again = watch.look(&record, &experiment(0.1), 9000.0);
        assert_eq!((again.len(), again[0].id, again[0].accuracy, again[0].ms), (1, rows[0].id, Some(0.75), 1500.0));
        assert!(watch.look(&record, &experiment(0.1), 9100.0).is_empty());
        // It goes on, and the next run is another row with its own experiment.
        record.apply(RunTelemetry::State(RunState::Running));
        watch.look(&record, &experiment(0.1), 10_000.0);
        record.apply(steps(31..=40));
        watch.look(&record, &experiment(0.1), 10_250.0);
        record.apply(ready());
        let ended = watch.look(&record, &experiment(0.2), 10_300.0);
        assert_eq!((ended.len(), ended[0].id, ended[0].steps, ended[0].ms), (1, rows[0].id, 40, 1750.0));
        record.apply(steps(1..=1));
        record.apply(RunTelemetry::State(RunState::Paused));
        let next = watch.look(&record, &experiment(0.2), 11_000.0);
        assert!(next[0].id != rows[0].id && next[0].experiment() == Some(experiment(0.2)));
    }

    fn row(id: u64, rate: f32, loss: f32) -> Row {
        let experiment = experiment(rate).to_values();
        Row { id, experiment, steps: 10, loss, accuracy: Some(0.5), ms: 1.0, curves: Curves::default() }
    }

    #[test]
    fn rows_are_sorted_by_any_column_and_show_what_differs() {
        let rows = [row(1, 0.5, 3.0), row(2, 0.05, 1.0), row(3, 1.5, 2.0)];
        let ids = |by, falling| table(&rows, by, falling).rows.iter().map(|(row, _)| row.id).collect::<Vec<u64>>();
        let columns = table(&rows, Column::Began, false).columns;
        let names: Vec<&str> = columns
            .iter()
            .filter_map(|column| if let Column::Setting(index) = column { Some(settings(&experiment(0.1))[*index].0) } else { None })
            .collect();
        assert_eq!(names, ["learning rate", "seed"]);
        assert_eq!(ids(columns[1], false), [2, 1, 3]);
        assert_eq!((ids(Column::Loss, false), ids(Column::Loss, true)), (vec![2, 3, 1], vec![1, 3, 2]));
        let broken = Row { experiment: json!({ "seed": 1 }), ..row(4, 0.1, 0.0) };
        assert!(table(&[broken], Column::Began, false).rows.is_empty());
    }
}
