//! YooKassa's notifications: not signed, so they only say what to ask about.

use super::is_id;
use crate::{AuthError, Claim, ObjectRef};
use ipnet::IpNet;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The networks notifications come from, as YooKassa's documentation lists them.
pub const NETWORKS: [IpNet; 7] = [
    v4([185, 71, 76, 0], 27),
    v4([185, 71, 77, 0], 27),
    v4([77, 75, 153, 0], 25),
    v4([77, 75, 154, 128], 25),
    v4([77, 75, 156, 11], 32),
    v4([77, 75, 156, 35], 32),
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(0x2a02, 0x5180, 0, 0, 0, 0, 0, 0)), 32),
];

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix)
}

/// The address is one of theirs; an IPv4 address may come dressed as IPv6.
pub(super) fn is_theirs(address: IpAddr) -> bool {
    let address = address.to_canonical();
    NETWORKS.iter().any(|network| network.contains(&address))
}

#[derive(Deserialize)]
struct Notice {
    #[serde(rename = "type")]
    kind: String,
    event: String,
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    id: Option<String>,
    payment_id: Option<String>,
}

/// Reads what a notification is about. Its statements about money are not even parsed.
pub(super) fn read(body: &[u8]) -> Result<Claim, AuthError> {
    let notice: Notice =
        serde_json::from_slice(body).map_err(|_| AuthError::Malformed("not a notification in JSON"))?;
    if notice.kind != "notification" {
        return Err(AuthError::Malformed("not of type notification"));
    }
    let about = notice.event.split_once('.').map(|(about, _)| about);
    match about {
        Some("payment") => Ok(Claim::Ask(ObjectRef::Payment(id(notice.object.id)?))),
        Some("refund") => {
            let (refund, payment) = (id(notice.object.id)?, id(notice.object.payment_id)?);
            Ok(Claim::Ask(ObjectRef::Refund { refund, payment }))
        }
        Some("payment_method") => Ok(Claim::Ask(ObjectRef::Method(id(notice.object.id)?))),
        Some(_) => Ok(Claim::Ignore("neither a payment nor a refund nor a saved method")),
        None => Err(AuthError::Malformed("no event name")),
    }
}

fn id(given: Option<String>) -> Result<String, AuthError> {
    given.filter(|id| is_id(id)).ok_or(AuthError::Malformed("no proper object id"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(body: &str, expected: &Result<Claim, AuthError>) {
        assert_eq!(&read(body.as_bytes()), expected, "{body}");
    }

    #[test]
    fn names_what_to_ask_about() {
        let payment = "22d6d597-000f-5000-9000-145f6df21d6f".to_owned();
        let refund = "216749f7-0016-50be-b000-078d43a63ae4".to_owned();
        for event in ["payment.succeeded", "payment.canceled", "payment.waiting_for_capture"] {
            let body = format!(
                r#"{{"type":"notification","event":"{event}","object":{{"id":"{payment}","paid":true}}}}"#
            );
            check(&body, &Ok(Claim::Ask(ObjectRef::Payment(payment.clone()))));
        }
        let body = format!(
            r#"{{"type":"notification","event":"refund.succeeded","object":{{"id":"{refund}","payment_id":"{payment}"}}}}"#
        );
        check(&body, &Ok(Claim::Ask(ObjectRef::Refund { refund, payment })));
        let method = "2da5c87d-0384-50e8-a7f3-8d5646dd9e10".to_owned();
        let body = format!(
            r#"{{"type":"notification","event":"payment_method.active","object":{{"id":"{method}","saved":true}}}}"#
        );
        check(&body, &Ok(Claim::Ask(ObjectRef::Method(method))));
        check(
            r#"{"type":"notification","event":"deal.closed","object":{}}"#,
            &Ok(Claim::Ignore("neither a payment nor a refund nor a saved method")),
        );
    }

    #[test]
    fn refuses_what_yookassa_does_not_send() {
        let no_json = Err(AuthError::Malformed("not a notification in JSON"));
        let no_id = Err(AuthError::Malformed("no proper object id"));
        for body in ["", "null", "[]", "{}", "{", r#"{"type":"notification","event":"payment.succeeded"}"#] {
            check(body, &no_json);
        }
        check(
            r#"{"type":"push","event":"payment.succeeded","object":{}}"#,
            &Err(AuthError::Malformed("not of type notification")),
        );
        check(
            r#"{"type":"notification","event":"paid","object":{}}"#,
            &Err(AuthError::Malformed("no event name")),
        );
        for id in [
            "",
            "short",
            "../../v3/refunds/22d6d597",
            "22d6d597-000f?x=1",
            "22d6d597%2f000f",
            "ключ-ключ-ключ",
        ] {
            let body =
                format!(r#"{{"type":"notification","event":"payment.succeeded","object":{{"id":"{id}"}}}}"#);
            check(&body, &no_id);
        }
        // Two ids: which of them is meant is nobody's guess.
        let twice = r#"{"type":"notification","event":"payment.x","object":{"id":"aaaaaaaaaaaa","id":"bbbbbbbbbbbb"}}"#;
        check(twice, &no_json);
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_without_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&body);
        }

        #[test]
        fn only_harmless_ids_get_through(event in "(payment|refund|deal|payment_method)\\.[a-z]{0,9}", a in "\\PC{0,70}", b in "[0-9a-f-]{8,66}") {
            let object = serde_json::json!({ "id": a, "payment_id": b });
            let notice = serde_json::json!({ "type": "notification", "event": event, "object": object });
            match read(notice.to_string().as_bytes()) {
                Ok(Claim::Ask(ObjectRef::Payment(id) | ObjectRef::Method(id))) => prop_assert!(is_id(&id) && id == a),
                Ok(Claim::Ask(ObjectRef::Refund { refund, payment })) => prop_assert!(is_id(&refund) && is_id(&payment)),
                Ok(Claim::Ignore(_)) => prop_assert!(event.starts_with("deal")),
                Ok(Claim::Signed(_) | Claim::Sold(_)) => prop_assert!(false, "YooKassa signs nothing"),
                Err(error) => prop_assert!(error == AuthError::Malformed("no proper object id")),
            }
        }
    }
}
