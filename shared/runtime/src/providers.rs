//! The registry of payment providers: which are switched on, and with which settings.
//!
//! A provider is switched on by `<NAME>_ENABLED=true`. Its settings may stand in the environment, in the one secret, or
//! among the stored settings; `docs/providers.md` lists them. A new provider is one line in [`REGISTRY`] and one
//! function that reads its settings.

use crate::{
    clock::Clock,
    vars::{Mistakes, Reader, Vars},
};
use domain::{Currency, PlanId, Provider};
use payments::{
    ConfigError, Gateway, Gateways, cryptopay, freekassa, paypal, robokassa, stripe, tribute, wata, yookassa,
};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use shop::Live;
use std::sync::Arc;

/// The providers that are switched on.
#[derive(Debug, Clone)]
pub struct Providers {
    /// Their gateways.
    pub gateways: Gateways,
    /// Which of them move real money.
    pub live: Live,
    /// What they sell by links of their own, and the plan behind each.
    pub articles: Vec<(Provider, String, PlanId)>,
}

/// A gateway that was built, and whether it works with test money.
struct Built {
    gateway: Arc<dyn Gateway>,
    test: bool,
}

/// What a provider's settings are read with.
struct Desk<'a, 'v> {
    reader: &'a mut Reader<'v>,
    http: Client,
    articles: Vec<(Provider, String, PlanId)>,
}

type Read = fn(&mut Desk<'_, '_>) -> Option<Built>;

/// Every provider with an API of its own: its switch, and what reads its settings.
const REGISTRY: [(&str, Read); 8] = [
    ("YOOKASSA_ENABLED", yookassa),
    ("FREEKASSA_ENABLED", freekassa),
    ("ROBOKASSA_ENABLED", robokassa),
    ("WATA_ENABLED", wata),
    ("STRIPE_ENABLED", stripe),
    ("PAYPAL_ENABLED", paypal),
    ("CRYPTOPAY_ENABLED", cryptopay),
    ("TRIBUTE_ENABLED", tribute),
];

/// Builds the gateways that `vars` (settings and secrets together) switch on, or says everything that is wrong.
pub fn read(vars: &Vars, http: &Client) -> Result<Providers, Mistakes> {
    let mut reader = Reader::new(vars);
    let mut desk = Desk { reader: &mut reader, http: http.clone(), articles: Vec::new() };
    let mut gateways: Vec<Arc<dyn Gateway>> = Vec::new();
    let mut live = Live::default();
    for (switch, read) in REGISTRY {
        if !desk.reader.flag(switch, false) {
            continue;
        }
        if let Some(Built { gateway, test }) = read(&mut desk) {
            live = live.testing(gateway.provider(), test);
            gateways.push(gateway);
        }
    }
    let articles = desk.articles;
    reader.finish(Providers { gateways: Gateways::new(gateways), live, articles })
}

impl Desk<'_, '_> {
    fn secret(&mut self, name: &str) -> SecretString {
        self.reader.required(name).into()
    }

    fn optional_secret(&self, name: &str) -> Option<SecretString> {
        self.reader.optional(name).map(Into::into)
    }

    fn text(&self, name: &str, default: &str) -> String {
        self.reader.optional(name).unwrap_or_else(|| default.to_owned())
    }

    fn base(&mut self, name: &str, default: &str) -> String {
        self.reader
            .url(name, default)
            .map(|url| url.as_str().trim_end_matches('/').to_owned())
            .unwrap_or_default()
    }

    /// An empty list in the place of one that cannot be read, its mistakes noted.
    fn none_of<T>(&mut self, ConfigError(mistakes): ConfigError) -> Vec<T> {
        self.reader.mistakes(mistakes);
        Vec::new()
    }

    /// The gateway, or its mistakes noted. What is missing was noted already.
    fn built<G: Gateway + 'static>(&mut self, gateway: Result<G, ConfigError>, test: bool) -> Option<Built> {
        match gateway {
            Ok(gateway) => Some(Built { gateway: Arc::new(gateway), test }),
            Err(ConfigError(mistakes)) => {
                self.reader.mistakes(mistakes);
                None
            }
        }
    }
}

fn yookassa(desk: &mut Desk<'_, '_>) -> Option<Built> {
    let secret_key = desk.secret("YOOKASSA_SECRET_KEY");
    // Its keys tell test shops from real ones: unless the operator said which it is, the key does.
    let by_key = secret_key.expose_secret().starts_with("test_");
    let test = desk.reader.flag("YOOKASSA_TEST_MODE", by_key);
    let receipt =
        desk.reader.optional("YOOKASSA_DEFAULT_RECEIPT_EMAIL").map(|default_email| yookassa::Receipt {
            default_email,
            vat_code: desk.reader.parsed("YOOKASSA_VAT_CODE", "1 to 12", 1),
            payment_mode: desk.text("YOOKASSA_PAYMENT_MODE", "full_payment"),
            payment_subject: desk.text("YOOKASSA_PAYMENT_SUBJECT", "service"),
            tax_system_code: desk.reader.parsed_optional("YOOKASSA_TAX_SYSTEM_CODE", "1 to 6"),
            measure: desk.text("YOOKASSA_MEASURE", "piece"),
        });
    let config = yookassa::Config {
        api_url: desk.base("YOOKASSA_API_URL", "https://api.yookassa.ru/v3"),
        shop_id: desk.reader.required("YOOKASSA_SHOP_ID"),
        secret_key,
        return_url: desk.reader.url("YOOKASSA_RETURN_URL", "").map(String::from),
        receipt,
        check_ip: desk.reader.flag("YOOKASSA_CHECK_IP", true),
        autopayments: desk.reader.flag("YOOKASSA_AUTOPAYMENTS_ENABLED", false),
    };
    let gateway = yookassa::Yookassa::new(desk.http.clone(), config);
    desk.built(gateway, test)
}

