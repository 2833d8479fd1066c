//! The parts of a lesson, each as what shows it.

use super::state::{Change, PageState};
use super::{control, guide, predict, prose, reveal};
use crate::experiment::Experiment;
use crate::widgets::{Context, Edit, Kept, WIDGETS};
use crate::worker::client::Run;
use serde_json::{Map, Value};
use std::rc::Rc;
use stride_lesson::{Block, Cell, Ground, Lesson, Part};
use yew::prelude::*;

/// What all parts of a page share.
#[derive(Clone, PartialEq)]
pub(super) struct Shared {
    /// The lesson's name.
    pub name: AttrValue,
    pub lesson: Rc<Lesson>,
    pub state: UseReducerHandle<PageState>,
    /// Told when a question is answered.
    pub answered: Callback<()>,
    /// Counts how often the page was put back: cells are made anew.
    pub fresh: u32,
    /// The only section that is shown, in lecture mode.
    pub shown: Option<usize>,
    /// One for each of the page's experiments.
    pub running: Rc<Vec<Running>>,
}

/// A run of the page, and its experiment as it is now, or what is wrong with it.
#[derive(Clone, PartialEq)]
pub(super) struct Running {
    /// The experiment's name.
    pub name: String,
    pub run: Run,
    pub experiment: Rc<Result<Experiment, String>>,
    /// The same without the reader's changes.
    pub original: Rc<Result<Experiment, String>>,
}

/// All of them, in order.
pub(super) fn blocks(blocks: &[Block], shared: &Shared) -> Html {
    // By their places and not by their lines: while a lesson is being written, lines move and what is open stays open.
    let block = |(index, block): (usize, &Block)| {
        let key = format!("{}:{index}", shared.fresh);
        html! { <div class="block" {key} data-line={block.line.to_string()}>{ show(block, shared) }</div> }
    };
    blocks.iter().enumerate().map(block).collect()
}

fn show(block: &Block, shared: &Shared) -> Html {
    match &block.part {
        Part::Prose(html) => prose::prose(html, shared),
        Part::Widget(cell) => widget(block.line, cell, shared),
        Part::Experiment(cell) => experiment(block.line, cell, shared),
        Part::Control { name, control } => {
            let hidden = shared.state.hidden.contains(name);
            if hidden {
                return Html::default();
            }
            html! {
                <control::ControlCell name={name.clone()} control={control.clone()} lesson={shared.lesson.clone()}
                    value={shared.state.value(&shared.lesson, name)} locked={shared.state.locked.contains(name)} set={shared.state.dispatcher()} />
            }
        }
        Part::Predict(question) => html! {
            <predict::PredictCell lesson={shared.name.clone()} question={question.clone()} told={shared.answered.clone()} />
        },
        // The lecturer's window shows them.
        Part::Note(_) => Html::default(),
        Part::Reveal(steps) => html! { <reveal::Reveal steps={steps.iter().map(|step| blocks(step, shared)).collect::<Vec<_>>()} /> },
        Part::Guide(steps) => html! { <guide::Guide lesson={shared.name.clone()} steps={steps.clone()} /> },
        Part::Claim { rests_on, by, body } => {
            claim(*rests_on, by.as_ref().map(|run| format!("#/{}/experiment-{run}", shared.name)), blocks(body, shared))
        }
        Part::Problem(message) => problem(block.line, message),
    }
}

/// A statement with a mark that says what it rests on; a measured one leads to the experiment that measures it.
fn claim(rests_on: Ground, by: Option<String>, body: Html) -> Html {
    let (class, mark, title) = match rests_on {
        Ground::Proved => ("claim proved", "proved", "This follows from what is written here or in the source"),
        Ground::Measured => ("claim measured", "measured here", "A run on this page measures it"),
        Ground::Contested => ("claim contested", "contested", "Those who study it do not agree"),
    };
    html! {
        <div role="group" aria-label={format!("Claim, {mark}")} {class}>
            if let Some(href) = by {
                <a class="mark" {title} {href}>{ mark }</a>
            } else {
                <span class="mark" {title}>{ mark }</span>
            }
            { body }
        </div>
    }
}

pub(super) fn problem(line: usize, message: &str) -> Html {
    html! { <div class="error prose" role="note">{ format!("Line {line} of this lesson: {message}") }</div> }
}

