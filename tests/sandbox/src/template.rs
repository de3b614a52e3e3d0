//! Reads parts of the deployment template, so that tests can hold the sandbox equal to what is deployed.

use std::path::Path;

/// The text of `template.yaml` beside the workspace's `Cargo.toml`.
pub fn text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of the resource `name`, up to the next one.
pub fn resource<'a>(template: &'a str, name: &str) -> &'a str {
    let head = format!("\n  {name}:\n");
    let start =
        template.find(&head).unwrap_or_else(|| panic!("the template has no resource {name}")) + head.len();
    let body = &template[start..];
    let is_next = |line: &str| line.len() > 2 && line.starts_with("  ") && !line[2..].starts_with([' ', '#']);
    let end = body.split_inclusive('\n').take_while(|line| !is_next(line)).map(str::len).sum();
    &body[..end]
}

/// The values of every `key: value` in `part`, in order, in block and in flow style; quotes are taken off.
pub fn values<'a>(part: &'a str, key: &str) -> Vec<&'a str> {
    let head = format!("{key}: ");
    let starts_word = |at: usize| !part[..at].ends_with(|c: char| c.is_alphanumeric());
    part.match_indices(&head)
        .map(|(at, _)| at)
        .filter(|at| starts_word(*at))
        .map(|at| scalar(&part[at + head.len()..]))
        .collect()
}

/// The scalar at the beginning of `text`. Braces that it opens itself (`${StageName}`) belong to it.
fn scalar(text: &str) -> &str {
    if let Some(quote) = text.chars().next().filter(|first| ['"', '\''].contains(first)) {
        return text[1..].split(quote).next().unwrap_or_default();
    }
    let mut open = 0_usize;
    let ends = |c: char| match c {
        '{' => {
            open += 1;
            false
        }
        '}' if open > 0 => {
            open -= 1;
            false
        }
        _ => ['\n', ',', '}'].contains(&c),
    };
    text[..text.find(ends).unwrap_or(text.len())].trim()
}
