//! What a reader may change: optimizer, learning rate, batch, seed. The learning rate takes hold at the next step; the others begin the
//! run anew.

use super::field::{Field, written};
use crate::experiment::{Experiment, MAX_BATCH, check_learning_rate};
use crate::plots::short;
use crate::protocol::Optimizer;
use crate::widgets::WidgetProps;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// The optimizers offered, each with a learning rate at which it trains LeNet-5 well.
const OPTIMIZERS: [(&str, &str, f32); 3] = [("adam", "Adam", 0.001), ("momentum", "SGD, momentum 0.9", 0.05), ("sgd", "SGD", 0.1)];

/// The slider goes from 10^-5 to 10^0.
const SLIDER: (f32, f32) = (-5.0, 0.0);

#[component]
pub(super) fn Settings(props: &WidgetProps) -> Html {
    let context = &props.context;
    let run = context.run.clone();
    let (experiment, edit) = (context.experiment.clone(), context.edit.clone());
    let rate = use_state(|| experiment.learning_rate);
    let wrong = use_state(|| None::<String>);
    {
        // A run that is back at its start is back at its experiment's learning rate.
        let (rate, initial) = (rate.clone(), experiment.learning_rate);
        use_effect_with((run.record().step() == 0, initial), move |&(at_start, initial)| {
            if at_start {
                rate.set(initial);
            }
        });
    }
    {
        // Where the run has gone back to, another rate may have been in force.
        let (rate, back) = (rate.clone(), run.record().back_at.map(|step| (step, run.record().learning_rate)));
        use_effect_with(back, move |back| {
            if let Some((_, then)) = *back {
                rate.set(then);
            }
        });
    }

    let start = {
        let (edit, rate, wrong) = (edit.clone(), rate.clone(), wrong.clone());
        move |changed: Experiment| match changed.check() {
            Ok(()) => {
                wrong.set(None);
                rate.set(changed.learning_rate);
                edit.0.emit(changed);
            }
            Err(reason) => wrong.set(Some(reason)),
        }
    };
    let set_rate = {
        let (experiment, rate, wrong) = (experiment.clone(), rate.clone(), wrong.clone());
        move |value: f32| match check_learning_rate(value) {
            Ok(()) => {
                wrong.set(None);
                rate.set(value);
                // A run that runs takes it over at its next step.
                edit.0.emit(Experiment { learning_rate: value, ..(*experiment).clone() });
            }
            Err(reason) => wrong.set(Some(reason)),
        }
    };

    let on_optimizer = {
        let (experiment, start) = (experiment.clone(), start.clone());
        Callback::from(move |event: Event| {
            let choice = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
            let known = OPTIMIZERS.iter().find(|(key, ..)| Some(*key) == choice.as_deref());
            if let Some(&(key, _, learning_rate)) = known {
                start(Experiment { optimizer: optimizer(key), learning_rate, ..(*experiment).clone() });
            }
        })
    };
    let on_batch = {
        let (experiment, rate, start, wrong) = (experiment.clone(), rate.clone(), start.clone(), wrong.clone());
        Callback::from(move |text: String| match text.parse() {
            Ok(batch_size) => start(Experiment { batch_size, learning_rate: *rate, ..(*experiment).clone() }),
            Err(_) => wrong.set(Some(format!("'{text}' is no batch size; give a whole number from 1 to {MAX_BATCH}"))),
        })
    };
    let on_seed = {
        let (experiment, rate, start, wrong) = (experiment.clone(), rate.clone(), start, wrong.clone());
        Callback::from(move |text: String| match text.parse() {
            Ok(seed) => start(Experiment { seed, learning_rate: *rate, ..(*experiment).clone() }),
            Err(_) => wrong.set(Some(format!("'{text}' is no seed; give a whole number from 0 to {}", u32::MAX))),
        })
    };
    let on_rate = {
        let (set_rate, wrong) = (set_rate.clone(), wrong.clone());
        Callback::from(move |text: String| match text.parse() {
            Ok(value) => set_rate(value),
            Err(_) => wrong.set(Some(format!("'{text}' is no learning rate; give a number such as 0.001"))),
        })
    };
    let on_slide = Callback::from(move |event: InputEvent| {
        if let Ok(exponent) = written(&event).parse::<f32>() {
            set_rate(two_digits(10f32.powf(exponent)));
        }
    });
    let exponent = rate.max(1e-9).log10().clamp(SLIDER.0, SLIDER.1);

    html! {
        <>
            <div class="settings">
                if context.shows("optimizer") {
                    <label class="field">
                        <span>{ "Optimizer" }</span>
                        <select data-testid="optimizer" onchange={on_optimizer} disabled={!context.allows("optimizer")}>
                            { for OPTIMIZERS.iter().map(|&(key, name, _)| html! {
                                <option value={key} selected={optimizer(key) == experiment.optimizer}>{ name }</option>
                            }) }
                        </select>
                    </label>
                }
                if context.shows("learning-rate") {
                    <label class="field rate">
                        <span>{ "Learning rate" }</span>
                        <Field testid="learning-rate" value={short(f64::from(*rate))} give={on_rate} disabled={!context.allows("learning-rate")} />
                        <input type="range" min={SLIDER.0.to_string()} max={SLIDER.1.to_string()} step="0.05" value={exponent.to_string()}
                            oninput={on_slide} aria-label="Learning rate, from 0.00001 to 1" disabled={!context.allows("learning-rate")} />
                    </label>
                }
                if context.shows("batch-size") {
                    <label class="field">
                        <span>{ "Batch size" }</span>
                        <Field testid="batch-size" whole=true value={experiment.batch_size.to_string()} give={on_batch}
                            disabled={!context.allows("batch-size")} />
                    </label>
                }
                if context.shows("seed") {
                    <label class="field">
                        <span>{ "Seed" }</span>
                        <Field testid="seed" whole=true value={experiment.seed.to_string()} give={on_seed} disabled={!context.allows("seed")} />
                    </label>
                }
            </div>
            // One node, with or without a sentence: the field that was wrong keeps the focus.
            <>{ for wrong.iter().map(|reason| html! { <p class="error" role="alert" data-testid="error">{ reason }</p> }) }</>
            <p class="quiet hint">
                { "The learning rate takes hold at the next step; optimizer, batch size and seed begin a new run." }
            </p>
        </>
    }
}

fn optimizer(key: &str) -> Optimizer {
    match key {
        "momentum" => Optimizer::sgd(0.9),
        "sgd" => Optimizer::sgd(0.0),
        _ => Optimizer::adam(),
    }
}

/// Rounded to two significant digits.
fn two_digits(value: f32) -> f32 {
    format!("{value:.1e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slider_gives_round_numbers() {
        assert_eq!(two_digits(10f32.powf(-3.0)), 0.001);
        assert_eq!(two_digits(0.012345), 0.012);
    }

    #[test]
    fn every_optimizer_offered_is_sound() {
        for (key, _, rate) in OPTIMIZERS {
            assert!(optimizer(key).check().is_ok() && check_learning_rate(rate).is_ok());
        }
    }
}