fn freekassa(desk: &mut Desk<'_, '_>) -> Option<Built> {
    let addresses = desk.reader.list("FREEKASSA_ALLOWED_IPS");
    let mut allowed_ips = Vec::new();
    for address in &addresses {
        match address.parse() {
            Ok(address) => allowed_ips.push(address),
            Err(_) if address == "any" => {}
            Err(_) => desk.reader.mistake("FREEKASSA_ALLOWED_IPS", format_args!("{address:?} is no address")),
        }
    }
    if addresses.is_empty() {
        allowed_ips = freekassa::ADDRESSES.to_vec();
    }
    let mut currencies: Vec<Currency> = Vec::new();
    for code in desk.reader.list("FREEKASSA_CURRENCIES") {
        match code.parse() {
            Ok(currency) => currencies.push(currency),
            Err(_) => desk.reader.mistake("FREEKASSA_CURRENCIES", format_args!("{code:?} is no currency")),
        }
    }
    if currencies.is_empty() {
        currencies = freekassa::CURRENCIES.to_vec();
    }
    let test_mode = desk.reader.flag("FREEKASSA_TEST_MODE", false);
    let config = freekassa::Config {
        shop_id: desk.reader.required("FREEKASSA_SHOP_ID"),
        secret_word_1: desk.text("FREEKASSA_SECRET_WORD_1", "").into(),
        secret_word_2: desk.secret("FREEKASSA_SECRET_WORD_2"),
        api_key: desk.optional_secret("FREEKASSA_API_KEY"),
        pay_url: desk.text("FREEKASSA_PAY_URL", freekassa::PAY_URL),
        api_url: desk.base("FREEKASSA_API_URL", freekassa::API_URL),
        payment_method: desk.reader.parsed_optional("FREEKASSA_PAYMENT_METHOD_ID", "a number"),
        payment_ip: desk.reader.parsed_optional("FREEKASSA_PAYMENT_IP", "an address"),
        default_email: desk.reader.optional("FREEKASSA_DEFAULT_RECEIPT_EMAIL"),
        allowed_ips,
        currency: desk.reader.parsed("FREEKASSA_CURRENCY", "a currency", Currency::Rub),
        currencies,
        test_mode,
        // Nonces must grow by real time, even where the shop lives on another clock.
        clock: Arc::new(|| Clock::System.now()),
    };
    let gateway = freekassa::Freekassa::new(desk.http.clone(), config);
    desk.built(gateway, test_mode)
}

fn robokassa(desk: &mut Desk<'_, '_>) -> Option<Built> {
    let test = desk.reader.flag("ROBOKASSA_TEST", false);
    let passwords = |desk: &Desk<'_, '_>, first: &str, second: &str| robokassa::Passwords {
        first: desk.text(first, "").into(),
        second: desk.text(second, "").into(),
    };
    let receipt = desk.reader.flag("ROBOKASSA_RECEIPTS", false).then(|| robokassa::Receipt {
        sno: desk.reader.optional("ROBOKASSA_RECEIPT_SNO"),
        tax: desk.text("ROBOKASSA_RECEIPT_TAX", "none"),
        payment_method: desk.text("ROBOKASSA_RECEIPT_PAYMENT_METHOD", "full_payment"),
        payment_object: desk.text("ROBOKASSA_RECEIPT_PAYMENT_OBJECT", "service"),
    });
    let config = robokassa::Config {
        pay_url: desk.base("ROBOKASSA_PAY_URL", "https://auth.robokassa.ru"),
        api_url: desk.base("ROBOKASSA_API_URL", "https://auth.robokassa.ru"),
        refund_url: desk.base("ROBOKASSA_REFUND_URL", "https://services.robokassa.ru"),
        merchant_login: desk.reader.required("ROBOKASSA_MERCHANT_LOGIN"),
        passwords: passwords(desk, "ROBOKASSA_PASSWORD_1", "ROBOKASSA_PASSWORD_2"),
        test_passwords: passwords(desk, "ROBOKASSA_TEST_PASSWORD_1", "ROBOKASSA_TEST_PASSWORD_2"),
        password_3: desk.optional_secret("ROBOKASSA_PASSWORD_3"),
        test,
        hash: desk.reader.parsed(
            "ROBOKASSA_HASH",
            "md5, ripemd160, sha1, sha256, sha384 or sha512",
            robokassa::Hash::Md5,
        ),
        receipt,
        check_ip: desk.reader.flag("ROBOKASSA_CHECK_IP", false),
        recurring: desk.reader.flag("ROBOKASSA_RECURRING", false),
        return_urls: desk.reader.flag("ROBOKASSA_RETURN_URLS", false),
    };
    let gateway = robokassa::Robokassa::new(desk.http.clone(), config);
    desk.built(gateway, test)
}

