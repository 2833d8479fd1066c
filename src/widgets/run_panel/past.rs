//! A slider over the run's past: back to a step that is kept, and forth again.

use super::field::written;
use crate::protocol::{RunCommand, RunState};
use crate::widgets::WidgetProps;
use yew::prelude::*;

#[component]
pub(super) fn Past(props: &WidgetProps) -> Html {
    let run = &props.context.run;
    let record = run.record();
    // What the reader has asked for stands until the worker has answered.
    let asked = use_state(|| None::<u32>);
    {
        let asked = asked.clone();
        use_effect_with((record.back_at, record.refused.clone()), move |(back_at, refused)| {
            if asked.is_some_and(|step| refused.is_some() || back_at.is_none_or(|at| at == step)) {
                asked.set(None);
            }
        });
    }
    let kept = record.kept.clone();
    let (Some(&first), Some(&last)) = (kept.first(), kept.last()) else { return Html::default() };
    if kept.len() < 2 || !props.context.shows("rewind") {
        return Html::default();
    }
    // While training goes on it stands at the end, wherever that is just now.
    let at = asked.or(record.back_at).map_or(kept.len() - 1, |step| kept.partition_point(|&kept| kept < step).min(kept.len() - 1));
    let oninput = {
        let (run, kept, asked) = (run.clone(), kept.clone(), asked.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(&step) = written(&event).parse::<usize>().ok().and_then(|place| kept.get(place)) {
                asked.set(Some(step));
                run.send(RunCommand::Rewind { step });
            }
        })
    };
    let says = match record.back_at {
        Some(step) => format!("as it was after {step} steps; Run or Step goes on from there, and what came after is forgotten"),
        None => format!("steps {first} to {last} are kept; go back to see the network as it was, or to go on from there"),
    };
    // What training moves on by itself is not read out.
    let live = if record.back_at.is_some() { "polite" } else { "off" };
    let disabled = !props.context.allows("rewind") || record.state == RunState::Broken;
    html! {
        <label class="field past">
            <span>{ "Past" }</span>
            <input type="range" min="0" max={(kept.len() - 1).to_string()} step="1" value={at.to_string()} {oninput} {disabled}
                data-testid="rewind" data-steps={kept.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")}
                aria-valuetext={format!("step {}", kept[at])} />
            <span class="quiet" data-testid="past" aria-live={live}>{ says }</span>
        </label>
    }
}
