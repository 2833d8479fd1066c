//! The instrument panel of a run: start, stop, settings, read-outs, device, data.

mod data;
mod device;
mod field;
mod readouts;
mod settings;

pub(super) use readouts::thousands;

use super::{Widget, WidgetProps};
use crate::protocol::{RunCommand, RunState};
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
                { button("reset", "Reset", RunCommand::Reset, ready || state == RunState::Broken, "") }
                <span class="state" data-testid="run-state" aria-live="polite">{ words(state) }</span>
            </div>
            { for [&record.failed, &record.refused].into_iter().flatten().map(|reason| html! {
                <p class="error" role="alert" data-testid="error">{ reason }</p>
            }) }
            <readouts::Readouts context={props.context.clone()} />
            <settings::Settings context={props.context.clone()} />
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