fn wata(desk: &mut Desk<'_, '_>) -> Option<Built> {
    let test = desk.reader.flag("WATA_TEST", false);
    let usual = if test { "https://api-sandbox.wata.pro/api/h2h" } else { "https://api.wata.pro/api/h2h" };
    let config = wata::Config {
        api_url: desk.base("WATA_API_URL", usual),
        token: desk.secret("WATA_TOKEN"),
        public_key_pem: desk.reader.optional("WATA_PUBLIC_KEY_PEM").map(|pem| pem.replace("\\n", "\n")),
        check_ip: desk.reader.flag("WATA_CHECK_IP", false),
        test,
    };
    let gateway = wata::Wata::new(desk.http.clone(), config);
    desk.built(gateway, test)
}

fn stripe(desk: &mut Desk<'_, '_>) -> Option<Built> {
    let config = stripe::Config {
        api_url: desk.base("STRIPE_API_URL", stripe::Config::API_URL),
        secret_key: desk.secret("STRIPE_SECRET_KEY"),
        webhook_secret: desk.secret("STRIPE_WEBHOOK_SECRET"),
        tolerance_seconds: desk.reader.parsed(
            "STRIPE_WEBHOOK_TOLERANCE_SECONDS",
            "a number of seconds",
            stripe::Config::TOLERANCE,
        ),
    };
    let by_key = config.is_test();
    let test = desk.reader.flag("STRIPE_TEST_MODE", by_key);
    let gateway = stripe::Stripe::new(desk.http.clone(), config);
    desk.built(gateway, test)
}

fn paypal(desk: &mut Desk<'_, '_>) -> Option<Built> {
    let sandbox = desk.reader.flag("PAYPAL_SANDBOX", false);
    let usual = if sandbox { paypal::Config::SANDBOX_URL } else { paypal::Config::LIVE_URL };
    let pem = desk.text("PAYPAL_EXTRA_ROOTS_PEM", "").replace("\\n", "\n");
    let extra_roots = paypal::Config::roots_of_pem(&pem).unwrap_or_else(|ConfigError(mistakes)| {
        desk.reader.mistakes(mistakes);
        Vec::new()
    });
    let config = paypal::Config {
        api_url: desk.base("PAYPAL_API_URL", usual),
        client_id: desk.reader.required("PAYPAL_CLIENT_ID"),
        client_secret: desk.secret("PAYPAL_CLIENT_SECRET"),
        webhook_id: desk.reader.required("PAYPAL_WEBHOOK_ID"),
        sandbox,
        brand_name: desk.reader.optional("PAYPAL_BRAND_NAME"),
        extra_roots,
        cert_base: desk.reader.optional("PAYPAL_CERT_BASE_URL"),
    };
    let gateway = paypal::Paypal::new(desk.http.clone(), config);
    desk.built(gateway, sandbox)
}

fn cryptopay(desk: &mut Desk<'_, '_>) -> Option<Built> {
    let testnet = desk.reader.flag("CRYPTOPAY_TESTNET", false);
    let config = cryptopay::Config {
        token: desk.secret("CRYPTOPAY_TOKEN"),
        testnet,
        api_url: desk.reader.optional("CRYPTOPAY_API_URL"),
        assets: desk.reader.list("CRYPTOPAY_ASSETS"),
    };
    let gateway = cryptopay::Cryptopay::new(desk.http.clone(), config);
    desk.built(gateway, testnet)
}

fn tribute(desk: &mut Desk<'_, '_>) -> Option<Built> {
    let items = tribute::items(&desk.text("TRIBUTE_ITEMS", "")).unwrap_or_else(|error| desk.none_of(error));
    let shop_limits = match desk.reader.optional("TRIBUTE_SHOP_LIMITS") {
        Some(text) => tribute::limits(&text).unwrap_or_else(|error| desk.none_of(error)),
        None => tribute::Config::usual_limits(),
    };
    let test = desk.reader.flag("TRIBUTE_TEST_MODE", false);
    let articles = items.iter().map(|item| (Provider::Tribute, item.item.clone(), item.plan.clone()));
    desk.articles.extend(articles);
    let config = tribute::Config {
        api_url: desk.base("TRIBUTE_API_URL", "https://tribute.tg/api/v1"),
        api_key: desk.secret("TRIBUTE_API_KEY"),
        shop_api: desk.reader.flag("TRIBUTE_SHOP_API", false),
        shop_id: desk.reader.parsed_optional("TRIBUTE_SHOP_ID", "a number"),
        shop_limits,
        items,
        test,
    };
    let gateway = tribute::Tribute::new(desk.http.clone(), config);
    desk.built(gateway, test)
}
