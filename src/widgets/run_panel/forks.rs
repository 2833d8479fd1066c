//! The runs that have split off from this one, each with its few settings.

use super::field::Field;
use super::readouts::{thousands, training_loss};
use crate::experiment::{Experiment, check_learning_rate};
use crate::plots::short;
use crate::protocol::{RunCommand, RunState};
use crate::widgets::WidgetProps;
use crate::worker::client::Run;
use yew::prelude::*;

#[component]
pub(super) fn Forks(props: &WidgetProps) -> Html {
    let run = &props.context.run;
    let forks = run.forks();
    if forks.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="forks" aria-label="Runs that have split off">
            { for forks.iter().enumerate().map(|(index, fork)| html! {
                <Fork key={fork.id().0} fork={fork.clone()} name={fork.record().name_beside(&run.record())} {index}
                    locked={!props.context.allows("fork")} rate_locked={!props.context.allows("learning-rate")} />
            }) }
        </ul>
    }
}

#[derive(Properties, PartialEq)]
struct ForkProps {
    fork: Run,
    name: AttrValue,
    index: usize,
    locked: bool,
    /// Whether the rate is locked, as that of the run that it split from.
    rate_locked: bool,
}

#[component]
fn Fork(props: &ForkProps) -> Html {
    let fork = &props.fork;
    let record = fork.record();
    let wrong = use_state(|| None::<String>);
    let running = matches!(record.state, RunState::Running | RunState::WaitingForData);
    let ready = !matches!(record.state, RunState::Empty | RunState::Preparing | RunState::Broken);
    let button = |testid: &'static str, text: &'static str, command: RunCommand, enabled: bool| {
        let fork = fork.clone();
        let onclick = Callback::from(move |_: MouseEvent| fork.send(command.clone()));
        html! { <button class="button" data-testid={testid} disabled={!enabled} {onclick}>{ text }</button> }
    };
    let on_rate = {
        let (fork, wrong) = (fork.clone(), wrong.clone());
        Callback::from(move |text: String| {
            let rate = text.parse::<f32>().map_err(|_| format!("'{text}' is no learning rate; give a number such as 0.001"));
            match rate.and_then(|rate| check_learning_rate(rate).map(|()| rate)) {
                Ok(rate) => {
                    wrong.set(None);
                    fork.send(RunCommand::SetLearningRate(rate));
                }
                Err(reason) => wrong.set(Some(reason)),
            }
        })
    };
    let on_smoothing = {
        let (fork, wrong) = (fork.clone(), wrong.clone());
        Callback::from(move |text: String| {
            let Some(present) = fork.record().present() else { return };
            let changed = text.parse().map_err(|_| format!("'{text}' is no share; give a number from 0 to 1"));
            let changed = changed.map(|label_smoothing| Experiment { label_smoothing, ..present });
            match changed.and_then(|changed| changed.check().map(|()| changed)) {
                Ok(changed) => {
                    wrong.set(None);
                    fork.change(changed);
                }
                Err(reason) => wrong.set(Some(reason)),
            }
        })
    };
    let close = {
        let fork = fork.clone();
        Callback::from(move |_: MouseEvent| fork.close())
    };
    let smoothing = record.experiment.as_ref().map_or(0.0, |experiment| experiment.label_smoothing);
    let from = record.from.map_or(String::new(), |split| format!("split off after {} steps", thousands(u64::from(split.step))));
    let accuracy = record.tests.last().map_or("–".into(), |test| format!("{:.1} %", 100.0 * test.accuracy));
    let color = format!("--swatch: var(--series-{})", crate::widgets::curves::fork_color(props.index) + 1);
    html! {
        <li class="fork" data-testid="fork">
            <p>
                <strong class="swatch" style={color} data-testid="fork-name">{ &props.name }</strong>
                { " " }<span class="quiet">{ from }</span>
            </p>
            <div class="controls">
                { button("fork-run", "Run", RunCommand::Run, ready && !running) }
                { button("fork-pause", "Pause", RunCommand::Pause, running) }
                { button("fork-step", "Step", RunCommand::Step, ready && !running) }
                <label class="field inline">
                    <span>{ "Learning rate" }</span>
                    <Field testid="fork-rate" value={short(f64::from(record.learning_rate))} give={on_rate}
                        disabled={props.locked || props.rate_locked || !ready} />
                </label>
                <label class="field inline">
                    <span>{ "Label smoothing" }</span>
                    <Field testid="fork-smoothing" value={short(f64::from(smoothing))} give={on_smoothing} disabled={props.locked || !ready} />
                </label>
                <button class="button" data-testid="fork-close" onclick={close}>{ "Remove" }</button>
            </div>
            <p class="fork-numbers">
                { "Step " }<strong data-testid="fork-step-count">{ record.step() }</strong>
                { " · training loss " }<strong data-testid="fork-loss">{ training_loss(&record) }</strong>
                { " · test accuracy " }<strong data-testid="fork-accuracy">{ accuracy }</strong>
            </p>
            <>{ for record.stopped.iter().map(|reason| html! { <p class="quiet" role="status">{ reason }</p> }) }</>
            <>{ for [&*wrong, &record.failed, &record.refused].into_iter().flatten().map(|reason| html! {
                <p class="error" role="alert">{ reason }</p>
            }) }</>
        </li>
    }
}
