//! A lesson's page: its prose, its widgets, and the one run that they share.

use super::load::{Loaded, not_here, use_text};
use crate::lesson::{Block, Lesson};
use crate::protocol::{Command, RunState};
use crate::widgets::{Context, WIDGETS};
use crate::worker::client::{Run, use_run};
use std::rc::Rc;
use yew::prelude::*;

/// The name of a lesson's file in `lessons/`, without its ending.
#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub name: AttrValue,
}

#[component]
pub(super) fn Page(props: &Props) -> Html {
    let is_name = props.name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    let address = if is_name { format!("lessons/{}.md", props.name) } else { "lessons/none".into() };
    let (loaded, retry) = use_text(address);
    let Loaded::Text(text) = &loaded else { return html! { <div class="prose">{ not_here("The lesson", &loaded, &retry) }</div> } };
    html! { <LessonView text={AttrValue::from(text.clone())} /> }
}

#[derive(Properties, PartialEq)]
struct LessonProps {
    text: AttrValue,
}

#[component]
fn LessonView(props: &LessonProps) -> Html {
    let lesson = use_memo(props.text.clone(), |text| {
        let names: Vec<&str> = WIDGETS.iter().map(|widget| widget.name).collect();
        Lesson::parse(text, &names)
    });
    {
        let title = lesson.front.title.clone();
        use_effect_with(title, |title| gloo::utils::document().set_title(&format!("{title} · Stride")));
    }
    match lesson.experiment() {
        Some(experiment) => html! { <Running {lesson} experiment={Experiment(experiment)} /> },
        None => html! { <article class="lesson">{ for lesson.blocks.iter().map(plain) }</article> },
    }
}

/// An experiment as a property: the same as another if it says the same.
#[derive(Clone, PartialEq)]
struct Experiment(Rc<crate::experiment::Experiment>);

#[derive(Properties, PartialEq)]
struct RunningProps {
    lesson: Rc<Lesson>,
    experiment: Experiment,
}

#[component]
fn Running(props: &RunningProps) -> Html {
    let run = use_run();
    {
        let run = run.clone();
        use_effect_with(props.experiment.clone(), move |Experiment(experiment)| run.send(Command::Start(Box::new((**experiment).clone()))));
    }
    let show = |(index, block): (usize, &Block)| {
        let shown = match block {
            Block::Widget { name, parameters } => widget(name, parameters, &run, &props.experiment),
            other => plain(other),
        };
        html! { <div class="block" key={index}>{ shown }</div> }
    };
    let state = run.record().state;
    html! {
        <article class="lesson" data-running={(state == RunState::Running).to_string()}>
            { for props.lesson.blocks.iter().enumerate().map(show) }
        </article>
    }
}

fn widget(name: &str, parameters: &toml::Table, run: &Run, experiment: &Experiment) -> Html {
    let Some(widget) = WIDGETS.iter().find(|widget| widget.name == name) else { return Html::default() };
    let context = Context { run: run.clone(), experiment: experiment.0.clone(), parameters: parameters.clone() };
    html! { <section class="widget" aria-label={widget.about}>{ (widget.view)(&context) }</section> }
}

/// A block that needs no run.
fn plain(block: &Block) -> Html {
    match block {
        Block::Prose(html) => html! { <div class="prose">{ Html::from_html_unchecked(AttrValue::from(html.clone())) }</div> },
        Block::Experiment(experiment) => match experiment.to_toml() {
            Ok(toml) => html! {
                <details class="prose experiment"><summary>{ "Show it" }</summary><pre>{ toml }</pre></details>
            },
            Err(_) => Html::default(),
        },
        Block::Widget { name, .. } => problem(&format!("The widget '{name}' shows a run, and this page has no experiment cell.")),
        Block::Problem(mistake) => problem(&format!("Line {} of this lesson: {}", mistake.line, mistake.message)),
    }
}

fn problem(text: &str) -> Html {
    html! { <div class="error" role="note">{ text }</div> }
}
