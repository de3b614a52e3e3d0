//! Text with formatting, as the server keeps it: plain characters and entities counted in UTF-16 units.

use serde_json::{Value, json};

/// What a stretch of text looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bold,
    Italic,
    Underline,
    Strikethrough,
    Spoiler,
    Code,
    Pre { language: String },
    Quote { expandable: bool },
    Link { url: String },
    Mention { user_id: i64 },
    Emoji { id: String },
    Time { unix: i32, format: String },
    Command,
}

/// A formatted stretch; `offset` and `length` in UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entity {
    pub(crate) kind: Kind,
    pub(crate) offset: usize,
    pub(crate) length: usize,
}

/// A message's text or caption after parsing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Formatted {
    pub(crate) text: String,
    pub(crate) entities: Vec<Entity>,
}

impl Entity {
    fn end(&self) -> usize {
        self.offset + self.length
    }

    fn to_json(&self, user: impl Fn(i64) -> Option<Value>) -> Option<Value> {
        let (kind, extra) = match &self.kind {
            Kind::Bold => ("bold", None),
            Kind::Italic => ("italic", None),
            Kind::Underline => ("underline", None),
            Kind::Strikethrough => ("strikethrough", None),
            Kind::Spoiler => ("spoiler", None),
            Kind::Code => ("code", None),
            Kind::Pre { language } if language.is_empty() => ("pre", None),
            Kind::Pre { language } => ("pre", Some(("language", json!(language)))),
            Kind::Quote { expandable: false } => ("blockquote", None),
            Kind::Quote { expandable: true } => ("expandable_blockquote", None),
            Kind::Link { url } => ("text_link", Some(("url", json!(url)))),
            Kind::Mention { user_id } => ("text_mention", Some(("user", user(*user_id)?))),
            Kind::Emoji { id } => ("custom_emoji", Some(("custom_emoji_id", json!(id)))),
            Kind::Time { unix, .. } => ("date_time", Some(("unix_time", json!(unix)))),
            Kind::Command => ("bot_command", None),
        };
        let mut entity = json!({ "type": kind, "offset": self.offset, "length": self.length });
        if let Some((key, value)) = extra {
            entity[key] = value;
        }
        if let Kind::Time { format, .. } = &self.kind
            && !format.is_empty()
        {
            entity["date_time_format"] = json!(format);
        }
        Some(entity)
    }

