//! Is a webhook PayPal's? RSA-SHA256 by a certificate that the webhook names by its address.
//!
//! The address must be PayPal's, the certificate must chain to a public root, be valid at the time and be issued to
//! PayPal. Good certificates are kept; what could not be read or is not good is remembered for a while, so that a flood
//! of forged webhooks makes only a few downloads.

use super::subject;
use crate::{AuthError, RawWebhook, exchange::exchange};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime, pem::PemObject};
use std::time::Duration;
use tokio::sync::Mutex;
use url::Url;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, ring::RSA_PKCS1_2048_8192_SHA256};

/// The hosts that serve PayPal's certificates.
const HOSTS: [&str; 4] =
    ["api.paypal.com", "api.sandbox.paypal.com", "api-m.paypal.com", "api-m.sandbox.paypal.com"];
const PATH: &str = "/v1/notifications/certs/";
/// One download.
const DOWNLOAD: Duration = Duration::from_secs(5);
/// A certificate with its intermediates is about 6 KB.
const LARGEST: usize = 64 * 1024;
/// PayPal uses one or two at a time.
const KEPT: usize = 8;
/// That many failures, then no more downloads until [`FORGET`] has passed.
const FAILURES: usize = 16;
const FORGET: SignedDuration = SignedDuration::from_mins(1);

/// The certificates in use.
pub(super) struct Certificates {
    roots: Vec<CertificateDer<'static>>,
    base: Option<String>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// By address; the signer first, then its intermediates.
    good: Vec<(Url, Vec<CertificateDer<'static>>)>,
    failed: Vec<(Url, AuthError)>,
    first_failure: Timestamp,
}

const UNTRUSTED: AuthError = AuthError::Signature("a certificate that is not to be trusted");

impl Certificates {
    pub fn new(roots: &[Vec<u8>], base: Option<&str>) -> Self {
        let roots = roots.iter().map(|der| CertificateDer::from(der.clone())).collect();
        let base = base.map(|base| base.trim_end_matches('/').to_owned());
        Self { roots, base, held: Mutex::default() }
    }

    /// Checks a webhook to `webhook_id`; its body has not been read yet.
    pub async fn verify(&self, http: &Client, raw: &RawWebhook, webhook_id: &str) -> Result<(), AuthError> {
        let header = |name| raw.header(name).ok_or(AuthError::Signature("a header is missing"));
        let (id, time) = (header("PAYPAL-TRANSMISSION-ID")?, header("PAYPAL-TRANSMISSION-TIME")?);
        if !header("PAYPAL-AUTH-ALGO")?.eq_ignore_ascii_case("SHA256withRSA") {
            return Err(AuthError::Signature("another algorithm"));
        }
        let signature = STANDARD.decode(header("PAYPAL-TRANSMISSION-SIG")?);
        let signature = signature.map_err(|_| AuthError::Signature("not base64"))?;
        let address = address(header("PAYPAL-CERT-URL")?)?;
        let message = format!("{id}|{time}|{webhook_id}|{}", crc32fast::hash(&raw.body));

        let chain = self.chain(http, &address, raw.received_at).await?;
        let signer = self.trusted(&chain, raw.received_at)?;
        let by = signer.verify_signature(RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature);
        by.map_err(|_| AuthError::Signature("not over this"))
    }

    /// The certificates at `address`, read at most once while they are good. Whoever comes meanwhile waits.
    async fn chain(
        &self,
        http: &Client,
        address: &Url,
        now: Timestamp,
    ) -> Result<Vec<CertificateDer<'static>>, AuthError> {
        let mut held = self.held.lock().await;
        if let Some((_, chain)) = held.good.iter().find(|(known, _)| known == address) {
            return Ok(chain.clone());
        }
        if now.duration_since(held.first_failure).abs() > FORGET {
            held.failed.clear();
        }
        if let Some((_, error)) = held.failed.iter().find(|(known, _)| known == address) {
            return Err(*error);
        }
        if held.failed.len() >= FAILURES {
            return Err(AuthError::Unchecked("too many certificates could not be read"));
        }
        let read = self.download(http, address).await;
        match read.and_then(|chain| self.trusted(&chain, now).map(drop).map(|()| chain)) {
            Ok(chain) => {
                if held.good.len() >= KEPT {
                    held.good.remove(0);
                }
                held.good.push((address.clone(), chain.clone()));
                Ok(chain)
            }
            Err(error) => {
                if held.failed.is_empty() {
                    held.first_failure = now;
                }
                held.failed.push((address.clone(), error));
                Err(error)
            }
        }
    }

