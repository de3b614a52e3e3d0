//! What is written to e-mail addresses: the same words as in Telegram, without what should not lie in a mailbox.

use crate::{
    Notices,
    screens::{self, View},
};
use domain::{User, UserState, reaction::Notice, upkeep::Stage};
use jiff::Timestamp;
use locale::{clean_name, escape};

/// The words of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterText {
    /// One line.
    pub subject: String,
    /// For readers without markup.
    pub text: String,
    /// A whole HTML document.
    pub html: String,
}

impl Notices {
    /// The letter that tells `user` about `notice`; `None` if it is no longer true, or no matter for letters.
    pub fn letter(
        &self,
        user: &User,
        state: &UserState,
        notice: &Notice,
        now: Timestamp,
    ) -> Option<LetterText> {
        let view = View::of(self.settings(), state, now);
        let subject = subject(notice)?;
        let body = match notice {
            // The screen of a delivery holds the key to the access: that stays in Telegram.
            Notice::Delivered { no, .. } => screens::delivered_letter(&view, state.subscription(*no)?)?,
            _ => screens::notice(&view, state, notice)?.text,
        };
        let name = clean_name(&user.first_name);
        let name = if name.is_empty() { view.texts.plain("name-unknown", &[]) } else { name };
        let hello = view.texts.html("letter-hello", &[("name", name.into())]);
        let foot = [view.texts.html("letter-foot", &[]), view.texts.html("letter-off", &[])].join("\n");
        Some(self.bound(&view, subject, &[hello, body], &foot))
    }

    /// The letter with `code`, which confirms the address that it is sent to. Whose address that is nobody knows yet: not
    /// a word of the person who asked stands in it, or strangers could be written to in our name.
    pub fn code_letter(&self, state: &UserState, code: &str, now: Timestamp) -> LetterText {
        let view = View::of(self.settings(), state, now);
        let body = view.texts.html("letter-code", &[("code", code.into())]);
        let foot = view.texts.html("letter-code-foot", &[]);
        self.bound(&view, "letter-subject-code", &[body], &foot)
    }

    /// Paragraphs as a letter.
    fn bound(&self, view: &View<'_>, subject: &str, paragraphs: &[String], foot: &str) -> LetterText {
        let link = format!("https://t.me/{}", self.settings().bot_username);
        let open = view.texts.plain("button-open-shop", &[]);
        let told = paragraphs.iter().map(|paragraph| plain(paragraph));
        let text = told.chain([link.clone(), "--".to_owned(), plain(foot)]).collect::<Vec<_>>().join("\n\n");
        let body: Vec<String> = paragraphs.iter().map(|paragraph| broken(paragraph)).collect();
        let body = body.join("</p>\n<p>");
        let html = format!(
            "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"></head>\n<body>\n<p>{body}</p>\n\
             <p><a href=\"{}\">{}</a></p>\n<hr>\n<p><small>{}</small></p>\n</body>\n</html>\n",
            view.texts.language().code(),
            escape(&link),
            escape(&open),
            broken(foot),
        );
        LetterText { subject: view.texts.plain(subject, &[]), text, html }
    }
}

fn subject(notice: &Notice) -> Option<&'static str> {
    if !notice.is_written() {
        return None;
    }
    Some(match notice {
        Notice::Delivered { .. } => "letter-subject-paid",
        Notice::Held { .. } => "letter-subject-held",
        Notice::ToppedUp { .. } => "letter-subject-topped-up",
        Notice::Refunded { .. } => "letter-subject-refunded",
        Notice::RenewalFailed { .. } => "letter-subject-renewal",
        Notice::Reminder { stage: Stage::Ended, .. } => "letter-subject-ended",
        _ => "letter-subject-reminder",
    })
}

/// Lines of Telegram's HTML as lines of a document.
fn broken(html: &str) -> String {
    html.replace('\n', "<br>\n")
}

/// Telegram's HTML without its tags.
fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for character in html.chars() {
        match character {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            other if !in_tag => text.push(other),
            _ => {}
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_what_was_escaped_comes_back() {
        assert_eq!(plain("<b>1 &lt; 2</b> &amp;amp; <code>\"x\"</code>"), "1 < 2 &amp; \"x\"");
        assert_eq!(broken("a\nb"), "a<br>\nb");
    }
}