    fn tags(&self) -> (String, &'static str) {
        match &self.kind {
            Kind::Bold => ("<b>".into(), "</b>"),
            Kind::Italic => ("<i>".into(), "</i>"),
            Kind::Underline => ("<u>".into(), "</u>"),
            Kind::Strikethrough => ("<s>".into(), "</s>"),
            Kind::Spoiler => (r#"<span class="tg-spoiler">"#.into(), "</span>"),
            Kind::Code => ("<code>".into(), "</code>"),
            Kind::Pre { language } if language.is_empty() => ("<pre>".into(), "</pre>"),
            Kind::Pre { language } => {
                (format!(r#"<pre><code class="language-{}">"#, escaped(language)), "</code></pre>")
            }
            Kind::Quote { expandable: false } => ("<blockquote>".into(), "</blockquote>"),
            Kind::Quote { expandable: true } => ("<blockquote expandable>".into(), "</blockquote>"),
            Kind::Link { url } => (format!(r#"<a href="{}">"#, escaped(url)), "</a>"),
            Kind::Mention { user_id } => (format!(r#"<a href="tg://user?id={user_id}">"#), "</a>"),
            Kind::Emoji { id } => (format!(r#"<tg-emoji emoji-id="{}">"#, escaped(id)), "</tg-emoji>"),
            Kind::Time { unix, .. } => (format!(r#"<tg-time unix="{unix}">"#), "</tg-time>"),
            Kind::Command => (String::new(), ""),
        }
    }
}

impl Formatted {
    /// Text as a person types it; commands are recognised, as clients do.
    pub(crate) fn typed(text: &str) -> Self {
        let mut offset = 0;
        let mut entities = Vec::new();
        for word in text.split_inclusive(char::is_whitespace) {
            let length = utf16(word.trim_end());
            if word
                .strip_prefix('/')
                .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphanumeric()))
            {
                entities.push(Entity { kind: Kind::Command, offset, length });
            }
            offset += utf16(word);
        }
        Self { text: text.to_owned(), entities }
    }

    /// Length in code points, the unit of every limit.
    pub(crate) fn chars(&self) -> usize {
        self.text.chars().count()
    }

    /// The entities as `MessageEntity` objects; `user` finds mentioned people, mentions of others are dropped.
    pub(crate) fn entities_json(&self, user: impl Fn(i64) -> Option<Value>) -> Vec<Value> {
        self.entities.iter().filter_map(|entity| entity.to_json(&user)).collect()
    }

    /// Brings freshly parsed text into the server's form: no carriage returns, no space around, ordered entities,
    /// nothing formatted inside code.
    pub(crate) fn fixed(text: &str, entities: Vec<Entity>) -> Self {
        let mut entities = without_carriage_returns(text, entities);
        let text: String = text.chars().filter(|c| *c != '\r').collect();

        // Inner tags were closed, hence pushed, first; equal stretches must keep the outer one in front.
        entities.reverse();
        entities.sort_by_key(|entity| (entity.offset, usize::MAX - entity.length));
        let mut kept: Vec<Entity> = Vec::new();
        for entity in entities {
            let hidden = kept.iter().any(|outer| entity.offset < outer.end() && outer.hides(&entity));
            if !hidden {
                kept.push(entity);
            }
        }

        let trimmed = text.trim_end();
        let end = utf16(trimmed);
        kept.retain_mut(|entity| {
            entity.length = entity.length.min(end.saturating_sub(entity.offset));
            entity.length > 0
        });
        let first_entity = kept.first().map_or(end, |entity| entity.offset);
        let start = trimmed.chars().take(first_entity).take_while(|c| matches!(c, ' ' | '\n')).count();
        for entity in &mut kept {
            entity.offset -= start;
        }
        // Only one-byte characters were counted.
        Self { text: trimmed[start..].to_owned(), entities: kept }
    }

    /// The text as HTML in which nothing but Telegram's own tags occurs: safe to put into a page.
    pub(crate) fn to_html(&self) -> String {
        let mut html = String::new();
        let mut open: Vec<(usize, &'static str)> = Vec::new();
        let mut waiting = self.entities.iter().peekable();
        let mut position = 0;
        for c in self.text.chars() {
            close(&mut html, &mut open, position);
            while let Some(entity) = waiting.next_if(|entity| entity.offset <= position) {
                let (start, end) = entity.tags();
                html.push_str(&start);
                open.push((entity.end(), end));
            }
            escape(c, &mut html);
            position += c.len_utf16();
        }
        close(&mut html, &mut open, usize::MAX);
        html
    }
}

impl Entity {
    fn hides(&self, inner: &Entity) -> bool {
        match self.kind {
            Kind::Code | Kind::Pre { .. } => true,
            Kind::Quote { .. } => matches!(inner.kind, Kind::Quote { .. }),
            _ => false,
        }
    }
}

fn without_carriage_returns(text: &str, mut entities: Vec<Entity>) -> Vec<Entity> {
    let mut returns = Vec::new();
    let mut position = 0;
    for c in text.chars() {
        if c == '\r' {
            returns.push(position);
        }
        position += c.len_utf16();
    }
    let before = |offset: usize| returns.iter().filter(|at| **at < offset).count();
    for entity in &mut entities {
        let (start, end) = (entity.offset - before(entity.offset), entity.end() - before(entity.end()));
        (entity.offset, entity.length) = (start, end - start);
    }
    entities
}

fn close(html: &mut String, open: &mut Vec<(usize, &'static str)>, position: usize) {
    while let Some((_, tag)) = open.pop_if(|(end, _)| *end <= position) {
        html.push_str(tag);
    }
}

/// Length in UTF-16 units, the unit of entities.
pub(crate) fn utf16(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Escapes text for HTML, attributes included.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    text.chars().for_each(|c| escape(c, &mut out));
    out
}

fn escape(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        _ => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_and_counted_in_utf16() {
        let typed = Formatted::typed("😀 /start ref_1 a/b /");
        assert_eq!(typed.entities, [Entity { kind: Kind::Command, offset: 3, length: 6 }]);
    }

    #[test]
    fn fixing_trims_and_moves_entities() {
        let entities = vec![Entity { kind: Kind::Bold, offset: 4, length: 5 }];
        let fixed = Formatted::fixed(" \n\r xyz \n", entities);
        assert_eq!((fixed.text.as_str(), fixed.entities[0].offset, fixed.entities[0].length), ("xyz", 0, 3));
    }
}
