//! The run's curves: training and test loss, test accuracy, learning rate.

use super::kept_runs::{self, Curves as Kept, KeptRun, use_kept_runs};
use super::plot::{Plot, Scale};
use super::{Widget, WidgetProps};
use crate::plots::lines::{Axes, Look, Series};
use crate::plots::short;
use crate::worker::record::Record;
use std::rc::Rc;
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "curves",
    about: "Loss, accuracy and learning rate of the run",
    check: super::nothing,
    view: |context| html! { <Curves context={context.clone()} /> },
};

/// Steps that the smooth training curve averages over, weighted by how recent they are.
const SMOOTH_STEPS: f64 = 10.0;

#[component]
fn Curves(props: &WidgetProps) -> Html {
    let context = &props.context;
    let run = &context.run;
    let others = use_kept_runs();
    let record = run.record();
    let (mut loss, mut accuracy, mut rate) = (losses(&record), accuracies(&record), rates(&record));
    let forks = run.forks();
    let fork_names: Vec<String> = forks.iter().map(|fork| fork.record().name_beside(&record)).collect();
    for (index, (fork, name)) in forks.iter().zip(&fork_names).enumerate() {
        let fork = fork.record();
        loss.extend(forked(losses(&fork).swap_remove(1), &fork, index, name));
        accuracy.extend(forked(accuracies(&fork).swap_remove(0), &fork, index, name));
        rate.extend(forked(rates(&fork).swap_remove(0), &fork, index, name));
    }
    let labels = (label("Loss", &loss, "nats"), label("Test accuracy", &accuracy, "%"), label("Learning rate", &rate, ""));
    let best = accuracy[0].points.iter().map(|point| point.1).fold(0.0, f64::max);
    let latest = accuracy[0].points.last().map_or(0.0, |point| point.1);
    // The last percent are seen from near, as long as the curve stays up there.
    let floor = if best > 90.0 && latest > 80.0 { 80.0 } else { 0.0 };
    let (loss, accuracy, rate) = (beside(loss, &others, loss_of), beside(accuracy, &others, accuracy_of), beside(rate, &others, rate_of));
    let keys: u64 = others.iter().map(|other| 1 << (other.number % 32)).sum();
    let version = run.version() << 32 | keys;
    let log_x = context.kept.get("log-x", false);
    // The steps of all three are laid out alike; the values each in their own way.
    let scale = |name: &'static str| {
        let kept = context.kept.clone();
        let log = (kept.get(name, false), log_x);
        let set = Callback::from(move |now: (bool, bool)| {
            if now.0 != log.0 {
                kept.set(name, &now.0, &false);
            }
            if now.1 != log.1 {
                kept.set("log-x", &now.1, &false);
            }
        });
        Scale { log, set }
    };
    let rates = rate.iter().flat_map(|one| &one.points).map(|point| point.1).fold(1e-6, f64::max);
    let y_range = (!context.kept.get("log-rate", false)).then_some((0.0, 1.15 * rates));
    let keep = {
        let (run, experiment) = (run.clone(), context.experiment.clone());
        // A key that no other has: how much was known when it was kept.
        Callback::from(move |()| kept_runs::keep(&format!("kept {}", run.version()), &experiment, Kept::of(&run.record())))
    };
    let keep = (record.step() > 0).then_some(keep);
    let known = |other: &Rc<KeptRun>| {
        let key = other.key.clone();
        let name = other.name(&context.experiment);
        let forget = Callback::from(move |_: MouseEvent| kept_runs::forget(&key));
        html! {
            <li key={other.key.clone()} data-testid="kept-run">
                <span class={format!("ghost ghost-{}", other.number % 4)}></span>{ &name }
                <button type="button" class="plain" aria-label={format!("Remove {name}")} onclick={forget}>{ "remove" }</button>
            </li>
        }
    };
    html! {
        <>
            <div class="plot-grid">
                <Plot class={classes!("wide")} title="Loss" {version} series={loss} label={labels.0} testid="plot-loss" scale={scale("log")} {keep}
                    axes={Axes { x: "step", y: "loss (nats)", log: false, y_range: None }} />
                <Plot title="Test accuracy" {version} series={accuracy} label={labels.1} testid="plot-accuracy" linear=true scale={scale("log-accuracy")}
                    axes={Axes { x: "step", y: "test accuracy (%)", log: false, y_range: Some((floor, 100.0)) }} />
                <Plot title="Learning rate" {version} series={rate} label={labels.2} testid="plot-learning-rate" scale={scale("log-rate")}
                    axes={Axes { x: "step", y: "", log: false, y_range }} />
            </div>
            if !others.is_empty() {
                <ul class="kept-runs" aria-label="Runs to compare with">{ for others.iter().map(known) }</ul>
            }
        </>
    }
}

