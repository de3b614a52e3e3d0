//! `parse_mode: HTML`: what is accepted, how it is refused, and that nothing breaks it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test support fails as tests do")]

mod world;

use proptest::prelude::*;
use serde_json::{Value, json};
use standin_telegram::Answer;
use world::{ANNA, World};

fn send(world: &World, text: &str) -> Answer {
    world.telegram.call("sendMessage", json!({ "chat_id": ANNA, "text": text, "parse_mode": "html" }))
}

/// Plain text and the HTML the page shows, for accepted input.
fn shown(world: &World, text: &str) -> (String, String) {
    let answer = send(world, text);
    assert_eq!(answer.status, 200, "{text}: {}", answer.body);
    let message = world.telegram.chat(ANNA).unwrap().messages.pop().unwrap();
    assert_eq!(answer.body["result"]["text"], message.text.as_str());
    (message.text, message.html)
}

#[test]
fn accepted_markup_is_shown_as_meant() {
    let world = World::new();
    for (input, html) in [
        ("<b>a</b> &lt;b&gt; &amp;&quot;", "<b>a</b> &lt;b&gt; &amp;&quot;"),
        ("<STRONG>a</strong>", "<b>a</b>"),
        ("<b><i>x</i>y</b>", "<b><i>x</i>y</b>"),
        ("<b><i>x</i></b>", "<b><i>x</i></b>"),
        ("<ins>u</ins><del>s</del>", "<u>u</u><s>s</s>"),
        ("<tg-spoiler>a</tg-spoiler>", r#"<span class="tg-spoiler">a</span>"#),
        (r#"<span class="tg-spoiler">a</span>"#, r#"<span class="tg-spoiler">a</span>"#),
        (
            "<a href='https://Example.com/?a=1&amp;b'>x</a>",
            r#"<a href="https://example.com/?a=1&amp;b">x</a>"#,
        ),
        ("<a>example.com</a>", r#"<a href="http://example.com/">example.com</a>"#),
        (r#"<a href="tg://user?id=42">x</a>"#, r#"<a href="tg://user?id=42">x</a>"#),
        ("<code>vless://a&amp;b</code>", "<code>vless://a&amp;b</code>"),
        ("<code><b>x</b></code>", "<code>x</code>"),
        ("<pre>a\nb</pre>", "<pre>a\nb</pre>"),
        (
            r#"<pre><code class="language-rust">x</code></pre>"#,
            r#"<pre><code class="language-rust">x</code></pre>"#,
        ),
        (r#"<code class="language-rust">x</code>"#, "<code>x</code>"),
        ("<blockquote expandable>a</blockquote>", "<blockquote expandable>a</blockquote>"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "<blockquote>ab</blockquote>"),
        ("<b></b>x", "x"),
        ("  <b> x </b>  ", "<b> x</b>"),
        ("&nbsp; &#128512;&#x1F600; & &unknown;", "&amp;nbsp; 😀😀 &amp; &amp;unknown;"),
        ("&#0000065; &#00000065; &#1114111;", "A &amp;#00000065; &amp;#1114111;"),
        (
            "<tg-time unix='1795600800' format='D'>soon</tg-time>",
            r#"<tg-time unix="1795600800">soon</tg-time>"#,
        ),
    ] {
        assert_eq!(shown(&world, input).1, html, "{input}");
    }
}

#[test]
fn refusals_have_the_words_of_the_server() {
    let world = World::new();
    for (input, words) in [
        ("a < b", "Unsupported start tag \"\" at byte offset 2"),
        ("я<br>", "Unsupported start tag \"br\" at byte offset 2"),
        ("<p>x</p>", "Unsupported start tag \"p\" at byte offset 0"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""),
        ("<b><i>x</b></i>", "Unmatched end tag at byte offset 7, expected \"</i>\", found \"</b>\""),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0"),
        ("<a href=\"x>y</a>", "Unclosed start tag at byte offset 0"),
        ("<a href=http://x.y>y</a>", "Unexpected end of name token at byte offset 8"),
        ("<a \"x\">y</a>", "Empty attribute name in the tag \"a\" at byte offset 0"),
        ("<a href", "Unclosed start tag \"a\" at byte offset 0"),
        ("<tg-emoji emoji-id='x'>y</tg-emoji>", "Invalid custom emoji identifier specified"),
        ("<tg-time unix='1' format='q'>y</tg-time>", "Invalid date format used"),
        (
            "&#xd83d;",
            "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code \
             units",
        ),
    ] {
        let answer = send(&world, input);
        let found = (answer.status, answer.description());
        assert_eq!(found, (400, format!("Bad Request: can't parse entities: {words}").as_str()), "{input}");
    }
    let dropped = send(&world, r#"<a href="javascript:x">y</a>"#);
    assert!(dropped.description().starts_with("Bad Request: STRICT: the server silently drops the link"));
    assert_eq!(send(&world, "<b> </b>").description(), "Bad Request: text must be non-empty");
}

#[test]
fn offsets_are_utf16_units() {
    let world = World::new();
    let answer = send(&world, "😀я<b>x</b>");
    assert_eq!(answer.body["result"]["entities"], json!([{ "type": "bold", "offset": 3, "length": 1 }]));
    let answer = send(&world, "&#128512;<i>&#65;</i>");
    assert_eq!(answer.body["result"]["entities"], json!([{ "type": "italic", "offset": 2, "length": 1 }]));
}

/// Text made of the parts that matter to the parser.
fn markup() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        prop::sample::select(vec![
            "<",
            ">",
            "</",
            "b",
            "i",
            "a",
            "code",
            "pre",
            "span",
            " ",
            "\n",
            "\r",
            "\0",
            "\"",
            "'",
            "=",
            "&",
            "&#",
            "x",
            ";",
            "lt",
            "<b>",
            "</b>",
            "<i>",
            "</i>",
            "<code>",
            "</code>",
            "<pre>",
            "</pre>",
            "<a href=\"https://e.com\">",
            "</a>",
            "<blockquote>",
            "</blockquote>",
            "&#x1F600;",
            "&#xD800;",
            "&amp;",
            "😀",
            "я",
            "class=tg-spoiler",
            "<u>",
            "</u>",
        ])
        .prop_map(str::to_owned),
        ".{0,3}",
    ];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

fn unescape(html: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if inside => {}
            _ => plain.push(c),
        }
    }
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered_and_accepted_text_is_consistent(input in markup()) {
        let world = World::new();
        let answer = send(&world, &input);
        prop_assert!(matches!(answer.status, 200 | 400));
        if answer.status == 200 {
            let message = world.telegram.chat(ANNA).unwrap().messages.pop().unwrap();
            prop_assert_eq!(unescape(&message.html), message.text.clone());
            let length = message.text.encode_utf16().count() as u64;
            let entities = answer.body["result"]["entities"].as_array().cloned().unwrap_or_default();
            for entity in entities {
                let number = |key: &str| entity[key].as_u64().unwrap();
                prop_assert!(number("length") > 0 && number("offset") + number("length") <= length);
            }
        }
    }

    #[test]
    fn escaped_text_arrives_unchanged(input in "[^\r\0]{1,200}") {
        prop_assume!(!input.trim().is_empty());
        let world = World::new();
        let escaped = input.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let answer = send(&world, &escaped);
        let trimmed = input.trim_end().trim_start_matches([' ', '\n']);
        prop_assert_eq!(answer.body["result"]["text"].clone(), Value::from(trimmed));
    }
}
