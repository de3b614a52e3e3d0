//! A provider that takes the connection and never says a word: whatever is asked of it is given up in time for a function
//! to answer, and nobody takes it for a success.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use domain::{Money, Payment, Provider, credit::Status};
use payments::{Asking, Gateway, Gateways, ObjectRef, Order, RawWebhook, RefundOrder};
use sandbox::{gateway::Site, world::Plan};
use std::time::Duration;

/// Less than what API Gateway, Telegram and the providers wait.
const LIMIT: Duration = Duration::from_secs(8);

async fn gateways(site: &Site) -> Gateways {
    let mut plan = Plan::at(support::now());
    plan.port = site.address.socket().port();
    plan.settings = plan.settings.with("TRIBUTE_SHOP_API", "true");
    let (settings, _) = plan.environment();
    let vars = settings.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let edge = runtime::Edge::new(vars, runtime::Clock::System).unwrap();
    edge.config().await.unwrap().gateways
}

/// An id of the provider's own shape, so that it is asked about.
fn id(provider: Provider) -> &'static str {
    match provider {
        Provider::Yookassa | Provider::Wata | Provider::Tribute => "3fa85f64-5717-4562-b3fc-000000000001",
        Provider::Stripe => "pi_3TestVector",
        Provider::Paypal => "5OSTAND0000000001",
        _ => "123456789",
    }
}

fn payment(gateway: &dyn Gateway) -> Payment {
    let limits = gateway.abilities().limits.first().unwrap();
    let amount = Money::new(limits.min.minor.max(19_900), limits.min.currency);
    let id = Some(id(gateway.provider()).to_owned());
    Payment { provider: gateway.provider(), amount, external_id: id, ..support::payment() }
}

/// Runs out of virtual time, as nothing else happens; an answer (`true`) would be made up.
async fn given_up(what: &str, call: impl Future<Output = bool>) {
    let answered = tokio::time::timeout(LIMIT, call).await;
    assert_eq!(answered, Ok(false), "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_provider_is_given_up_in_time() {
    // It listens; nobody ever reads.
    let site = Site::take(0).await.unwrap();
    let gateways = gateways(&site).await;
    assert_eq!(gateways.all().count(), 8);
    for gateway in gateways.all() {
        let (name, abilities) = (gateway.provider(), gateway.abilities());
        let payment = payment(gateway);
        let order = Order::new(&payment, "VPN", "https://shop.example/pay/return");
        if name != Provider::Robokassa {
            given_up(&format!("{name} create"), async { gateway.create(&order).await.is_ok() }).await;
        }
        if abilities.asking != Asking::Never {
            let object = ObjectRef::Payment(id(name).to_owned());
            let fetch = async { gateway.fetch(&object).await.is_ok_and(|found| found.is_some()) };
            given_up(&format!("{name} fetch"), fetch).await;
        }
        let amount = Money::new(100, payment.amount.currency);
        let refund = RefundOrder {
            payment: &payment,
            amount,
            key: "ref_1".to_owned(),
            external_id: None,
            description: "VPN".to_owned(),
        };
        let sent =
            async { gateway.refund(&refund).await.is_ok_and(|told| told.report.status != Status::Pending) };
        given_up(&format!("{name} refund"), sent).await;
        let charged = async {
            gateway.charge(&order, "cus_1/pm_1").await.is_ok_and(|told| told.report.status != Status::Pending)
        };
        given_up(&format!("{name} charge"), charged).await;
        let raw = RawWebhook {
            headers: vec![("X-Signature".to_owned(), "AAAA".to_owned())],
            ..RawWebhook::of_body(r#"{"orderId":"1"}"#, support::now())
        };
        given_up(&format!("{name} webhook"), async { gateway.authenticate(&raw).await.is_ok() }).await;
    }
}
