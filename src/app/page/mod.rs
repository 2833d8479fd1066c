//! A lesson's page: its prose, its cells, the state that they share and the run that they show.

mod blocks;
mod control;
mod footnotes;
mod link;
mod live;
mod permalink;
mod predict;
mod prose;
mod reveal;
mod state;

use super::load::{Loaded, not_here, use_json};
use super::route::Place;
use crate::experiment::Experiment;
use crate::protocol::{Command, RunState};
use crate::worker::client::use_run;
use blocks::{Shared, blocks};
use serde_json::Value;
use state::{Change, PageState};
use std::rc::Rc;
use stride_lesson::{Lesson, Part};
use yew::prelude::*;

/// Where in the notebook the page is.
#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub place: Place,
    /// Counts the changes of the lessons' files while they are being written.
    pub version: u32,
}

#[component]
pub(super) fn Page(props: &Props) -> Html {
    let name = &props.place.name;
    let is_name = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    let address = if is_name { format!("lessons/{name}.json") } else { "lessons/none".into() };
    let (loaded, retry) = use_json::<Lesson>(address, props.version);
    match &loaded {
        Loaded::Here(lesson) => html! { <LessonView lesson={lesson.clone()} place={props.place.clone()} /> },
        other => html! { <div class="prose">{ not_here("The lesson", other, &retry) }</div> },
    }
}

#[derive(Properties, PartialEq)]
struct LessonProps {
    lesson: Rc<Lesson>,
    place: Place,
}

/// The state that a link asks for, or the lesson's own with the reason why not.
fn linked(lesson: &Lesson, letters: &str) -> (PageState, Option<String>) {
    match permalink::read(letters) {
        Ok(state) => match state.misfits(lesson).as_slice() {
            [] => (state, None),
            misfits => {
                let reason = format!("This link does not fit the page ({}), so the page opens as the lesson has it.", misfits.join("; "));
                (PageState::default(), Some(reason))
            }
        },
        Err(reason) => (PageState::default(), Some(reason)),
    }
}

#[component]
fn LessonView(props: &LessonProps) -> Html {
    let LessonProps { lesson, place } = props;
    let (first, reason) = {
        let (lesson, letters) = (lesson.clone(), place.letters.clone());
        (*use_memo((), move |()| linked(&lesson, &letters))).clone()
    };
    let state = use_reducer(|| first);
    let notice = use_state(|| reason);
    {
        let title = lesson.front.title.clone();
        use_effect_with(title, |title| gloo::utils::document().set_title(&format!("{title} · Stride")));
    }
    {
        // A link to another state of the page that is open already.
        let (dispatcher, notice, lesson) = (state.dispatcher(), notice.clone(), lesson.clone());
        let opened = use_mut_ref(|| place.letters.clone());
        use_effect_with(place.letters.clone(), move |letters| {
            if opened.replace(letters.clone()) != *letters {
                let (state, reason) = linked(&lesson, letters);
                dispatcher.dispatch(Change::All(state));
                notice.set(reason);
            }
        });
    }
    link::use_address(&place.name, permalink::written(&state));
    link::use_heading(place.heading.clone());

    let dismiss = {
        let notice = notice.clone();
        Callback::from(move |_: MouseEvent| notice.set(None))
    };
    let notice = notice.as_ref().map(|reason| {
        html! { <div class="notice prose" role="status">{ reason }<button class="button" onclick={dismiss}>{ "All right" }</button></div> }
    });
    let answered = use_state(|| 0u32);
    let told = use_callback(*answered, {
        let answered = answered.clone();
        move |(), now| answered.set(now + 1)
    });
    let questions = use_memo(lesson.clone(), |lesson| predict::questions(lesson));
    let body = match first_experiment(lesson, &state) {
        Some(values) => {
            html! { <Running name={place.name.clone()} lesson={lesson.clone()} state={state.clone()} answered={told} values={Rc::new(values)} /> }
        }
        None => {
            let shared = Shared { name: place.name.clone(), lesson: lesson.clone(), state: state.clone(), answered: told, running: None };
            html! { <article class="lesson">{ blocks(&lesson.blocks, &shared) }</article> }
        }
    };
    html! {
        <>
            { for notice }
            <footnotes::Pointing lesson={lesson.clone()}>
                { body }
                <predict::Summary lesson={place.name.clone()} questions={questions} version={*answered} />
                <footnotes::Footnotes lesson={lesson.clone()} />
            </footnotes::Pointing>
        </>
    }
}

/// What the page's experiment says now: the lesson's first.
fn first_experiment(lesson: &Lesson, state: &PageState) -> Option<Value> {
    lesson.blocks().into_iter().find_map(|block| match &block.part {
        Part::Experiment(cell) => Some(state.experiment(lesson, &cell.name, &cell.values)),
        _ => None,
    })
}

#[derive(Properties, PartialEq)]
struct RunningProps {
    name: AttrValue,
    lesson: Rc<Lesson>,
    state: UseReducerHandle<PageState>,
    answered: Callback<()>,
    values: Rc<Value>,
}

#[component]
fn Running(props: &RunningProps) -> Html {
    let run = use_run();
    let experiment = use_memo(props.values.clone(), |values| Experiment::from_values(values));
    {
        let (run, started) = (run.clone(), use_mut_ref(|| None::<Experiment>));
        use_effect_with(experiment.clone(), move |wanted| {
            let Ok(wanted) = &**wanted else { return };
            match started.replace(Some(wanted.clone())) {
                // The rate alone may change while the run runs.
                Some(before) if Experiment { learning_rate: wanted.learning_rate, ..before.clone() } == *wanted => {
                    if before.learning_rate != wanted.learning_rate {
                        run.send(Command::SetLearningRate(wanted.learning_rate));
                    }
                }
                _ => run.send(Command::Start(Box::new(wanted.clone()))),
            }
        });
    }
    let state = run.record().state;
    let running = Some(blocks::Running { run, experiment });
    let (name, lesson, answered) = (props.name.clone(), props.lesson.clone(), props.answered.clone());
    let shared = Shared { name, lesson, state: props.state.clone(), answered, running };
    html! {
        <article class="lesson" data-running={(state == RunState::Running).to_string()}>{ blocks(&props.lesson.blocks, &shared) }</article>
    }
}
