//! The instrument panel of a run: start, stop, settings, read-outs, device, data.

mod data;
mod device;
mod field;
mod forks;
mod past;
mod readouts;
mod rules;
mod settings;

pub(super) use readouts::thousands;

use super::save;
use super::{Widget, WidgetProps};
use crate::experiment::name::differences;
use crate::protocol::{RunCommand, RunState};
use gloo::file::Blob;
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "run-panel",
    about: "Run, settings and read-outs",
    check: super::nothing,
    view: |context| html! { <RunPanel context={context.clone()} /> },
};

#[component]
fn RunPanel(props: &WidgetProps) -> Html {
    let run = &props.context.run;
    let record = run.record();
    let state = record.state;
    let saving = use_state(|| false);
    {
        let saving = saving.clone();
        use_effect_with(record.exported.clone(), move |exported| {
            if let Some(exported) = exported.as_ref().filter(|_| *saving) {
                saving.set(false);
                let name = format!("weights-step-{}.safetensors", exported.step);
                save::blob(&name, Blob::new_with_options(exported.file.as_slice(), Some("application/octet-stream")));
            }
        });
    }
    let on_save = {
        let (run, saving) = (run.clone(), saving.clone());
        Callback::from(move |_: MouseEvent| {
            saving.set(true);
            run.send(RunCommand::Export);
        })
    };
    let on_reset = {
        let (run, rate) = (run.clone(), props.context.experiment.learning_rate);
        Callback::from(move |_: MouseEvent| {
            run.send(RunCommand::Reset);
            // The rate may have been changed on the way: the run begins with the one that the panel shows.
            run.send(RunCommand::SetLearningRate(rate));
        })
    };
    let on_fork = {
        let run = run.clone();
        Callback::from(move |_: MouseEvent| run.fork())
    };
    let differs = record.present().map(|present| differences(&props.context.original, &present)).unwrap_or_default();
    let ready = !matches!(state, RunState::Empty | RunState::Preparing | RunState::Broken);
    let running = matches!(state, RunState::Running | RunState::WaitingForData);
    let button = |testid: &'static str, text: &'static str, command: RunCommand, enabled: bool, class: &'static str| {
        let run = run.clone();
        let onclick = Callback::from(move |_: MouseEvent| run.send(command.clone()));
        html! { <button class={classes!("button", class)} data-testid={testid} disabled={!enabled} {onclick}>{ text }</button> }
    };
    html! {
        <div class="panel">
            <div class="controls">
                { button("run", "Run", RunCommand::Run, ready && !running, "primary") }
                { button("pause", "Pause", RunCommand::Pause, running, "") }
                { button("step", "Step", RunCommand::Step, ready && !running, "") }
                <button class="button" data-testid="reset" disabled={!(ready || state == RunState::Broken)} onclick={on_reset}>{ "Reset" }</button>
                if props.context.shows("fork") {
                    <button class="button half" data-testid="fork-now" onclick={on_fork} disabled={!ready || !props.context.allows("fork")}
                        title="A second run begins as this one is now, and may then differ in a setting">{ "Fork" }</button>
                }
                if props.context.shows("save-weights") {
                    <button class="button half" data-testid="save-weights" onclick={on_save} disabled={!ready || !props.context.allows("save-weights")}
                        title="Weights and the optimizer's state, as a safetensors file with PyTorch's names">{ "Save weights" }</button>
                }
                <span class="state" data-testid="run-state" aria-live="polite">{ words(state) }</span>
            </div>
            if !differs.is_empty() {
                <p class="quiet run-name">{ "Not as in the lesson: " }<strong data-testid="run-name">{ differs.join(", ") }</strong></p>
            }
            // Fragments are one node each, however many sentences there are: the buttons above stay the same, and keep the focus.
            <>{ for record.stopped.iter().map(|reason| html! { <p class="quiet" role="status" data-testid="stopped">{ reason }</p> }) }</>
            <>{ for [&record.failed, &record.refused].into_iter().flatten().map(|reason| html! {
                <p class="error" role="alert" data-testid="error">{ reason }</p>
            }) }</>
            <readouts::Readouts context={props.context.clone()} />
            <past::Past context={props.context.clone()} />
            <settings::Settings context={props.context.clone()} />
            <rules::Rules context={props.context.clone()} />
            <forks::Forks context={props.context.clone()} />
            <div class="panel-foot">
                <device::Device context={props.context.clone()} />
                <data::Data context={props.context.clone()} />
            </div>
        </div>
    }
}

fn words(state: RunState) -> &'static str {
    match state {
        RunState::Empty => "starting",
        RunState::Preparing => "preparing",
        RunState::Paused => "paused",
        RunState::Running => "running",
        RunState::WaitingForData => "waiting for images",
        RunState::Broken => "stopped by an error",
    }
}
