//! Stable identifiers out of what is already known, so that a repeated decision names the same things.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use ulid::Ulid;

/// A ULID whose time part is `at` and whose random part is a digest of `seed`.
pub(crate) fn ulid(at: Timestamp, seed: &str) -> Ulid {
    let digest = Sha256::digest(seed.as_bytes());
    let mut entropy = [0_u8; 16];
    entropy.copy_from_slice(&digest[..16]);
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    Ulid::from_parts(millis, u128::from_be_bytes(entropy))
}

/// A letter or a digit for each of `bytes`.
pub(crate) fn letters(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 62)])).collect()
}

/// `length` letters and digits drawn from a digest of `seed`; at most 32.
pub(crate) fn word(length: usize, seed: &str) -> String {
    let mut word = letters(&Sha256::digest(seed.as_bytes()));
    word.truncate(length);
    word
}

/// `length` characters of Crockford base 32 (no I, L, O, U) drawn from a digest of `seed`; at most 32.
pub(crate) fn code(length: usize, seed: &str) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digest = Sha256::digest(seed.as_bytes());
    digest.iter().take(length).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}