    async fn download(
        &self,
        http: &Client,
        address: &Url,
    ) -> Result<Vec<CertificateDer<'static>>, AuthError> {
        let from = match &self.base {
            Some(base) => format!("{base}{}", address.path()),
            None => address.to_string(),
        };
        let answer = exchange(http.get(from).timeout(DOWNLOAD)).await;
        let answer = answer.ok().filter(|answer| answer.status == 200 && answer.body.len() <= LARGEST);
        let answer = answer.ok_or(AuthError::Unchecked("the certificate could not be read"))?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&answer.body).collect();
        chain.ok().filter(|chain| !chain.is_empty()).ok_or(UNTRUSTED)
    }

    /// The signer, if it may be believed `now`. Revocation is not looked up.
    fn trusted<'a>(
        &self,
        chain: &'a [CertificateDer<'static>],
        now: Timestamp,
    ) -> Result<EndEntityCert<'a>, AuthError> {
        let (first, intermediates) = chain.split_first().ok_or(UNTRUSTED)?;
        let signer = EndEntityCert::try_from(first).map_err(|_| UNTRUSTED)?;
        if !subject::is_paypal(&signer) {
            return Err(UNTRUSTED);
        }
        if !self.roots.contains(first) {
            let own = self.roots.iter().filter_map(|root| webpki::anchor_from_trusted_cert(root).ok());
            let roots: Vec<TrustAnchor<'_>> =
                webpki_roots::TLS_SERVER_ROOTS.iter().cloned().chain(own).collect();
            let seconds = u64::try_from(now.as_second()).map_err(|_| UNTRUSTED)?;
            let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
            let usage = KeyUsage::server_auth();
            signer
                .verify_for_usage(ALL_VERIFICATION_ALGS, &roots, intermediates, at, usage, None, None)
                .map_err(|_| UNTRUSTED)?;
        }
        Ok(signer)
    }
}

/// An address at which PayPal may have put a certificate.
fn address(text: &str) -> Result<Url, AuthError> {
    let url = Url::parse(text).map_err(|_| AuthError::Signature("no address of a certificate"))?;
    let name = url.path().strip_prefix(PATH).unwrap_or_default();
    let plain = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let host = url.host_str().is_some_and(|host| HOSTS.contains(&host));
    let bare = url.username().is_empty() && url.password().is_none() && url.port().is_none();
    let whole = url.query().is_none() && url.fragment().is_none();
    if url.scheme() == "https" && host && bare && plain && whole {
        Ok(url)
    } else {
        Err(AuthError::Signature("a certificate from elsewhere"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_come_from_paypal_only() {
        let good = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-90621ec9";
        assert!(address(good).is_ok());
        assert!(address(&good.replace("api.", "api-m.sandbox.")).is_ok());
        assert!(address(&good.replace(".com/", ".com:443/")).is_ok());
        for bad in [
            good.replace("https", "http"),
            good.replace("api.paypal.com", "api.paypal.com.evil.example"),
            good.replace("api.paypal.com", "api.paypal.com@evil.example"),
            good.replace("api.paypal.com", "evil.example\\@api.paypal.com"),
            good.replace("api.paypal.com", "user@api.paypal.com"),
            good.replace("api.paypal.com", ":x@api.paypal.com"),
            good.replace("api.paypal.com", "api.paypal.com:8443"),
            good.replace("api.paypal.com", "www.paypal.com"),
            good.replace("api.paypal.com", "api.paypal.com."),
            good.replace("/v1/", "/v1/../v2/"),
            good.replace("CERT-", "../CERT-"),
            good.replace("CERT-", "a/CERT-"),
            format!("{good}?a=1"),
            format!("{good}#a"),
            "https://api.paypal.com/v1/notifications/certs/".to_owned(),
            "file:///v1/notifications/certs/CERT-1".to_owned(),
            String::new(),
        ] {
            assert!(address(&bad).is_err(), "{bad}");
        }
    }
}