fn experiment(line: usize, cell: &Cell, shared: &Shared) -> Html {
    let values = shared.state.experiment(&shared.lesson, &cell.name, &cell.values);
    match Experiment::from_values(&values).and_then(|experiment| experiment.to_toml()) {
        Ok(toml) => html! {
            <details class="prose experiment" id={format!("experiment-{}", cell.name)}><summary>{ "Show it" }</summary><pre tabindex="0">{ toml }</pre></details>
        },
        Err(reason) => problem(line, &format!("this experiment cannot run: {reason}")),
    }
}

fn widget(line: usize, cell: &Cell, shared: &Shared) -> Html {
    let Some(widget) = WIDGETS.iter().find(|widget| widget.name == cell.name) else {
        let names: Vec<&str> = WIDGETS.iter().map(|widget| widget.name).collect();
        return problem(line, &format!("no widget is named '{}'; there are: {}", cell.name, names.join(", ")));
    };
    let parameters = shared.state.resolved(&shared.lesson, &cell.parameters());
    if let Err(reason) = (widget.check)(&parameters) {
        return problem(line, &format!("the widget '{}' cannot use what it is given: {reason}", cell.name));
    }
    let running = match cell.run() {
        None => shared.running.first(),
        Some(name) => shared.running.iter().find(|running| name == running.name.as_str()),
    };
    let Some(running) = running else {
        let reason = match cell.run() {
            None => format!("the widget '{}' shows a run, and this page has no experiment cell", cell.name),
            Some(name) => format!("no experiment of this page is named {name}, whose run this widget is to show"),
        };
        return problem(line, &reason);
    };
    // What is wrong with an experiment stands in its own place.
    let (Ok(experiment), Ok(original)) = (&*running.experiment, &*running.original) else { return Html::default() };
    // Which of its name it is: a link stays good when lines are put before it.
    let is_same = |block: &&Block| matches!(&block.part, Part::Widget(other) if other.name == cell.name && block.line < line);
    let id = format!("{}:{}", cell.name, shared.lesson.blocks().into_iter().filter(is_same).count());
    let kept = shared.state.kept.get(&id).cloned().unwrap_or_default();
    html! {
        <WidgetCell {id} name={cell.name.clone()} parameters={Rc::new(parameters)} of={running.name.clone()} run={running.run.clone()} lesson={shared.lesson.clone()}
            experiment={Rc::new(experiment.clone())} original={Rc::new(original.clone())} {kept} set={shared.state.dispatcher()}
            hidden={shared.state.hidden.clone()} locked={shared.state.locked.clone()} />
    }
}

#[derive(Properties, PartialEq)]
struct WidgetProps {
    id: String,
    name: String,
    parameters: Rc<Value>,
    /// The name of the run's experiment.
    of: String,
    run: Run,
    lesson: Rc<Lesson>,
    experiment: Rc<Experiment>,
    original: Rc<Experiment>,
    kept: Map<String, Value>,
    set: UseReducerDispatcher<PageState>,
    hidden: Vec<String>,
    locked: Vec<String>,
}

/// A widget with what it is given; drawn again only when some of that has changed.
#[component]
fn WidgetCell(props: &WidgetProps) -> Html {
    let keep = use_callback((props.id.clone(), props.set.clone()), |(name, value): (&'static str, Option<Value>), (id, set)| {
        set.dispatch(Change::Keep(id.clone(), name.into(), value));
    });
    let edit = use_callback((props.lesson.clone(), props.of.clone(), props.set.clone()), |changed: Experiment, (lesson, of, set)| {
        set.dispatch(Change::Edited(lesson.clone(), of.clone(), Box::new(changed)));
    });
    let Some(widget) = WIDGETS.iter().find(|widget| widget.name == props.name) else { return Html::default() };
    let context = Context {
        run: props.run.clone(),
        experiment: props.experiment.clone(),
        original: props.original.clone(),
        edit: Edit(edit),
        parameters: props.parameters.clone(),
        kept: Kept { values: Rc::new(props.kept.clone()), keep },
        hidden: Rc::new(props.hidden.clone()),
        locked: Rc::new(props.locked.clone()),
    };
    html! { <div role="group" class="widget" aria-label={widget.about}>{ (widget.view)(&context) }</div> }
}
