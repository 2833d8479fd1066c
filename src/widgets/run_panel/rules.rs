//! The rules by which the run stops of itself.

use super::field::Field;
use crate::experiment::{Experiment, Stop};
use crate::plots::short;
use crate::widgets::WidgetProps;
use std::str::FromStr;
use yew::prelude::*;

#[component]
pub(super) fn Rules(props: &WidgetProps) -> Html {
    let context = &props.context;
    let wrong = use_state(|| None::<String>);
    if !context.shows("stop") {
        return Html::default();
    }
    let stop = context.experiment.stop;
    let disabled = !context.allows("stop");
    let give = |change: fn(&mut Stop, &str) -> Result<(), String>| {
        let (experiment, edit, wrong) = (context.experiment.clone(), context.edit.clone(), wrong.clone());
        Callback::from(move |text: String| {
            let mut stop = experiment.stop;
            match change(&mut stop, &text).and_then(|()| stop.check()) {
                Ok(()) => {
                    wrong.set(None);
                    edit.0.emit(Experiment { stop, ..(*experiment).clone() });
                }
                Err(reason) => wrong.set(Some(reason)),
            }
        })
    };
    let field = |label: &'static str, testid: &'static str, value: Option<String>, unit: &'static str, give: Callback<String>| {
        html! {
            <label class="field">
                <span>{ label }</span>
                <span class="with-unit"><Field {testid} value={value.unwrap_or_default()} {give} {disabled} />{ " " }{ unit }</span>
            </label>
        }
    };
    html! {
        <details class="rules" data-testid="rules">
            <summary>{ "Stops " }<span data-testid="rules-now">{ words(&stop) }</span></summary>
            <div class="settings">
                { field("After", "stop-steps", stop.steps.map(|steps| steps.to_string()), "steps", give(|stop, text| read(text).map(|steps| stop.steps = steps))) }
                { field("Training loss below", "stop-loss", stop.loss_below.map(|loss| loss.to_string()), "nats",
                    give(|stop, text| read(text).map(|loss| stop.loss_below = loss))) }
                { field("Test accuracy above", "stop-accuracy", stop.accuracy_above.map(percent), "%",
                    give(|stop, text| read::<f32>(text).map(|percent| stop.accuracy_above = percent.map(|percent| percent / 100.0)))) }
                { field("No progress for", "stop-plateau", stop.plateau_steps.map(|steps| steps.to_string()), "steps",
                    give(|stop, text| read(text).map(|steps| stop.plateau_steps = steps))) }
            </div>
            <>{ for wrong.iter().map(|reason| html! { <p class="error" role="alert">{ reason }</p> }) }</>
            <p class="quiet hint">{ "An empty field is no rule. The first rule that holds stops the run; Run goes on beyond it." }</p>
        </details>
    }
}

/// A number, or nothing.
fn read<T: FromStr>(text: &str) -> Result<Option<T>, String> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| format!("'{text}' is no number that fits here")) }
}

fn percent(share: f32) -> String {
    short(100.0 * f64::from(share))
}

/// The rules in a few words.
fn words(stop: &Stop) -> String {
    let rules: Vec<String> = [
        stop.steps.map(|steps| format!("after {steps} steps")),
        stop.loss_below.map(|loss| format!("when the training loss is below {loss}")),
        stop.accuracy_above.map(|share| format!("when the test accuracy is above {} %", percent(share))),
        stop.plateau_steps.map(|steps| format!("when the loss has not fallen for {steps} steps")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if rules.is_empty() { "when you pause it".into() } else { rules.join(", or ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_said() {
        assert_eq!(read::<u32>(" 200 "), Ok(Some(200)));
        assert_eq!(read::<f32>(""), Ok(None));
        assert!(read::<u32>("-3").is_err());
        let stop = Stop { steps: Some(200), accuracy_above: Some(0.97), ..Stop::default() };
        assert_eq!(words(&stop), "after 200 steps, or when the test accuracy is above 97 %");
        assert_eq!(words(&Stop::default()), "when you pause it");
    }
}
