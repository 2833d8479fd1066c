//! The lecturer's second window: the notes of the section that the first one shows, what comes next, and a clock. It follows by itself.

use super::channel::{Channel, Said};
use super::keys::{Action, use_keys};
use super::load::{Loaded, not_here, use_json};
use super::page::{clock::Clock, prose_of};
use stride_lesson::{Block, Lesson, Part, walk};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// The lesson's name.
    pub name: AttrValue,
    /// Counts the changes of the lessons' files while they are being written.
    pub version: u32,
}

#[component]
pub(super) fn Notes(props: &Props) -> Html {
    let (loaded, retry) = use_json::<Lesson>(format!("lessons/{}.json", props.name), props.version);
    let section = use_state_eq(|| 0usize);
    let channel = {
        let (section, name) = (section.clone(), props.name.clone());
        use_memo((), move |()| {
            Channel::open(move |said| {
                if let Said::At { lesson, section: now } = said
                    && lesson == *name
                {
                    section.set(now);
                }
            })
        })
    };
    {
        let channel = channel.clone();
        use_effect_with((), move |()| {
            if let Some(channel) = &*channel {
                channel.say(&Said::Where);
            }
        });
    }
    let act = {
        let (channel, name) = (channel.clone(), props.name.clone());
        use_callback((), move |(action, _), ()| {
            let step = match action {
                Action::Forward => 1,
                Action::Back => -1,
                _ => return false,
            };
            if let Some(channel) = &*channel {
                channel.say(&Said::Go { lesson: name.to_string(), step });
            }
            true
        })
    };
    use_keys(act);
    let Loaded::Here(lesson) = &loaded else { return html! { <div class="prose">{ not_here("The lesson", &loaded, &retry) }</div> } };
    let sections = lesson.sections();
    let title = |index: usize| sections.get(index).and_then(|section| lesson.heading(section)).map(|heading| heading.text.clone());
    let blocks = sections.get(*section).map(|section| &lesson.blocks[section.clone()]).unwrap_or_default();
    let notes: Vec<Html> = walk(blocks).into_iter().filter_map(note).collect();
    html! {
        <div class="notes prose" data-testid="notes">
            <p class="quiet">{ format!("Notes on: {}", lesson.front.title) }</p>
            <h1>{ title(*section).unwrap_or_else(|| lesson.front.title.clone()) }</h1>
            if notes.is_empty() {
                <p class="quiet">{ "No notes on this section." }</p>
            }
            { for notes }
            <p class="next">{ title(*section + 1).map_or_else(|| "This is the last section.".to_string(), |title| format!("Next: {title}")) }</p>
            <Clock />
            if channel.is_none() {
                <p class="error" role="alert">{ "This browser cannot tell one window what another shows, so the notes do not follow." }</p>
            }
        </div>
    }
}

fn note(block: &Block) -> Option<Html> {
    let Part::Note(body) = &block.part else { return None };
    Some(html! { <div class="note">{ for body.iter().filter_map(prose_of) }</div> })
}

/// Opens the window for a lesson; `false` where the browser refuses.
pub(super) fn open(name: &str) -> bool {
    let features = "popup,width=640,height=720";
    let window = gloo::utils::window();
    window.open_with_url_and_target_and_features(&format!("#/notes/{name}"), "stride-notes", features).is_ok_and(|opened| opened.is_some())
}

/// The first window's end: says where the lecture is whenever that changes or somebody asks, and goes where it is told to.
#[hook]
pub(super) fn use_leading(lesson: AttrValue, section: usize, go: Callback<i32>) {
    let asked = use_state(|| 0u32);
    // The last way to go on: the channel outlives the rendering that opened it.
    let latest = use_mut_ref(|| go.clone());
    latest.replace(go);
    let channel = {
        let (asked, lesson) = (asked.clone(), lesson.clone());
        let count = std::cell::Cell::new(0);
        use_memo((), move |()| {
            Channel::open(move |said| match said {
                Said::Where => {
                    count.set(count.get() + 1);
                    asked.set(count.get());
                }
                Said::Go { lesson: meant, step } if meant == *lesson => {
                    let go = latest.borrow().clone();
                    go.emit(step);
                }
                Said::Go { .. } | Said::At { .. } => {}
            })
        })
    };
    use_effect_with((lesson, section, *asked), move |(lesson, section, _)| {
        if let Some(channel) = &*channel {
            channel.say(&Said::At { lesson: lesson.to_string(), section: *section });
        }
    });
}
