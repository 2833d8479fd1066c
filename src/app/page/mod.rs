//! A lesson's page: its prose, its cells, the state that they share and the runs that they show.

mod blocks;
pub(super) mod clock;
mod control;
mod footnotes;
mod guide;
mod lecture;
mod link;
mod live;
mod manual;
mod permalink;
mod predict;
mod prose;
mod reveal;
mod share;
mod state;

use super::answers;
use super::keys::{Action, Scope, use_keys};
use super::load::{Loaded, not_here, use_json};
use super::route::Place;
use crate::experiment::Experiment;
use crate::protocol::{RunCommand, RunId, RunState};
use crate::worker::client::{Run, use_runs};
use blocks::{Shared, blocks};
use lecture::Lecture;
use serde_json::Value;
use state::{Change, PageState};
use std::collections::BTreeMap;
use std::rc::Rc;
use stride_lesson::{Block, Lesson, Part};
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

/// What stands over the page: something to tell, and a way back where there is one.
#[derive(Clone, PartialEq)]
struct Notice {
    text: String,
    undo: Option<(PageState, answers::OfLesson)>,
}

#[component]
fn LessonView(props: &LessonProps) -> Html {
    let LessonProps { lesson, place } = props;
    let (first, reason) = {
        let (lesson, letters) = (lesson.clone(), place.letters.clone());
        (*use_memo((), move |()| linked(&lesson, &letters))).clone()
    };
    let state = use_reducer(|| first.clone());
    // What "start over" comes back to: the link that was opened, so that a demonstration can be given twice.
    let start = use_mut_ref(|| if link::is_reload() { PageState::default() } else { first });
    let notice = use_state(|| reason.map(|text| Notice { text, undo: None }));
    let lecture = use_state(Lecture::default);
    let sharing = use_state(|| false);
    // Counts how often the page was put back: its cells are made anew.
    let fresh = use_state(|| 0u32);
    let answered = use_state(|| 0u32);
    let sections = use_memo(lesson.clone(), |lesson| lesson.sections());
    {
        let title = lesson.front.title.clone();
        use_effect_with(title, |title| gloo::utils::document().set_title(&format!("{title} · Stride")));
    }
    {
        // A link to another state of the page that is open already.
        let (state, start, notice, lesson, name) = (state.clone(), start.clone(), notice.clone(), lesson.clone(), place.name.clone());
        let opened = use_mut_ref(|| place.letters.clone());
        use_effect_with((place.letters.clone(), place.heading.clone()), move |(letters, heading)| {
            let before = opened.replace(letters.clone());
            if letters.is_empty() && !heading.is_empty() {
                // A link to a heading of this page leaves the page as it is.
                link::renew(&name, &permalink::written(&state));
            } else if before != *letters {
                let (linked, reason) = linked(&lesson, letters);
                start.replace(linked.clone());
                state.dispatch(Change::All(linked));
                notice.set(reason.map(|text| Notice { text, undo: None }));
            }
        });
    }
    link::use_address(&place.name, permalink::written(&state));
    link::use_heading(place.heading.clone());
    {
        let (lecture, on) = (lecture.clone(), lecture.on);
        let left = use_callback((), move |(), ()| lecture.set(Lecture { on: false, pointer: false, blank: false, ..*lecture }));
        lecture::use_screen(on, left);
    }

    let step = {
        let (lecture, count) = (lecture.clone(), sections.len());
        Callback::from(move |step: i32| {
            // Steps within the section come first.
            let done = lecture.on && lecture::press(if step > 0 { "[data-reveal=next]" } else { "[data-reveal=back]" });
            if !done {
                lecture.set(lecture.moved(step, count));
            }
        })
    };
    super::notes::use_leading(place.name.clone(), lecture.section, step.clone());
    let reset = {
        let (state, start, notice, fresh) = (state.clone(), start.clone(), notice.clone(), fresh.clone());
        let (lecture, answered, name) = (lecture.clone(), answered.clone(), place.name.clone());
        move || {
            let undo = ((*state).clone(), answers::replace(&name, answers::OfLesson::new()));
            // What a lecturer's link hides and locks stays so.
            let (hidden, locked) = (state.hidden.clone(), state.locked.clone());
            state.dispatch(Change::All(PageState { hidden, locked, ..start.borrow().clone() }));
            lecture.set(Lecture { section: 0, blank: false, ..*lecture });
            fresh.set(*fresh + 1);
            answered.set(*answered + 1);
            notice.set(Some(Notice { text: "The page is back at its start.".into(), undo: Some(undo) }));
        }
    };
    let act = {
        let (lecture, sharing, notice, step, reset, name) =
            (lecture.clone(), sharing.clone(), notice.clone(), step.clone(), reset.clone(), place.name.clone());
        Callback::from(move |(action, scope): (Action, Scope)| {
            if scope == Scope::Everywhere || scope == Scope::Lecture && !lecture.on {
                return false;
            }
            match action {
                Action::RunOrPause => return lecture::run_or_pause(),
                Action::Reset => reset(),
                Action::Share => sharing.set(true),
                Action::Lecture => {
                    let section = if lecture.on { lecture.section } else { lecture::section_in_view() };
                    lecture.set(Lecture { on: !lecture.on, section, pointer: false, blank: false });
                }
                Action::Notes => {
                    if !super::notes::open(&name) {
                        let text = "The browser keeps this page from opening a second window: allow it, then press N again.".into();
                        notice.set(Some(Notice { text, undo: None }));
                    }
                }
                Action::Forward => step.emit(1),
                Action::Back => step.emit(-1),
                Action::Pointer => lecture.set(Lecture { pointer: !lecture.pointer, ..*lecture }),
                Action::Blank => lecture.set(Lecture { blank: !lecture.blank, ..*lecture }),
                Action::Leave => lecture.set(Lecture { on: false, pointer: false, blank: false, ..*lecture }),
                Action::Help | Action::Search | Action::Contents | Action::Larger | Action::Smaller => return false,
            }
            true
        })
    };
    use_keys(act.clone());
    let button = |action: Action, scope: Scope| {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| {
            act.emit((action, scope));
        })
    };

    let told = use_callback(*answered, {
        let answered = answered.clone();
        move |(), now| answered.set(now + 1)
    });
    let questions = use_memo(lesson.clone(), |lesson| predict::questions(lesson));
    let shown = lecture.on.then_some(lecture.section);
    let experiments = experiments(lesson, &state);
    let body = if experiments.is_empty() {
        let shared = Shared {
            name: place.name.clone(),
            lesson: lesson.clone(),
            state: state.clone(),
            answered: told,
            fresh: *fresh,
            shown,
            running: Rc::default(),
        };
        html! { <article class="lesson">{ sections_of(&shared) }</article> }
    } else {
        let experiments = Rc::new(experiments);
        html! {
            <Running name={place.name.clone()} lesson={lesson.clone()} state={state.clone()} answered={told} fresh={*fresh} {shown} {experiments} />
        }
    };
    // The section that is shown or in view, for the link to lead to; the first is the page itself.
    let at = if lecture.on || !*sharing { lecture.section } else { lecture::section_in_view() };
    let here = sections.get(at).filter(|_| at > 0 && *sharing).and_then(|section| lesson.heading(section));
    let here = AttrValue::from(here.map(|heading| heading.id.clone()).unwrap_or_default());
    let close = {
        let sharing = sharing.clone();
        Callback::from(move |()| sharing.set(false))
    };
    html! {
        <>
            <div class="tools" role="toolbar" aria-label="This page">
                <button class="button" onclick={button(Action::Lecture, Scope::Lesson)} title="L" data-testid="lecture">{ "Lecture" }</button>
                <button class="button" onclick={button(Action::Share, Scope::Lesson)} title="S" data-testid="share">{ "Share" }</button>
                <button class="button" onclick={button(Action::Reset, Scope::Lesson)} title="R" data-testid="reset-page">{ "Start over" }</button>
            </div>
            if let Some(shown) = &*notice {
                { tell(shown, &notice, &state, &answered, &fresh, &place.name) }
            }
            <footnotes::Pointing lesson={lesson.clone()}>
                { body }
                <predict::Summary lesson={place.name.clone()} {questions} version={*answered} />
                if place.name == manual::NAME {
                    <manual::Widgets />
                }
                <footnotes::Footnotes lesson={lesson.clone()} />
            </footnotes::Pointing>
            <super::neighbours::Neighbours name={place.name.clone()} />
            if *sharing {
                <share::Share name={place.name.clone()} heading={here} lesson={lesson.clone()} state={(*state).clone()} {close} />
            }
            if lecture.on {
                <lecture::Overlay lecture={*lecture} sections={sections.len()} title={lesson.front.title.clone()} {step}
                    leave={button(Action::Leave, Scope::Lecture)} />
            }
        </>
    }
}

