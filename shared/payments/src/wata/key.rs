//! The key that WATA signs its webhooks with: reading it, keeping it, and reading it again when it was replaced.

use crate::AuthError;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

/// A wrong signature may mean that the key was replaced; anybody can send one, so it makes us look only this often.
const AFTER_FORGERY: SignedDuration = SignedDuration::from_secs(60);
/// As long as there is no key at all every payment is turned away: then look again sooner.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(5);

/// RFC 8017: rsaEncryption with its NULL parameters, as it stands in a SubjectPublicKeyInfo.
const RSA_ENCRYPTION: [u8; 13] =
    [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// The key, as far as it is known.
pub(super) struct Keys {
    /// Never looked for, never replaced.
    pinned: Option<Vec<u8>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    key: Option<Vec<u8>>,
    asked_at: Option<Timestamp>,
}

impl Keys {
    /// With a pinned key (PEM), or none yet.
    pub fn new(pinned: Option<&str>) -> Self {
        Self { pinned: pinned.and_then(read), known: Mutex::default() }
    }

    /// Whether `valid` holds with the key, which `ask` reads (as PEM; `None` if that fails). The lock is held while
    /// asking, so that webhooks that come together wait for one answer.
    pub async fn check<F: Future<Output = Option<String>>>(
        &self,
        now: Timestamp,
        valid: impl Fn(&[u8]) -> bool,
        ask: impl FnOnce() -> F,
    ) -> Result<(), AuthError> {
        const WRONG: Result<(), AuthError> = Err(AuthError::Signature("not WATA's"));
        if let Some(key) = &self.pinned {
            return if valid(key) { Ok(()) } else { WRONG };
        }
        let mut known = self.known.lock().await;
        if known.key.as_deref().is_some_and(&valid) {
            return Ok(());
        }
        let pause = if known.key.is_some() { AFTER_FORGERY } else { AFTER_FAILURE };
        if known.asked_at.is_none_or(|at| now.duration_since(at).abs() >= pause) {
            known.asked_at = Some(now);
            if let Some(key) = ask().await.as_deref().and_then(read) {
                known.key = Some(key);
            }
        }
        match known.key.as_deref() {
            None => Err(AuthError::Unchecked("WATA's public key could not be read")),
            Some(key) if valid(key) => Ok(()),
            Some(_) => WRONG,
        }
    }
}

/// The DER of the PKCS#1 `RSAPublicKey` in a PEM of either kind: `PUBLIC KEY` or `RSA PUBLIC KEY`.
pub(super) fn read(pem: &str) -> Option<Vec<u8>> {
    // A setting on one line has its line ends spelled out.
    let pem = pem.replace("\\n", "\n");
    let (label, rest) = pem.trim().strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let body = rest.strip_suffix(&format!("-----END {label}-----"))?;
    let der = STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()?;
    let key = match label {
        "RSA PUBLIC KEY" => der.as_slice(),
        "PUBLIC KEY" => inside(&der)?,
        _ => return None,
    };
    is_key(key).then(|| key.to_vec())
}

/// The key inside a SubjectPublicKeyInfo.
fn inside(der: &[u8]) -> Option<&[u8]> {
    let (info, []) = element(der, SEQUENCE)? else { return None };
    let (algorithm, rest) = element(info, SEQUENCE)?;
    let (bits, []) = element(rest, BIT_STRING)? else { return None };
    // No bit of the last byte is unused.
    bits.strip_prefix(&[0]).filter(|_| algorithm == RSA_ENCRYPTION)
}

/// Two numbers, the first of at least 2048 bits.
fn is_key(der: &[u8]) -> bool {
    let numbers = || {
        let (key, []) = element(der, SEQUENCE)? else { return None };
        let (modulus, rest) = element(key, INTEGER)?;
        let (exponent, []) = element(rest, INTEGER)? else { return None };
        Some((modulus.len(), exponent.len()))
    };
    numbers().is_some_and(|(modulus, exponent)| modulus >= 256 && exponent >= 1)
}

/// The content of the first DER element, which must have this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => {
            let (&length, rest) = rest.split_first()?;
            (usize::from(length), rest)
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    // DER: the shortest spelling of a length only.
    let shortest = match first {
        0x81 => length > 0x7f,
        0x82 => length > 0xff,
        _ => true,
    };
    (found == tag && shortest).then(|| rest.split_at_checked(length)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// The same key as SubjectPublicKeyInfo and as PKCS#1.
    fn pems() -> (String, String) {
        let vectors: Value =
            serde_json::from_str(include_str!("../../tests/data/wata-vectors.json")).unwrap();
        let pem =
            |case: usize| vectors["cases"][case]["config"]["public_key_pem"].as_str().unwrap().to_owned();
        (pem(0), pem(8))
    }

    #[test]
    fn both_kinds_of_pem_hold_the_same_key() {
        let (spki, pkcs1) = pems();
        assert!(spki.starts_with("-----BEGIN PUBLIC KEY") && pkcs1.starts_with("-----BEGIN RSA PUBLIC KEY"));
        let key = read(&spki).unwrap();
        assert_eq!(read(&pkcs1), Some(key.clone()));
        assert_eq!(read(&spki.trim_end().replace('\n', "\\n")), Some(key.clone()));
        assert_eq!(read(&spki.replace('\n', "\r\n")), Some(key));
    }

    #[test]
    fn other_things_are_no_key() {
        let (spki, pkcs1) = pems();
        for pem in [
            String::new(),
            "-----BEGIN PUBLIC KEY-----".to_owned(),
            spki.replace("PUBLIC KEY", "CERTIFICATE"),
            spki.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
            pkcs1.replace("RSA PUBLIC KEY", "PUBLIC KEY"),
            spki.replace("-----END", "AAAA\n-----END"),
        ] {
            assert_eq!(read(&pem), None, "{pem}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_without_panic(der in proptest::collection::vec(any::<u8>(), 0..64), text in ".{0,99}") {
            let _ = (inside(&der), is_key(&der), read(&text));
            let _ = read(&format!("-----BEGIN PUBLIC KEY-----{}-----END PUBLIC KEY-----", STANDARD.encode(der)));
        }

        #[test]
        fn a_changed_byte_is_another_key_or_none(at in 0_usize..294, bit in 0_u32..8) {
            let (spki, _) = pems();
            let body: String = spki.lines().filter(|line| !line.starts_with('-')).collect();
            let mut der = STANDARD.decode(body).unwrap();
            let at = at % der.len();
            der[at] ^= 1 << bit;
            let key = inside(&der).filter(|key| is_key(key)).map(<[u8]>::to_vec);
            prop_assert_ne!(key, read(&spki));
        }
    }
}
