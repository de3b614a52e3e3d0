//! Telegram's HTML: how long a text is to the eye, and how it is shortened without breaking it.

use thiserror::Error;

/// A text that Telegram would refuse, or show otherwise than it was meant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MarkupError {
    /// A `<` that begins no tag we allow.
    #[error("<{0}")]
    Tag(String),
    /// A closing tag that closes nothing, or a tag that is not closed.
    #[error("<{0}>")]
    Open(String),
}

/// Tags without attributes that a text may carry.
const TAGS: [&str; 14] = [
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "code",
    "pre",
    "tg-spoiler",
    "blockquote",
    "blockquote expandable",
];

/// A piece of a text.
enum Piece<'a> {
    /// One character to the eye (`&amp;` is one), in UTF-16 units.
    Sign(usize),
    /// `<b>`: its name.
    Opens(&'a str),
    /// `</b>`: its name.
    Closes(&'a str),
}

/// The next piece of `rest`, and what follows it.
fn next(rest: &str) -> Result<Option<(Piece<'_>, &str)>, MarkupError> {
    let Some(first) = rest.chars().next() else { return Ok(None) };
    if first == '<' {
        return tag(rest).map(Some);
    }
    let known = ["&lt;", "&gt;", "&amp;", "&quot;"].into_iter().find(|entity| rest.starts_with(entity));
    let length = known.map_or(first.len_utf8(), str::len);
    let units = if known.is_some() { 1 } else { first.len_utf16() };
    let after = &rest[length..];
    Ok(Some((Piece::Sign(units), after)))
}

fn tag(rest: &str) -> Result<(Piece<'_>, &str), MarkupError> {
    let wrong = || MarkupError::Tag(rest.chars().skip(1).take(16).collect());
    let (inside, after) = rest[1..].split_once('>').ok_or_else(wrong)?;
    if let Some(name) = inside.strip_prefix('/') {
        let known = name == "a" || TAGS.contains(&name);
        return if known { Ok((Piece::Closes(name), after)) } else { Err(wrong()) };
    }
    if TAGS.contains(&inside) {
        let name = inside.split(' ').next().unwrap_or(inside);
        return Ok((Piece::Opens(name), after));
    }
    let link = inside.strip_prefix("a href=\"").and_then(|rest| rest.strip_suffix('"'));
    let leads = |link: &str| {
        !link.contains(['"', '<', '>'])
            && ["https://", "http://", "tg://"].iter().any(|start| link.starts_with(start))
    };
    if link.is_some_and(leads) { Ok((Piece::Opens("a"), after)) } else { Err(wrong()) }
}

/// How long `html` is to the eye, in the UTF-16 units that Telegram counts.
pub fn visible_length(html: &str) -> Result<usize, MarkupError> {
    let (mut open, mut length, mut rest) = (Vec::new(), 0, html);
    while let Some((piece, after)) = next(rest)? {
        match piece {
            Piece::Sign(units) => length += units,
            Piece::Opens(name) => open.push(name),
            Piece::Closes(name) if open.last() == Some(&name) => drop(open.pop()),
            Piece::Closes(name) => return Err(MarkupError::Open(format!("/{name}"))),
        }
        rest = after;
    }
    open.pop().map_or(Ok(length), |name| Err(MarkupError::Open(name.to_owned())))
}

/// `html` with at most `most` units to the eye; what is cut off leaves `…`, and tags stay closed. What is no markup of
/// ours is escaped rather than lost.
pub fn shorten_html(html: String, most: usize) -> String {
    // Every unit takes a byte at least.
    if html.len() <= most {
        return html;
    }
    match visible_length(&html) {
        Ok(length) if length <= most => html,
        Ok(_) => cut(&html, most),
        Err(_) => crate::escape(&shorten(&html, most)).into_owned(),
    }
}

fn cut(html: &str, most: usize) -> String {
    let (mut open, mut kept, mut length, mut rest) = (Vec::new(), String::new(), 0, html);
    while let Ok(Some((piece, after))) = next(rest) {
        match piece {
            Piece::Sign(units) if length + units + 1 > most => break,
            Piece::Sign(units) => length += units,
            Piece::Opens(name) => open.push(name),
            Piece::Closes(_) => drop(open.pop()),
        }
        kept.push_str(&rest[..rest.len() - after.len()]);
        rest = after;
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    for name in open.into_iter().rev() {
        kept.push_str("</");
        kept.push_str(name);
        kept.push('>');
    }
    kept
}

/// `text` without markup with at most `most` UTF-16 units; what is cut off leaves `…`.
pub fn shorten(text: &str, most: usize) -> String {
    if text.len() <= most || text.chars().map(char::len_utf16).sum::<usize>() <= most {
        return text.to_owned();
    }
    let mut length = 1;
    let fits = |sign: &char| {
        length += sign.len_utf16();
        length <= most
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eye_does_not_see_tags() {
        assert_eq!(visible_length("<b>a</b>&amp;<a href=\"https://x.example/\">😀</a> > &nbsp;"), Ok(13));
        assert_eq!(visible_length("<blockquote expandable>x</blockquote>"), Ok(1));
        for wrong in [
            "<b>",
            "</b>",
            "<b><i></b></i>",
            "<x>",
            "a < b",
            "<a href=\"javascript:x\">x</a>",
            "<a>x</a>",
            "<b",
        ] {
            assert!(visible_length(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_closed() {
        let cut = |text: &str, most| shorten_html(text.to_owned(), most);
        assert_eq!(cut("<b>abcdef</b> &amp;", 8), "<b>abcdef</b> &amp;");
        assert_eq!(cut("<b>abc <code>def</code></b>", 6), "<b>abc <code>d…</code></b>");
        assert_eq!(cut("<b>abc</b> <i>def</i>", 4), "<b>abc</b>…");
        assert_eq!(cut("a&amp;&amp;&amp;b", 3), "a&amp;…");
        assert_eq!(cut("a <b> b", 5), "a &lt;b…");
        assert_eq!(
            [shorten("😀😀😀", 5), shorten("😀😀😀", 6), shorten("abc", 2)],
            ["😀😀…", "😀😀😀", "a…"]
        );
    }
}
