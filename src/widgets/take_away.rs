//! What a reader takes along: the experiment as TOML and as a PyTorch script, and the run's numbers as CSV.

use super::{Widget, WidgetProps, save};
use crate::export::{pytorch, telemetry};
use gloo::timers::callback::Timeout;
use yew::platform::spawn_local;
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "take-away",
    about: "Take the experiment and its numbers with you",
    check: super::nothing,
    view: |context| html! { <TakeAway context={context.clone()} /> },
};

/// So long the page says that a text was copied, in milliseconds.
const SAID_MS: u32 = 4000;

/// Something to take along: its ending, what it is, and what kind of file.
struct Thing {
    ending: &'static str,
    title: &'static str,
    about: &'static str,
    kind: &'static str,
}

const THINGS: [Thing; 3] = [
    Thing {
        ending: "toml",
        title: "Experiment, TOML",
        about: "Everything the run depends on, as a lesson's experiment cell has it.",
        kind: "application/toml",
    },
    Thing {
        ending: "py",
        title: "PyTorch script",
        about: "The same experiment outside of the browser; it runs as it stands.",
        kind: "text/x-python",
    },
    Thing { ending: "csv", title: "Numbers, CSV", about: "Loss, accuracy and learning rate by step, and all tests.", kind: "text/csv" },
];

#[component]
fn TakeAway(props: &WidgetProps) -> Html {
    let said = use_state(String::new);
    let quiet = use_mut_ref(|| None::<Timeout>);
    let context = &props.context;
    let say = {
        let said = said.clone();
        Callback::from(move |now: String| {
            said.set(now);
            let said = said.clone();
            quiet.replace(Some(Timeout::new(SAID_MS, move || said.set(String::new()))));
        })
    };
    let text = {
        let (run, experiment) = (context.run.clone(), context.experiment.clone());
        move |ending: &str| match ending {
            "toml" => experiment.to_toml(),
            "py" => pytorch::script(&experiment, &save::page()),
            _ => {
                let record = run.record();
                Ok(telemetry::csv(&record.steps, &record.tests))
            }
        }
    };
    let nothing_yet = context.run.record().step() == 0;
    let row = |thing: &'static Thing| {
        let (take, tell) = (text.clone(), say.clone());
        let file = format!("{}.{}", save::page(), thing.ending);
        let onsave = Callback::from(move |_: MouseEvent| match take(thing.ending) {
            Ok(text) => {
                save::text(&file, thing.kind, &text);
                tell.emit(format!("Saved as {file}."));
            }
            Err(reason) => tell.emit(reason),
        });
        let (take, say) = (text.clone(), say.clone());
        let oncopy = Callback::from(move |_: MouseEvent| {
            let say = say.clone();
            match take(thing.ending) {
                Ok(text) => spawn_local(async move {
                    let done = save::copy(&text).await;
                    say.emit(if done { "Copied." } else { "The browser does not let the page copy; use Save." }.into());
                }),
                Err(reason) => say.emit(reason),
            }
        });
        let disabled = thing.ending == "csv" && nothing_yet;
        let button = |word: &str, onclick: Callback<MouseEvent>| {
            let testid = format!("{}-{}", word.to_lowercase(), thing.ending);
            html! {
                <button class="button" type="button" {disabled} {onclick} data-testid={testid} aria-label={format!("{word}: {}", thing.title)}>{ word }</button>
            }
        };
        html! {
            <li>
                <div><strong>{ thing.title }</strong><span class="quiet">{ thing.about }</span></div>
                { button("Copy", oncopy) }{ button("Save", onsave) }
            </li>
        }
    };
    html! {
        <div class="panel take-away">
            <ul>{ for THINGS.iter().map(row) }</ul>
            <p class="quiet" role="status" data-testid="take-away-said">
                { &*said }
            </p>
        </div>
    }
}
