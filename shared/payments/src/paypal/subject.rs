//! Whom a certificate was issued to.

use webpki::EndEntityCert;

/// What the names of PayPal's own certificates end with.
const SUFFIX: &str = ".paypal.com";
/// The object identifier of a common name, 2.5.4.3, in DER.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;

/// The certificate was issued to PayPal: its common name, or a host in it, ends as PayPal's do.
pub(super) fn is_paypal(certificate: &EndEntityCert<'_>) -> bool {
    let theirs = |name: &str| name.to_ascii_lowercase().ends_with(SUFFIX);
    common_name(certificate.subject()).is_some_and(theirs) || certificate.valid_dns_names().any(theirs)
}

/// The common name in a subject: the contents of a sequence of sets of attributes.
fn common_name(mut subject: &[u8]) -> Option<&str> {
    while let Some((SET, mut set, rest)) = element(subject) {
        while let Some((SEQUENCE, attribute, others)) = element(set) {
            let (tag, name, value) = element(attribute)?;
            if tag == OID && name == COMMON_NAME {
                return std::str::from_utf8(element(value)?.1).ok();
            }
            set = others;
        }
        subject = rest;
    }
    None
}

/// The first element of some DER: its tag, its contents, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?])), rest.get(2..)?),
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((*tag, contents, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `C=US, CN=name`.
    fn subject(name: &str) -> Vec<u8> {
        let wrap =
            |tag: u8, contents: &[u8]| [&[tag, u8::try_from(contents.len()).unwrap()], contents].concat();
        let attribute = |oid: &[u8], value: &str| {
            wrap(SET, &wrap(SEQUENCE, &[wrap(OID, oid), wrap(0x0c, value.as_bytes())].concat()))
        };
        [attribute(&[0x55, 0x04, 0x06], "US"), attribute(COMMON_NAME, name)].concat()
    }

    #[test]
    fn finds_the_common_name() {
        assert_eq!(common_name(&subject("a.paypal.com")), Some("a.paypal.com"));
        assert_eq!(common_name(&subject("a.paypal.com")[..20]), None);
        assert_eq!(common_name(&[]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(der in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = common_name(&der);
        }
    }
}
