//! Where the run table's rows are kept from visit to visit: the browser's local storage, by page.
//!
//! A browser that keeps nothing, or has no room left, must not break the page: the rows then live as long as it is open.

use super::rows::Row;

/// The most rows; the oldest go first.
pub(super) const MOST_ROWS: usize = 60;

const NOT_KEPT: &str = "The browser does not keep these rows: they are gone when the page is closed.";

/// The storage, if the browser grants it. (Even asking may throw.)
fn storage() -> Option<web_sys::Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}

fn key(page: &str) -> String {
    format!("stride-runs:{page}")
}

/// The rows of an earlier visit. What cannot be read is as good as not there.
pub(super) fn load(page: &str) -> Vec<Row> {
    let text = storage().and_then(|storage| storage.get_item(&key(page)).ok().flatten());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Keeps the rows; says in one sentence if that failed.
pub(super) fn save(page: &str, rows: &[Row]) -> Result<(), &'static str> {
    let storage = storage().ok_or(NOT_KEPT)?;
    if rows.is_empty() {
        return storage.remove_item(&key(page)).map_err(|_| NOT_KEPT);
    }
    let text = serde_json::to_string(rows).map_err(|_| NOT_KEPT)?;
    storage.set_item(&key(page), &text).map_err(|_| NOT_KEPT)
}
