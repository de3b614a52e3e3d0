//! `multipart/form-data`, as far as a notification needs it: a few short texts under plain names. Anything else is refused.

use url::form_urlencoded::Serializer;

/// More fields no notification has.
const MOST: usize = 64;

/// The boundary that `content_type` announces, if it is a multipart form.
pub(super) fn boundary(content_type: &str) -> Option<String> {
    let mut parts = content_type.split(';');
    if !parts.next()?.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parts.find_map(|part| {
        let (name, value) = part.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"'))
    });
    // Without one nothing can be read, which `encoded` says.
    Some(boundary.unwrap_or_default().to_owned())
}

/// The fields in the other encoding, value for value.
pub(super) fn encoded(boundary: &str, body: &[u8]) -> Option<Vec<u8>> {
    let proper = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
    if !(1..=70).contains(&boundary.len()) || !boundary.bytes().all(proper) {
        return None;
    }
    let body = std::str::from_utf8(body).ok()?;
    let end = format!("\r\n--{boundary}");
    // The first boundary stands at the very beginning, without its line break.
    let mut rest = body.strip_prefix(&end[2..])?;
    let mut fields = Serializer::new(String::new());
    for _ in 0..MOST {
        if let Some(after) = rest.strip_prefix("--") {
            return matches!(after, "" | "\r\n").then(|| fields.finish().into_bytes());
        }
        let (part, after) = rest.strip_prefix("\r\n")?.split_once(&end)?;
        let (head, value) = part.split_once("\r\n\r\n")?;
        fields.append_pair(name(head)?, value);
        rest = after;
    }
    None
}

/// The name that a part's headers give it.
fn name(head: &str) -> Option<&str> {
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value.trim())
    })?;
    let name = disposition.strip_prefix("form-data; name=\"")?.strip_suffix('"')?;
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    plain.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORM: &str = "--b1\r\nContent-Disposition: form-data; name=\"AMOUNT\"\r\n\r\n199.00\r\n--b1\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=\"us_a\"\r\n\r\n1 & 2=\u{44f}\r\n\r\n--b1--\r\n";

    #[test]
    fn boundaries() {
        assert_eq!(boundary("multipart/form-data; boundary=b1"), Some("b1".to_owned()));
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"b 1\""), Some("b 1".to_owned()));
        assert_eq!(boundary("multipart/form-data"), Some(String::new()));
        assert_eq!(boundary("application/x-www-form-urlencoded"), None);
        assert_eq!(boundary(""), None);
    }

    #[test]
    fn fields_keep_their_values() {
        let read = encoded("b1", FORM.as_bytes()).unwrap();
        let fields: Vec<_> = url::form_urlencoded::parse(&read).into_owned().collect();
        let expected = [("AMOUNT", "199.00"), ("us_a", "1 & 2=я\r\n")];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(encoded("b1", b"--b1--"), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_plain_form_is_refused() {
        let file = FORM.replace("name=\"AMOUNT\"", "name=\"AMOUNT\"; filename=\"a.txt\"");
        let nameless = FORM.replace("name=\"AMOUNT\"", "name=\"\"");
        let open = FORM.replace("--b1--\r\n", "--b1\r\n");
        let preamble = format!("hello\r\n{FORM}");
        let bare = FORM.replace("\r\n", "\n");
        for body in [&file, &nameless, &open, &preamble, &bare, "", "--b1"] {
            assert_eq!(encoded("b1", body.as_bytes()), None, "{body:?}");
        }
        for wrong in ["", "b2", "b", "b1\r\n", &"b".repeat(71)] {
            assert_eq!(encoded(wrong, FORM.as_bytes()), None, "{wrong:?}");
        }
        assert_eq!(encoded("b1", b"--b1\r\n\xff\r\n--b1--"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_without_panic(at in 0_usize..200, byte in any::<u8>(), kind in "\\PC{0,60}") {
            let mut body = FORM.as_bytes().to_vec();
            let length = body.len();
            body[at % length] = byte;
            let _ = encoded("b1", &body);
            let _ = boundary(&kind);
        }
    }
}
