//! LaTeX to MathML, which browsers draw by themselves.

use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Parser, RenderConfig, Storage, push_mathml};

/// A formula as MathML; the error says what is wrong with it.
pub(super) fn mathml(latex: &str, display: bool) -> Result<String, String> {
    let storage = Storage::new();
    let events: Vec<_> = Parser::new(latex, &storage).collect();
    if let Some(Err(error)) = events.iter().find(|event| event.is_err()) {
        let reason = error.to_string();
        let first = reason.lines().next().unwrap_or_default().trim_end_matches([':', '.']);
        return Err(format!("the formula '{latex}' cannot be read: {first}"));
    }
    let display_mode = if display { DisplayMode::Block } else { DisplayMode::Inline };
    let mut out = String::new();
    push_mathml(&mut out, events.into_iter(), RenderConfig { display_mode, ..RenderConfig::default() })
        .map_err(|error| format!("the formula '{latex}' cannot be written: {error}"))?;
    Ok(out)
}
