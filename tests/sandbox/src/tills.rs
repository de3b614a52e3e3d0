//! The stand-ins for the payment providers, and the settings by which the shop finds them.

use crate::{clock::Clock, gateway::Address, world::Overrides};
use standin_providers::{
    Till, cryptopay, cryptopay::Cryptopay, freekassa, freekassa::Freekassa, paypal, paypal::Paypal,
    robokassa, robokassa::Robokassa, stripe, stripe::Stripe, tribute, tribute::Tribute, wata, wata::Wata,
    yookassa, yookassa::Yookassa,
};
use std::sync::Arc;

/// All of them; clones share their state.
#[derive(Clone)]
pub struct Tills {
    /// YooKassa.
    pub yookassa: Yookassa,
    /// FreeKassa.
    pub freekassa: Freekassa,
    /// Robokassa.
    pub robokassa: Robokassa,
    /// WATA.
    pub wata: Wata,
    /// Stripe.
    pub stripe: Stripe,
    /// PayPal.
    pub paypal: Paypal,
    /// Crypto Pay.
    pub cryptopay: Cryptopay,
    /// Tribute.
    pub tribute: Tribute,
}

impl Tills {
    /// Stand-ins that know the shop by its settings.
    pub fn new(settings: &Overrides, address: Address, clock: &Clock) -> Self {
        let setting = |name: &str| settings.get(name).unwrap_or_default().to_owned();
        let base = |name: &str| address.below(&format!("/{name}"));
        let time = || clock.source();
        let yookassa = yookassa::Config {
            shop_id: setting("YOOKASSA_SHOP_ID"),
            secret_key: setting("YOOKASSA_SECRET_KEY"),
            public_base: base("yookassa"),
            test: false,
            receipts: true,
            autopayments: true,
        };
        let freekassa = freekassa::Config {
            shop_id: setting("FREEKASSA_SHOP_ID"),
            secret_word_1: setting("FREEKASSA_SECRET_WORD_1"),
            secret_word_2: setting("FREEKASSA_SECRET_WORD_2"),
            api_key: setting("FREEKASSA_API_KEY"),
            public_base: base("freekassa"),
            success_url: address.base(),
            sends: freekassa::Sends::Form,
        };
        let robokassa = robokassa::Config {
            merchant_login: setting("ROBOKASSA_MERCHANT_LOGIN"),
            password_1: setting("ROBOKASSA_PASSWORD_1"),
            password_2: setting("ROBOKASSA_PASSWORD_2"),
            test_password_1: setting("ROBOKASSA_TEST_PASSWORD_1"),
            test_password_2: setting("ROBOKASSA_TEST_PASSWORD_2"),
            password_3: Some(setting("ROBOKASSA_PASSWORD_3")),
            hash: "md5".to_owned(),
            receipts: false,
            recurring: true,
            result_by_get: false,
            public_base: base("robokassa"),
        };
        let wata = wata::Config { token: setting("WATA_TOKEN"), public_base: base("wata") };
        let stripe = stripe::Config {
            secret_key: setting("STRIPE_SECRET_KEY"),
            webhook_secret: setting("STRIPE_WEBHOOK_SECRET"),
            public_base: base("stripe"),
            livemode: true,
        };
        let paypal = paypal::Config {
            client_id: setting("PAYPAL_CLIENT_ID"),
            client_secret: setting("PAYPAL_CLIENT_SECRET"),
            webhook_id: setting("PAYPAL_WEBHOOK_ID"),
            public_base: base("paypal"),
        };
        let cryptopay =
            cryptopay::Config { token: setting("CRYPTOPAY_TOKEN"), public_base: base("cryptopay") };
        let article = |item: &str, name: &str, minor| tribute::Item {
            item: item.to_owned(),
            name: name.to_owned(),
            minor,
            currency: "RUB".to_owned(),
            days: 30,
        };
        let tribute = tribute::Config {
            api_key: setting("TRIBUTE_API_KEY"),
            public_base: base("tribute"),
            shop_id: None,
            items: vec![
                article("subscription/1644", "VPN", 15_000),
                article("product/456", "VPN, 3 months", 40_000),
            ],
        };
        Self {
            yookassa: Yookassa::new(yookassa, time()),
            freekassa: Freekassa::new(freekassa, time()),
            robokassa: Robokassa::new(robokassa, time()),
            wata: Wata::new(wata, time()),
            stripe: Stripe::new(stripe, time()),
            paypal: Paypal::new(paypal, time()),
            cryptopay: Cryptopay::new(cryptopay, time()),
            tribute: Tribute::new(tribute, time()),
        }
    }

