//! Text and caption parameters.

use crate::failure::Failure;
use crate::html;
use crate::rich::Formatted;

/// Longest text in code points after parsing.
pub(crate) const TEXT_LIMIT: usize = 4096;
/// Longest caption in code points after parsing.
pub(crate) const CAPTION_LIMIT: usize = 1024;
/// Longest text in bytes before parsing.
const RAW_LIMIT: usize = 1 << 15;

/// Parses a text in the given mode (compared without regard to case; none or empty is plain).
///
/// # Errors
/// Too long before parsing, an unknown mode, or markup the server refuses.
pub(crate) fn parse(text: &str, mode: Option<&str>) -> Result<Formatted, Failure> {
    if text.len() > RAW_LIMIT {
        return Err(Failure::bad("text is too long"));
    }
    match mode.unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "none" => Ok(Formatted::fixed(text, Vec::new())),
        "html" => html::parse(text),
        "markdown" | "markdownv2" => Err(Failure::not_carried_out("Markdown; use HTML")),
        _ => Err(Failure::bad("unsupported parse_mode")),
    }
}