/// Something to tell, with the way back.
fn tell(
    shown: &Notice,
    notice: &UseStateHandle<Option<Notice>>,
    state: &UseReducerHandle<PageState>,
    answered: &UseStateHandle<u32>,
    fresh: &UseStateHandle<u32>,
    name: &AttrValue,
) -> Html {
    let dismiss = {
        let notice = notice.clone();
        Callback::from(move |_: MouseEvent| notice.set(None))
    };
    let undo = shown.undo.clone().map(|(before, answers)| {
        let (notice, dispatcher, answered, fresh, name) =
            (notice.clone(), state.dispatcher(), answered.clone(), fresh.clone(), name.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            dispatcher.dispatch(Change::All(before.clone()));
            answers::replace(&name, answers.clone());
            answered.set(*answered + 1);
            fresh.set(*fresh + 1);
            notice.set(None);
        });
        html! { <button class="button" {onclick}>{ "Undo" }</button> }
    });
    html! {
        <div class="notice prose" role="status">{ shown.text.clone() }<span>{ for undo }<button class="button" onclick={dismiss}>{ "All right" }</button></span></div>
    }
}

/// The lesson, section by section; in lecture mode only one is shown.
fn sections_of(shared: &Shared) -> Html {
    let section = |(index, range): (usize, std::ops::Range<usize>)| {
        let hidden = shared.shown.is_some_and(|shown| shown != index);
        html! { <section class="part" key={index} {hidden}>{ blocks(&shared.lesson.blocks[range], shared) }</section> }
    };
    html! { <>{ for shared.lesson.sections().into_iter().enumerate().map(section) }</> }
}

