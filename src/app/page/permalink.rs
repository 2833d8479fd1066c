//! A page's state as a few letters of its address: version, JSON in base64 as addresses take it, and a checksum.
//!
//! Knows what is kept of a page; knows nothing of where addresses come from.

use super::state::PageState;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as LETTERS;

/// What begins every link of this form; another form gets another number, and this one stays readable.
const VERSION: &str = "1";

/// A state is never longer than this as letters: an address that asks for more is not even read.
const MOST_LETTERS: usize = 16_384;

const DAMAGED: &str =
    "This link is damaged (perhaps it was cut short on its way), so the page opens as the lesson has it; ask for the link again.";

/// The state as letters; empty for a page as the lesson has it.
pub(super) fn written(state: &PageState) -> String {
    if *state == PageState::default() {
        return String::new();
    }
    // Strings, numbers and maps of them can always be written.
    let json = serde_json::to_vec(state).unwrap_or_default();
    format!("{VERSION}-{}-{:08x}", LETTERS.encode(&json), checksum(&json))
}

/// The state that letters stand for; the error is a sentence for the reader.
pub(super) fn read(letters: &str) -> Result<PageState, String> {
    if letters.is_empty() {
        return Ok(PageState::default());
    }
    let (version, rest) = letters.split_once('-').unwrap_or((letters, ""));
    if version != VERSION && !version.is_empty() && version.chars().all(|letter| letter.is_ascii_digit()) {
        return Err(format!(
            "This link was made by another version of the notebook (form {version}, and this page reads form {VERSION}), so the page opens as the lesson has it."
        ));
    }
    let read = || {
        let (state, sum) = rest.rsplit_once('-')?;
        if version != VERSION || state.len() > MOST_LETTERS {
            return None;
        }
        let json = LETTERS.decode(state).ok()?;
        (u32::from_str_radix(sum, 16).ok()? == checksum(&json)).then_some(())?;
        serde_json::from_slice(&json).ok()
    };
    read().ok_or_else(|| DAMAGED.into())
}

/// FNV-1a, 32 bits: against accidents, not against people.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn state() -> PageState {
        PageState {
            controls: [("rate".to_string(), json!(0.3)), ("norm".into(), json!(true))].into(),
            edits: [(String::new(), json!({ "optimizer": { "name": "adam" }, "seed": 7 }))].into(),
            hidden: vec!["batch-size".into()],
            ..PageState::default()
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let letters = written(&state());
        assert_eq!(read(&letters), Ok(state()));
        assert!(letters.len() < 200 && letters.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter)), "{letters}");
        assert_eq!((written(&PageState::default()).as_str(), read("")), ("", Ok(PageState::default())));
    }

    #[test]
    fn every_damage_is_noticed() {
        let letters = written(&state());
        for end in 1..letters.len() {
            assert!(read(&letters[..end]).is_err(), "{}", &letters[..end]);
        }
        for place in 0..letters.len() {
            let mut other: Vec<char> = letters.chars().collect();
            other[place] = if other[place] == 'A' { 'B' } else { 'A' };
            assert!(read(&other.into_iter().collect::<String>()).is_err());
        }
        assert!(read("2-abc-00000000").unwrap_err().contains("another version"));
        assert!(read("1-----").is_err() && read("-").is_err() && read("é").is_err());
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod any {
        use super::super::*;
        use proptest::prelude::*;
        use serde_json::{Value, json};

        fn value() -> impl Strategy<Value = Value> {
            prop_oneof![
                any::<bool>().prop_map(Value::from),
                any::<i32>().prop_map(Value::from),
                ".{0,12}".prop_map(Value::from),
                (-1e6..1e6f64).prop_map(Value::from)
            ]
        }

        proptest! {
            #[test]
            fn any_state_comes_back(controls in prop::collection::btree_map("[a-z]{1,8}", value(), 0..6), seed in any::<u32>(), hidden in prop::collection::vec("[a-z-]{1,12}", 0..4)) {
                let state = PageState { controls, edits: [("run".to_string(), json!({ "seed": seed }))].into(), hidden, ..PageState::default() };
                prop_assert_eq!(read(&written(&state)), Ok(state));
            }

            #[test]
            fn no_letters_break_it(letters in ".{0,200}") {
                let _ = read(&letters);
            }
        }
    }
}
