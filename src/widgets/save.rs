//! Files that a reader takes from the page, and texts that go to the clipboard.
//!
//! Knows the browser; knows nothing of what is in them. Nothing leaves the reader's machine.

use gloo::file::{Blob, ObjectUrl};
use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlAnchorElement;

/// So long a saved file's address stays valid, in milliseconds: some browsers read it only after the reader has chosen a place.
const VALID_MS: u32 = 60_000;

/// Saves a text under a name.
pub(super) fn text(name: &str, kind: &str, text: &str) {
    blob(name, Blob::new_with_options(text, Some(kind)));
}

/// Saves a blob under a name.
pub(super) fn blob(name: &str, blob: Blob) {
    let url = ObjectUrl::from(blob);
    let link = gloo::utils::document().create_element("a").ok().and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    Timeout::new(VALID_MS, move || drop(url)).forget();
}

/// Puts a text on the clipboard; says whether that went well.
pub(crate) async fn copy(text: &str) -> bool {
    let clipboard = js_sys::Reflect::get(&gloo::utils::window().navigator(), &"clipboard".into()).ok();
    // Where the page is not served securely there is none.
    let Some(clipboard) = clipboard.and_then(|found| found.dyn_into::<web_sys::Clipboard>().ok()) else { return false };
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// The name of the page in its address, for the names of files and of what is stored.
pub(super) fn page() -> String {
    let hash = gloo::utils::window().location().hash().unwrap_or_default();
    let place = hash.trim_start_matches("#/").split(['?', '/', '#']).next().unwrap_or_default();
    if place.is_empty() { "notebook".into() } else { place.into() }
}

/// Words as they can stand in a file's name.
pub(super) fn slug(text: &str) -> String {
    let letters = text.to_lowercase().chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect::<String>();
    letters.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_become_names_of_files() {
        assert_eq!(super::slug("Test accuracy (%)"), "test-accuracy");
    }
}