/// A block of prose, for a place that has nothing but prose.
pub(super) fn prose_of(block: &Block) -> Option<Html> {
    match &block.part {
        Part::Prose(html) => Some(prose::raw(html)),
        _ => None,
    }
}

/// An experiment of the page.
#[derive(Clone, PartialEq)]
struct Named {
    name: String,
    /// What it says now.
    values: Value,
    /// What it says without the reader's changes.
    original: Value,
}

/// What the page's experiments say now, by their names; widgets that name none show the first one's run.
fn experiments(lesson: &Lesson, state: &PageState) -> Vec<Named> {
    let cells = lesson.blocks().into_iter().filter_map(|block| match &block.part {
        Part::Experiment(cell) => Some(cell),
        _ => None,
    });
    let mut all: Vec<Named> = Vec::new();
    for cell in cells {
        // A name that is given twice is a mistake, of which the page tells; the first has it.
        if !all.iter().any(|named| named.name == cell.name) {
            let (values, original) = (state.experiment(lesson, &cell.name, &cell.values), state.resolved(lesson, &cell.values));
            all.push(Named { name: cell.name.clone(), values, original });
        }
    }
    all
}

#[derive(Properties, PartialEq)]
struct RunningProps {
    name: AttrValue,
    lesson: Rc<Lesson>,
    state: UseReducerHandle<PageState>,
    answered: Callback<()>,
    /// Counts how often the page was put back.
    fresh: u32,
    /// The only section that is shown, in lecture mode.
    shown: Option<usize>,
    experiments: Rc<Vec<Named>>,
}

#[component]
fn Running(props: &RunningProps) -> Html {
    let names: Vec<&str> = props.experiments.iter().map(|named| named.name.as_str()).collect();
    let runs = use_runs(&names);
    let read = use_memo(props.experiments.clone(), |experiments| {
        let read = |values: &Value| Rc::new(Experiment::from_values(values));
        experiments.iter().map(|named| (read(&named.values), read(&named.original))).collect::<Vec<_>>()
    });
    {
        let (runs, started) = (runs.clone(), use_mut_ref(BTreeMap::<RunId, Experiment>::new));
        use_effect_with(read.clone(), move |read| {
            for (run, (wanted, _)) in runs.iter().zip(&**read) {
                let Ok(wanted) = &**wanted else { continue };
                bring(run, started.borrow_mut().insert(run.id(), wanted.clone()), wanted);
            }
        });
    }
    {
        let runs = runs.clone();
        let seen = use_mut_ref(|| props.fresh);
        use_effect_with(props.fresh, move |&fresh| {
            if seen.replace(fresh) != fresh {
                for run in &runs {
                    run.forks().iter().for_each(Run::close);
                    run.send(RunCommand::Reset);
                }
            }
        });
    }
    let is_running = runs.iter().any(|run| run.record().state == RunState::Running);
    let running = runs.iter().zip(&*props.experiments).zip(&*read).map(|((run, named), (experiment, original))| blocks::Running {
        name: named.name.clone(),
        run: run.clone(),
        experiment: experiment.clone(),
        original: original.clone(),
    });
    let running = Rc::new(running.collect::<Vec<_>>());
    let (name, lesson, answered) = (props.name.clone(), props.lesson.clone(), props.answered.clone());
    let shared = Shared { name, lesson, state: props.state.clone(), answered, fresh: props.fresh, shown: props.shown, running };
    html! { <article class="lesson" data-running={is_running.to_string()}>{ sections_of(&shared) }</article> }
}

/// Brings a run from the experiment that it was started with to the one that is wanted.
fn bring(run: &Run, before: Option<Experiment>, wanted: &Experiment) {
    let Some(before) = before else { return run.send(RunCommand::Start(Box::new(wanted.clone()))) };
    // The rate may change while the run runs, and so may the rules by which it stops.
    let same = Experiment { learning_rate: wanted.learning_rate, stop: wanted.stop, ..before.clone() } == *wanted;
    if !same {
        return run.send(RunCommand::Start(Box::new(wanted.clone())));
    }
    if before.learning_rate != wanted.learning_rate {
        run.send(RunCommand::SetLearningRate(wanted.learning_rate));
    }
    if before.stop != wanted.stop {
        run.send(RunCommand::SetStop(wanted.stop));
    }
}
