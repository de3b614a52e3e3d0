//! One HTTP exchange with a provider: bounded in time and size, transport failures told apart.

use crate::Cause;
use reqwest::RequestBuilder;

/// No provider answers with more, in bytes.
const LARGEST: usize = 256 * 1024;

/// An HTTP answer, read whole.
pub(crate) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Sends `request`, which carries its own timeout.
///
/// Errors: [`Cause::Unreachable`] if it cannot have arrived, else [`Cause::NoAnswer`]. An answer beyond the size limit is
/// cut there, and so fails to parse.
pub(crate) async fn exchange(request: RequestBuilder) -> Result<Answer, Cause> {
    let mut response = request.send().await.map_err(cause)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(cause)? {
        let room = LARGEST - body.len();
        body.extend(chunk.iter().take(room));
        if chunk.len() > room {
            break;
        }
    }
    Ok(Answer { status, body })
}

/// The address is left out: ids in it belong in log fields, not in texts.
fn cause(error: reqwest::Error) -> Cause {
    let error = error.without_url();
    if error.is_connect() || error.is_builder() { Cause::Unreachable(error) } else { Cause::NoAnswer(error) }
}
