//! `parse_mode: HTML`, with the official server's rules and the words of its refusals.
//!
//! The parser works on bytes because the server reports byte offsets, and reads a zero past the end because the server's
//! C strings do: several of its errors come from meeting that zero.

use crate::failure::Failure;
use crate::links;
use crate::rich::{Entity, Formatted, Kind};

const TAGS: [&str; 17] = [
    "a",
    "b",
    "strong",
    "i",
    "em",
    "s",
    "strike",
    "del",
    "u",
    "ins",
    "tg-spoiler",
    "tg-emoji",
    "tg-time",
    "span",
    "pre",
    "code",
    "blockquote",
];

/// Parses a text as the server does.
///
/// # Errors
/// `can't parse entities: …` with the server's own explanation; STRICT for a link the server would silently drop.
pub(crate) fn parse(text: &str) -> Result<Formatted, Failure> {
    let mut parser =
        Parser { text: text.as_bytes(), at: 0, out: Vec::new(), utf16: 0, open: vec![], found: vec![] };
    parser.run().map_err(|error| match error {
        Refusal::Server(text) => Failure::bad(format_args!("can't parse entities: {text}")),
        Refusal::Strict(text) => Failure::strict(text),
    })?;
    let invalid = "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched \
                   surrogate code units";
    let plain = String::from_utf8(parser.out)
        .map_err(|_| Failure::bad(format_args!("can't parse entities: {invalid}")))?;
    let mut entities = parser.found;
    for entity in &mut entities {
        if matches!(&entity.kind, Kind::Pre { language } if language.starts_with(UNMERGED)) {
            entity.kind = Kind::Code;
        }
    }
    Ok(Formatted::fixed(&plain, entities))
}

/// Which words a refusal has.
enum Refusal {
    Server(String),
    Strict(String),
}

type Parsed<T> = Result<T, Refusal>;

fn refuse<T>(text: String) -> Parsed<T> {
    Err(Refusal::Server(text))
}

/// Marks `<code>` that may still become the inner half of `<pre><code class="language-…">`; cannot be a language.
const UNMERGED: &str = "\0";

struct Open {
    tag: String,
    argument: String,
    date: i32,
    /// Where the tag's content begins: UTF-16 units, and bytes of the output.
    offset: usize,
    begin: usize,
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    out: Vec<u8>,
    utf16: usize,
    open: Vec<Open>,
    found: Vec<Entity>,
}

