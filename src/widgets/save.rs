//! Hands the reader a file, made on the page: no other host is asked.
//!
//! Knows the DOM; knows nothing of what is in a file.

use gloo::file::{Blob, ObjectUrl};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Lets the browser save these bytes under this name. The error is a sentence for the reader.
pub(super) fn save(name: &str, bytes: &[u8], kind: &str) -> Result<(), String> {
    let refused = |_| format!("This browser would not save {name}.");
    let url = ObjectUrl::from(Blob::new_with_options(bytes, Some(kind)));
    let link = gloo::utils::document().create_element("a").map_err(refused)?;
    link.set_attribute("href", &url).map_err(refused)?;
    link.set_attribute("download", name).map_err(refused)?;
    link.dyn_ref::<HtmlElement>().ok_or_else(|| format!("This browser would not save {name}."))?.click();
    // The download reads the address after this; it goes with the page.
    std::mem::forget(url);
    Ok(())
}