    /// Every one of them.
    pub fn all(&self) -> Vec<Arc<dyn Till>> {
        vec![
            Arc::new(self.yookassa.clone()),
            Arc::new(self.freekassa.clone()),
            Arc::new(self.robokassa.clone()),
            Arc::new(self.wata.clone()),
            Arc::new(self.stripe.clone()),
            Arc::new(self.paypal.clone()),
            Arc::new(self.cryptopay.clone()),
            Arc::new(self.tribute.clone()),
        ]
    }

    /// The one with this name.
    pub fn get(&self, name: &str) -> Option<Arc<dyn Till>> {
        self.all().into_iter().find(|till| till.name() == name)
    }
}

/// Where the shop finds each provider's API, by the setting that says so.
pub fn base_urls(address: Address) -> Vec<(&'static str, String)> {
    let below = |path: &str| address.below(path);
    vec![
        ("YOOKASSA_API_URL", below("/yookassa/v3")),
        ("FREEKASSA_API_URL", below("/freekassa/v1")),
        ("FREEKASSA_PAY_URL", below("/freekassa/form/")),
        ("ROBOKASSA_API_URL", below("/robokassa")),
        ("ROBOKASSA_PAY_URL", below("/robokassa")),
        ("ROBOKASSA_REFUND_URL", below("/robokassa")),
        ("WATA_API_URL", below("/wata/api/h2h")),
        ("STRIPE_API_URL", below("/stripe")),
        ("PAYPAL_API_URL", below("/paypal")),
        ("PAYPAL_CERT_BASE_URL", below("/paypal")),
        ("PAYPAL_EXTRA_ROOTS_PEM", paypal::CERTIFICATE_PEM.replace('\n', "\\n")),
        ("CRYPTOPAY_API_URL", below("/cryptopay/api")),
        ("TRIBUTE_API_URL", below("/tribute/api/v1")),
        (
            "TRIBUTE_ITEMS",
            format!(
                "m1=subscription/1644@{0}/subscription/1644@150.00 RUB; m3=product/456@{0}/product/456@400.00 RUB",
                below("/tribute/link"),
            ),
        ),
    ]
}

/// The secrets that no log and no page may show.
pub const SECRETS: [&str; 14] = [
    "YOOKASSA_SECRET_KEY",
    "FREEKASSA_SECRET_WORD_1",
    "FREEKASSA_SECRET_WORD_2",
    "FREEKASSA_API_KEY",
    "ROBOKASSA_PASSWORD_1",
    "ROBOKASSA_PASSWORD_2",
    "ROBOKASSA_PASSWORD_3",
    "WATA_TOKEN",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "PAYPAL_CLIENT_SECRET",
    "CRYPTOPAY_TOKEN",
    "TRIBUTE_API_KEY",
    "WEBHOOK_SECRET_TOKEN",
];

