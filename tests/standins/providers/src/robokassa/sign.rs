//! Robokassa's hashes.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use ripemd::Ripemd160;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Lower-case hex of `text`'s hash by the algorithm's name.
pub(super) fn hash(algorithm: &str, text: &str) -> String {
    match algorithm {
        "ripemd160" => hex::encode(Ripemd160::digest(text)),
        "sha1" => hex::encode(Sha1::digest(text)),
        "sha256" => hex::encode(Sha256::digest(text)),
        "sha384" => hex::encode(Sha384::digest(text)),
        "sha512" => hex::encode(Sha512::digest(text)),
        _ => hex::encode(Md5::digest(text)),
    }
}

/// The parts and behind them the shop's own parameters, sorted.
pub(super) fn with_shp(parts: &[&str], shp: &[(&str, &str)]) -> String {
    let mut shp: Vec<String> = shp.iter().map(|(name, value)| format!("{name}={value}")).collect();
    shp.sort();
    let parts = parts.iter().map(|part| (*part).to_owned());
    parts.chain(shp).collect::<Vec<_>>().join(":")
}

/// HMAC-SHA256.
pub(super) fn hmac(key: &str, text: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
