//! Uploads.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test support fails as tests do")]

mod world;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::json;
use standin_telegram::conforms;
use tower::ServiceExt as _;
use world::{ANNA, TOKEN, World, http, post};

fn picture() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend([0, 0, 0, 64, 0, 0, 0, 64, 8, 0, 0, 0, 0]);
    png
}

fn photo(field: &str, bytes: &[u8]) -> Request<Body> {
    let mut body = format!(
        "--XX\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n{ANNA}\r\n--XX\r\nContent-Disposition: \
         form-data; name=\"caption\"\r\n\r\nQR\r\n--XX\r\nContent-Disposition: form-data; name=\"{field}\"; \
         filename=\"qr.png\"\r\nContent-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend(bytes);
    body.extend(b"\r\n--XX--\r\n");
    post("sendPhoto", "multipart/form-data; boundary=XX", body)
}

/// A photo by `file_id`, and a file nobody asked for.
fn unused_file(file_id: &str) -> Request<Body> {
    let mut request = photo("picture", &picture());
    let uri = format!("/bot{TOKEN}/sendPhoto?photo={file_id}");
    *request.uri_mut() = uri.parse().unwrap();
    request
}

#[tokio::test]
async fn a_photo_is_kept_and_edited() {
    let world = World::new();
    let (status, body) = http(&world, photo("photo", &picture())).await;
    assert_eq!(status, 200, "{body}");
    conforms("Message", &body["result"]).unwrap();
    let file_id = body["result"]["photo"][0]["file_id"].as_str().unwrap();
    assert_eq!(world.telegram.photo(file_id), Some(picture()));
    let view = world.telegram.chat(ANNA).unwrap().messages.pop().unwrap();
    assert_eq!((view.html.as_str(), view.photo), ("QR", Some(format!("/file/{file_id}"))));
    let shown = world
        .telegram
        .router()
        .oneshot(Request::get(format!("/file/{file_id}")).body(Body::empty()).unwrap());
    assert_eq!(to_bytes(shown.await.unwrap().into_body(), 1 << 20).await.unwrap(), picture());

    let message_id = &body["result"]["message_id"];
    let text =
        world.refused("editMessageText", json!({ "chat_id": ANNA, "message_id": message_id, "text": "x" }));
    assert_eq!(text.1, "Bad Request: there is no text in the message to edit");
    let caption =
        |length: usize| json!({ "chat_id": ANNA, "message_id": message_id, "caption": "я".repeat(length) });
    assert_eq!(world.refused("editMessageCaption", caption(1025)).1, "Bad Request: MEDIA_CAPTION_TOO_LONG");
    world.ok("editMessageCaption", caption(1024));
    // A text can become a photo, with a known file.
    let text_id = world.message(json!({}));
    let media = json!({ "type": "photo", "media": file_id, "caption": "new" });
    let edited =
        world.ok("editMessageMedia", json!({ "chat_id": ANNA, "message_id": text_id, "media": media }));
    assert_eq!((edited.get("text"), &edited["caption"]), (None, &json!("new")));

    let refusals = [
        (photo("photo", b"no picture"), "Bad Request: IMAGE_PROCESS_FAILED"),
        (photo("photo", b""), "Bad Request: file must be non-empty"),
        (photo("picture", &picture()), "Bad Request: there is no photo in the request"),
        (unused_file(file_id), "Bad Request: STRICT: the file part picture is not used by any parameter"),
    ];
    for (request, error) in refusals {
        assert_eq!(http(&world, request).await.1["description"], error);
    }
}