/// A provider's name, its key, and its addresses.
pub type Real = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The key that means a provider's real service when the operator gives it without an address; the settings of its
/// addresses and where the real service is.
pub const REAL: [Real; 8] = [
    ("yookassa", "YOOKASSA_SECRET_KEY", &[("YOOKASSA_API_URL", "https://api.yookassa.ru/v3")]),
    (
        "freekassa",
        "FREEKASSA_SECRET_WORD_2",
        &[("FREEKASSA_API_URL", "https://api.fk.life/v1"), ("FREEKASSA_PAY_URL", "https://pay.fk.money/")],
    ),
    (
        "robokassa",
        "ROBOKASSA_PASSWORD_2",
        &[
            ("ROBOKASSA_API_URL", "https://auth.robokassa.ru"),
            ("ROBOKASSA_PAY_URL", "https://auth.robokassa.ru"),
            ("ROBOKASSA_REFUND_URL", "https://services.robokassa.ru"),
        ],
    ),
    ("wata", "WATA_TOKEN", &[("WATA_API_URL", "https://api.wata.pro/api/h2h")]),
    ("stripe", "STRIPE_SECRET_KEY", &[("STRIPE_API_URL", "https://api.stripe.com")]),
    ("paypal", "PAYPAL_CLIENT_SECRET", &[("PAYPAL_API_URL", "https://api-m.paypal.com")]),
    ("cryptopay", "CRYPTOPAY_TOKEN", &[("CRYPTOPAY_API_URL", "https://pay.crypt.bot/api")]),
    ("tribute", "TRIBUTE_API_KEY", &[("TRIBUTE_API_URL", "https://tribute.tg/api/v1")]),
];

/// What the shop knows the stand-ins by.
pub const SETTINGS: [(&str, &str); 33] = [
    ("YOOKASSA_ENABLED", "true"),
    ("YOOKASSA_SHOP_ID", "100500"),
    ("YOOKASSA_SECRET_KEY", "live_sandbox_key"),
    ("YOOKASSA_DEFAULT_RECEIPT_EMAIL", "receipts@shop.example"),
    ("YOOKASSA_AUTOPAYMENTS_ENABLED", "true"),
    ("FREEKASSA_ENABLED", "true"),
    ("FREEKASSA_SHOP_ID", "7012"),
    ("FREEKASSA_SECRET_WORD_1", "sandboxWord1"),
    ("FREEKASSA_SECRET_WORD_2", "sandboxWord2"),
    ("FREEKASSA_API_KEY", "sandbox-freekassa-api-key"),
    ("FREEKASSA_PAYMENT_IP", "203.0.113.7"),
    ("FREEKASSA_DEFAULT_RECEIPT_EMAIL", "receipts@shop.example"),
    ("ROBOKASSA_ENABLED", "true"),
    ("ROBOKASSA_MERCHANT_LOGIN", "sandboxshop"),
    ("ROBOKASSA_PASSWORD_1", "sandboxPassword1"),
    ("ROBOKASSA_PASSWORD_2", "sandboxPassword2"),
    ("ROBOKASSA_PASSWORD_3", "sandboxPassword3"),
    ("ROBOKASSA_RETURN_URLS", "true"),
    ("ROBOKASSA_RECURRING", "true"),
    ("WATA_ENABLED", "true"),
    ("WATA_TOKEN", "sandbox.wata.token"),
    ("STRIPE_ENABLED", "true"),
    ("STRIPE_SECRET_KEY", "sk_live_sandbox0123456789"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_sandbox0123456789"),
    ("PAYPAL_ENABLED", "true"),
    ("PAYPAL_CLIENT_ID", "sandbox-paypal-client"),
    ("PAYPAL_CLIENT_SECRET", "sandbox-paypal-secret"),
    ("PAYPAL_WEBHOOK_ID", "1JE4291016473214C"),
    ("CRYPTOPAY_ENABLED", "true"),
    ("CRYPTOPAY_TOKEN", "12345:AAsandboxCryptoPayToken"),
    ("TRIBUTE_ENABLED", "true"),
    ("TRIBUTE_API_KEY", "sandbox-tribute-key"),
    ("TOP_UP_AMOUNTS", "100 RUB, 300 RUB, 1000 RUB, 5 USD, 100 XTR"),
];