impl Parser<'_> {
    fn run(&mut self) -> Parsed<()> {
        while self.at < self.text.len() {
            let byte = self.peek();
            if byte == b'&'
                && let Some(code) = self.character_reference()
            {
                self.utf16 += if code > 0xffff { 2 } else { 1 };
                push_code(&mut self.out, code);
            } else if byte == b'<' {
                let begin = self.at;
                self.at += 1;
                if self.peek() == b'/' {
                    self.end_tag(begin)?;
                } else {
                    self.start_tag(begin)?;
                }
                self.at += 1;
            } else {
                // One unit for each first byte of a character, two beyond the basic plane.
                if byte & 0xc0 != 0x80 {
                    self.utf16 += if byte >= 0xf0 { 2 } else { 1 };
                }
                self.out.push(byte);
                self.at += 1;
            }
        }
        match self.open.last() {
            Some(open) => refuse(format!("Can't find end tag corresponding to start tag \"{}\"", open.tag)),
            None => Ok(()),
        }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn peek(&self) -> u8 {
        self.byte(self.at)
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) -> String {
        let begin = self.at;
        while self.at < self.text.len() && wanted(self.peek()) {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.text[begin..self.at]).into_owned()
    }

    fn skip_space(&mut self) {
        self.skip_while(|byte| byte != 0 && is_space(byte));
    }

    fn start_tag(&mut self, begin: usize) -> Parsed<()> {
        let tag = self.skip_while(|byte| !is_space(byte) && byte != b'>').to_ascii_lowercase();
        if self.peek() == 0 {
            return refuse(format!("Unclosed start tag at byte offset {begin}"));
        }
        if !TAGS.contains(&tag.as_str()) {
            return refuse(format!("Unsupported start tag \"{tag}\" at byte offset {begin}"));
        }
        let mut open =
            Open { tag, argument: String::new(), date: 0, offset: self.utf16, begin: self.out.len() };
        while self.peek() != b'>' {
            self.skip_space();
            if self.peek() == b'>' {
                break;
            }
            self.attribute(begin, &mut open)?;
        }
        if open.tag == "span" && open.argument != "spoiler" {
            return refuse(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {begin}"));
        }
        self.open.push(open);
        Ok(())
    }

    fn attribute(&mut self, begin: usize, open: &mut Open) -> Parsed<()> {
        let tag = &open.tag;
        let unclosed = format!("Unclosed start tag \"{tag}\" at byte offset {begin}");
        let name = self.skip_while(|byte| !is_space(byte) && !b"=>/\"'".contains(&byte));
        if name.is_empty() {
            return refuse(format!("Empty attribute name in the tag \"{tag}\" at byte offset {begin}"));
        }
        self.skip_space();
        if self.peek() != b'=' {
            if self.peek() == 0 {
                return refuse(unclosed);
            }
            if tag == "blockquote" && name == "expandable" {
                "1".clone_into(&mut open.argument);
            }
            return Ok(());
        }
        self.at += 1;
        self.skip_space();
        if self.peek() == 0 {
            return refuse(unclosed);
        }
        let value = if matches!(self.peek(), b'\'' | b'"') { self.quoted() } else { self.name_token()? };
        if self.peek() == 0 {
            return refuse(format!("Unclosed start tag at byte offset {begin}"));
        }
        open.keep(&name, value);
        Ok(())
    }

    fn name_token(&mut self) -> Parsed<String> {
        let begin = self.at;
        let token = self.skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        if !is_space(self.peek()) && self.peek() != b'>' {
            return refuse(format!("Unexpected end of name token at byte offset {begin}"));
        }
        Ok(token.to_ascii_lowercase())
    }

    fn quoted(&mut self) -> String {
        let quote = self.peek();
        self.at += 1;
        let mut value = Vec::new();
        while self.peek() != quote && self.peek() != 0 {
            if self.peek() == b'&'
                && let Some(code) = self.character_reference()
            {
                push_code(&mut value, code);
            } else {
                value.push(self.peek());
                self.at += 1;
            }
        }
        if self.peek() == quote {
            self.at += 1;
        }
        String::from_utf8_lossy(&value).into_owned()
    }

    fn end_tag(&mut self, begin: usize) -> Parsed<()> {
        let Some(open) = self.open.pop() else {
            return refuse(format!("Unexpected end tag at byte offset {begin}"));
        };
        self.at += 1;
        let name = self.skip_while(|byte| !is_space(byte) && byte != b'>').to_ascii_lowercase();
        self.skip_space();
        if self.peek() != b'>' {
            return refuse(format!("Unclosed end tag at byte offset {begin}"));
        }
        if !name.is_empty() && name != open.tag {
            return refuse(format!(
                "Unmatched end tag at byte offset {begin}, expected \"</{}>\", found \"</{name}>\"",
                open.tag
            ));
        }
        if self.utf16 > open.offset { self.finish(open) } else { Ok(()) }
    }

    /// Turns a closed, non-empty element into an entity.
    fn finish(&mut self, open: Open) -> Parsed<()> {
        let (offset, length) = (open.offset, self.utf16 - open.offset);
        let inner = self.found.last_mut().filter(|inner| (inner.offset, inner.length) == (offset, length));
        let kind = match open.tag.as_str() {
            "b" | "strong" => Kind::Bold,
            "i" | "em" => Kind::Italic,
            "u" | "ins" => Kind::Underline,
            "s" | "strike" | "del" => Kind::Strikethrough,
            "span" | "tg-spoiler" => Kind::Spoiler,
            "blockquote" => Kind::Quote { expandable: !open.argument.is_empty() },
            "tg-emoji" => match open.argument.parse::<i64>() {
                Ok(id) if id != 0 => Kind::Emoji { id: id.to_string() },
                _ => return refuse("Invalid custom emoji identifier specified".to_owned()),
            },
            "tg-time" => time(open.date, open.argument)?,
            "a" => self.link(open)?,
            "pre" => match inner {
                Some(Entity { kind: Kind::Pre { language }, .. }) if language.starts_with(UNMERGED) => {
                    language.remove(0);
                    return Ok(());
                }
                _ => Kind::Pre { language: String::new() },
            },
            _ => match inner {
                Some(Entity { kind: Kind::Pre { language }, .. })
                    if language.is_empty() && !open.argument.is_empty() =>
                {
                    *language = open.argument;
                    return Ok(());
                }
                _ if open.argument.is_empty() => Kind::Code,
                _ => Kind::Pre { language: format!("{UNMERGED}{}", open.argument) },
            },
        };
        self.found.push(Entity { kind, offset, length });
        Ok(())
    }

    fn link(&self, open: Open) -> Parsed<Kind> {
        let content = || String::from_utf8_lossy(&self.out[open.begin..]).into_owned();
        let target = if open.argument.is_empty() { content() } else { open.argument };
        if let Some(user_id) = links::mentioned_user(&target) {
            return Ok(Kind::Mention { user_id });
        }
        match links::check(&target, false) {
            Ok(url) => Ok(Kind::Link { url }),
            Err(reason) => {
                Err(Refusal::Strict(format!("the server silently drops the link to '{target}': {reason}")))
            }
        }
    }

    /// Decodes `&…` and moves past it; `None` leaves the ampersand to be taken literally.
    fn character_reference(&mut self) -> Option<u32> {
        let mut end = self.at + 1;
        let code = if self.byte(end) == b'#' {
            end += 1;
            let radix = if self.byte(end) == b'x' { 16 } else { 10 };
            end += usize::from(radix == 16);
            let mut code = 0_u32;
            while let Some(digit) = char::from(self.byte(end)).to_digit(radix) {
                code = code.wrapping_mul(radix).wrapping_add(digit);
                end += 1;
            }
            if code == 0 || code >= 0x0010_ffff || end - self.at >= 10 {
                return None;
            }
            code
        } else {
            while self.byte(end).is_ascii_alphabetic() {
                end += 1;
            }
            u32::from(match &self.text[self.at + 1..end] {
                b"lt" => '<',
                b"gt" => '>',
                b"amp" => '&',
                b"quot" => '"',
                _ => return None,
            })
        };
        self.at = end + usize::from(self.byte(end) == b';');
        Some(code)
    }
}

impl Open {
    fn keep(&mut self, name: &str, value: String) {
        let argument = match (self.tag.as_str(), name) {
            ("a", "href") | ("tg-emoji", "emoji-id") | ("tg-time", "format") => Some(value),
            ("code", "class") => value.strip_prefix("language-").map(str::to_owned),
            ("span", "class") => value.strip_prefix("tg-").map(str::to_owned),
            ("blockquote", "expandable") => Some("1".to_owned()),
            ("tg-time", "unix") => {
                self.date = value.parse().unwrap_or(0);
                None
            }
            _ => None,
        };
        if let Some(argument) = argument {
            self.argument = argument;
        }
    }
}

fn time(unix: i32, format: String) -> Parsed<Kind> {
    let known = matches!(format.as_str(), "r" | "R") || format.chars().all(|c| "tTdDwW".contains(c));
    if !known {
        return refuse("Invalid date format used".to_owned());
    }
    if unix <= 0 {
        return Err(Refusal::Strict(
            "the server silently drops a tg-time without a valid unix time".to_owned(),
        ));
    }
    Ok(Kind::Time { unix, format })
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0 | 0x0b)
}

/// Surrogate halves, which no `char` can hold, become bytes that are not UTF-8 and are refused at the end.
fn push_code(out: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.push(0xff),
    }
}
