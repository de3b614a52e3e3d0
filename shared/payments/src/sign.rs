//! What signatures are made of. Comparisons take the same time wherever two texts differ.

use hmac::{Hmac, KeyInit, Mac};
use ring::signature::{RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// HMAC-SHA256.
pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA256 in lower-case hex.
pub(crate) fn hmac_sha256_hex(key: &[u8], message: &[u8]) -> String {
    hex::encode(hmac_sha256(key, message))
}

/// Equal, in constant time for equal lengths.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Equal hex texts, the given one in either case.
pub(crate) fn same_hex(given: &str, expected_lower: &str) -> bool {
    same(given.to_ascii_lowercase().as_bytes(), expected_lower.as_bytes())
}

/// Checks an RSA PKCS#1 v1.5 signature over SHA-512. `key` is the DER of a PKCS#1 `RSAPublicKey` (not of a
/// SubjectPublicKeyInfo).
pub(crate) fn rsa_sha512_is_valid(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA512, key).verify(message, signature).is_ok()
}
