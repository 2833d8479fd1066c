//! The data: how much is in, what went wrong, and the reader's own files.

use super::readouts::thousands;
use crate::protocol::{Command, DataStatus, NamedFile};
use crate::widgets::WidgetProps;
use crate::worker::client::Run;
use web_sys::{DragEvent, FileList, HtmlInputElement, Url};
use yew::prelude::*;

#[component]
pub(super) fn Data(props: &WidgetProps) -> Html {
    let run = props.context.run.clone();
    let record = run.record();
    let over = use_state(|| false);
    let onchange = {
        let run = run.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                send_files(&run, input.files());
                // So that the same files can be chosen again.
                input.set_value("");
            }
        })
    };
    let ondrop = {
        let (run, over) = (run.clone(), over.clone());
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(false);
            send_files(&run, event.data_transfer().and_then(|data| data.files()));
        })
    };
    let hover = |value: bool| {
        let over = over.clone();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(value);
        })
    };
    html! {
        <div class={classes!("foot-part", "drop", over.then_some("over"))} {ondrop} ondragover={hover(true)} ondragleave={hover(false)}>
            { record.data.as_ref().map_or_else(|| html! { <p data-testid="data-status">{ "Looking for the data …" }</p> }, |data| status(data, &run)) }
            <label class="quiet files">
                { "Your own: drop IDX files here, or " }
                <span class="link">{ "choose them" }</span>
                <input type="file" multiple=true data-testid="drop-files" {onchange} />
            </label>
        </div>
    }
}

fn status(data: &DataStatus, run: &Run) -> Html {
    let button = |testid: &'static str, text: &'static str, command: Command| {
        let run = run.clone();
        let onclick = Callback::from(move |_: MouseEvent| run.send_worker(command.clone()));
        html! { <button class="button" data-testid={testid} {onclick}>{ text }</button> }
    };
    let complete = data.train_total > 0 && data.train_images == data.train_total;
    let (done, total) =
        if data.bytes_total > 0 { (data.bytes, data.bytes_total) } else { (data.train_images as u64, data.train_total as u64) };
    html! {
        <div data-testid="data-status">
            <p><strong>{ &data.name }</strong>{ arrived(data) }</p>
            if !complete && data.problem.is_none() {
                <progress class="progress" max={total.max(1).to_string()} value={done.to_string()} aria-label="Images fetched" />
            }
            if let Some(problem) = &data.problem {
                <div class="error" role="alert" data-testid="error">
                    <p>{ problem }</p>
                    { button("retry-data", "Try again", Command::RetryData) }
                    { " " }
                    { button("use-synthetic", "Use digits drawn here", Command::UseSynthetic) }
                </div>
            }
        </div>
    }
}

/// How many images are in; nothing where nothing is known yet.
fn arrived(data: &DataStatus) -> String {
    if data.train_total == 0 {
        return String::new();
    }
    let [train, total, test] = [data.train_images, data.train_total, data.test_images].map(|count| thousands(count as u64));
    format!(" · {train} of {total} training images, {test} test images")
}

/// Hands the worker addresses under which it can read the files.
fn send_files(run: &Run, files: Option<FileList>) {
    let Some(files) = files.filter(|files| files.length() > 0) else { return };
    let named = (0..files.length()).filter_map(|index| files.get(index)).filter_map(|file| {
        let url = Url::create_object_url_with_blob(&file).ok()?;
        Some(NamedFile { name: file.name(), url })
    });
    run.send_worker(Command::UseFiles(named.collect()));
}
