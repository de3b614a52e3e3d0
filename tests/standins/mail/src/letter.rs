//! A letter as a mailbox shows it.

use base64::{Engine, prelude::BASE64_STANDARD};

/// A letter that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Sender of the envelope.
    pub from: String,
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// The letter as it came.
    pub raw: String,
}

impl Letter {
    pub(crate) fn new(from: String, to: Vec<String>, raw: String) -> Self {
        Self { from, to, raw }
    }

    /// A header's value with its folded lines joined; empty if there is none.
    pub fn header(&self, name: &str) -> String {
        header(&self.raw, name)
    }

    /// The subject, decoded.
    pub fn subject(&self) -> String {
        decoded_words(&self.header("Subject"))
    }

    /// The part for readers without markup, decoded.
    pub fn text(&self) -> String {
        self.part("text/plain")
    }

    /// The part with markup, decoded.
    pub fn html(&self) -> String {
        self.part("text/html")
    }

    fn part(&self, kind: &str) -> String {
        let outer = self.header("Content-Type");
        let boundary = outer.split_once("boundary=").map(|(_, rest)| rest.trim_matches('"').to_owned());
        let Some(boundary) = boundary else { return body(&self.raw) };
        let border = format!("--{boundary}");
        let parts = self.raw.split(&border).skip(1).map(|part| part.trim_start_matches("\r\n"));
        parts
            .into_iter()
            .find(|part| header(part, "Content-Type").starts_with(kind))
            .map(body)
            .unwrap_or_default()
    }
}

fn header(text: &str, name: &str) -> String {
    let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ").replace("\r\n\t", " ");
    let found = head.split("\r\n").find_map(|line| {
        let (own, value) = line.split_once(':')?;
        own.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    });
    found.unwrap_or_default()
}

fn body(part: &str) -> String {
    let coding = header(part, "Content-Transfer-Encoding").to_ascii_lowercase();
    let body = part.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let text = match coding.as_str() {
        "base64" => {
            let packed: String = body.split_whitespace().collect();
            String::from_utf8_lossy(&BASE64_STANDARD.decode(packed).unwrap_or_default()).into_owned()
        }
        "quoted-printable" => unquoted(&body.replace("=\r\n", "")),
        _ => body.to_owned(),
    };
    text.replace("\r\n", "\n").trim().to_owned()
}

/// `=D0=9A` as the bytes it stands for.
fn unquoted(text: &str) -> String {
    let (bytes, mut out, mut place) = (text.as_bytes(), Vec::new(), 0);
    while let Some(byte) = bytes.get(place) {
        let pair = bytes.get(place + 1..place + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        let coded = pair.filter(|_| *byte == b'=').and_then(|pair| u8::from_str_radix(pair, 16).ok());
        out.push(coded.unwrap_or(*byte));
        place += if coded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `=?utf-8?b?…?= =?utf-8?b?…?=` as text (RFC 2047); what is not coded stays.
fn decoded_words(value: &str) -> String {
    let mut bytes = Vec::new();
    for word in value.split(' ') {
        let coded = word.strip_prefix("=?utf-8?b?").and_then(|rest| rest.strip_suffix("?="));
        if let Some(part) = coded.and_then(|coded| BASE64_STANDARD.decode(coded).ok()) {
            bytes.extend(part);
            continue;
        }
        if !bytes.is_empty() {
            bytes.push(b' ');
        }
        bytes.extend(word.as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_undone() {
        let raw = "Subject: =?utf-8?b?0JrQvtC0?= =?utf-8?b?INC20LTRkdGC?=\r\nContent-Type: multipart/alternative;\r\n boundary=\"b1\"\r\n\r\n\
                   --b1\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=D0=9A=\r\n=D0=BE=D0=B4 1=3D1\r\n\
                   --b1\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+0JrQvtC0PC9iPg==\r\n--b1--\r\n";
        let letter = Letter::new("a@b.example".into(), Vec::new(), raw.into());
        assert_eq!(letter.subject(), "Код ждёт");
        assert_eq!((letter.text().as_str(), letter.html().as_str()), ("Код 1=1", "<b>Код</b>"));
    }
}