/// The colour of a fork's curves, by its place among the forks.
pub(super) fn fork_color(index: usize) -> usize {
    3 + index % 3
}

/// A fork's curve, from where it split off: what lies before is the other run's.
fn forked(mut series: Series, record: &Record, index: usize, name: &str) -> Option<Series> {
    let split = f64::from(record.from?.step);
    series.points.retain(|&(step, _)| step >= split);
    (series.name, series.color) = (format!("{} ({name})", series.name), fork_color(index));
    Some(series)
}

/// A plot's curves with those of other runs below them.
fn beside(own: Vec<Series>, others: &[Rc<KeptRun>], of: fn(&KeptRun) -> Vec<Series>) -> Rc<Vec<Series>> {
    Rc::new(others.iter().flat_map(|other| of(other)).chain(own).collect())
}

fn loss_of(run: &KeptRun) -> Vec<Series> {
    vec![run.ghost("training", &run.curves.loss, false), run.ghost("test", &run.curves.test_loss, true)]
}

fn accuracy_of(run: &KeptRun) -> Vec<Series> {
    vec![run.ghost("", &run.curves.accuracy, true)]
}

fn rate_of(run: &KeptRun) -> Vec<Series> {
    vec![run.ghost("", &run.curves.rate, false)]
}

/// A colour of the plots with what it stands for.
pub(super) fn swatch(series: usize, name: &str) -> Html {
    html! { <span class="swatch" style={format!("--swatch: var(--series-{})", series + 1)}>{ name }</span> }
}

pub(super) fn losses(record: &Record) -> Vec<Series> {
    let raw: Vec<(f64, f64)> = record.steps.iter().map(|point| (f64::from(point.step), f64::from(point.loss))).collect();
    let test = record.tests.iter().map(|test| (f64::from(test.step), f64::from(test.loss))).collect();
    vec![
        Series { name: "training, each batch".into(), color: 0, points: raw.clone(), look: Look::Faint },
        Series { name: "training".into(), color: 0, points: smooth(&raw), look: Look::Line },
        Series { name: "test".into(), color: 1, points: test, look: Look::Marked },
    ]
}

/// The exponential moving average, unbiased at the start as Adam's is.
fn smooth(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let keep = 1.0 - 1.0 / SMOOTH_STEPS;
    let (mut sum, mut weight) = (0.0, 0.0);
    points
        .iter()
        .map(|&(step, value)| {
            sum = keep * sum + (1.0 - keep) * value;
            weight = keep * weight + (1.0 - keep);
            (step, sum / weight)
        })
        .collect()
}

pub(super) fn accuracies(record: &Record) -> Vec<Series> {
    let points = record.tests.iter().map(|test| (f64::from(test.step), 100.0 * f64::from(test.accuracy))).collect();
    vec![Series { name: "test accuracy".into(), color: 1, points, look: Look::Marked }]
}

pub(super) fn rates(record: &Record) -> Vec<Series> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for point in &record.steps {
        let (step, rate) = (f64::from(point.step), f64::from(point.learning_rate));
        // A rate holds until the next step takes another: level, then upright.
        if let Some(&(_, before)) = points.last()
            && before != rate
        {
            points.push((step, before));
        }
        points.push((step, rate));
    }
    vec![Series { name: "learning rate".into(), color: 2, points, look: Look::Line }]
}

/// The picture in words: where every curve stands.
fn label(title: &str, series: &[Series], unit: &str) -> String {
    let now = |one: &Series| one.points.last().map(|&(step, value)| format!("{} {} {unit} at step {step:.0}", one.name, short(value)));
    let ends: Vec<String> = series.iter().filter(|one| one.look != Look::Faint).filter_map(now).collect();
    if ends.is_empty() { format!("{title}: nothing yet") } else { format!("{title}: {}", ends.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smooth_curve_begins_at_the_first_value_and_follows() {
        let smooth = smooth(&[(1.0, 2.0), (2.0, 2.0), (3.0, 1.0)]);
        assert_eq!(smooth[0], (1.0, 2.0));
        assert!((smooth[1].1 - 2.0).abs() < 1e-12 && smooth[2].1 < 2.0 && smooth[2].1 > 1.0);
    }

    #[test]
    fn a_label_says_where_the_curve_stands() {
        let series = [Series { name: "test".into(), color: 1, points: vec![(50.0, 0.25)], look: Look::Marked }];
        assert_eq!(label("Loss", &series, "nats"), "Loss: test 0.25 nats at step 50");
        assert_eq!(label("Loss", &[], "nats"), "Loss: nothing yet");
    }
}
