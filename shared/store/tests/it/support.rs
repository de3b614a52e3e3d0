//! An empty table in memory, and things to put there.

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig},
};
use domain::{
    Currency, Decision, Goods, Language, Money, Payment, PaymentId, PaymentState, Provider, QuoteId, Record,
    SubscriptionNo, User, UserId, Wallet,
};
use dynoxide::Database;
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;
use store::{Commit, Store};
use tokio::net::TcpListener;

pub const ANNA: UserId = UserId(42);

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}

pub fn store_at(endpoint: &str) -> Store {
    let patience = Duration::from_secs(20);
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(aws_credential_types::Credentials::from_keys("test", "test", None))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(patience).build())
        .endpoint_url(endpoint);
    Store::new(Client::from_conf(config.build()), "shop")
}

/// The table as it is deployed, without its stream.
pub async fn store() -> Store {
    let text = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let keys = |hash: &str, range: &str| json!([{ "AttributeName": hash, "KeyType": "HASH" }, { "AttributeName": range, "KeyType": "RANGE" }]);
    let index = |name: &str, hash: &str, range: &str| json!({ "IndexName": name, "KeySchema": keys(hash, range), "Projection": { "ProjectionType": "KEYS_ONLY" } });
    let attributes = ["PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK"].map(text);
    let definition = json!({
        "TableName": "shop",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": keys("PK", "SK"),
        "GlobalSecondaryIndexes": [index("by-owner", "GSI1PK", "GSI1SK"), index("due", "GSI2PK", "GSI2SK")],
    });
    let database = Database::memory().unwrap();
    database.create_table(serde_json::from_value(definition).unwrap()).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    store_at(&format!("http://{address}"))
}

/// Writes records, each alone, which must not be refused.
pub async fn put(store: &Store, records: impl IntoIterator<Item = Record>) {
    for record in records {
        let decision = Decision { once: None, records: vec![record], events: Vec::new() };
        assert_eq!(store.commit(&decision).await.unwrap(), Commit::Committed, "{decision:?}");
    }
}

pub fn anna(balance: i64) -> User {
    User {
        id: ANNA,
        first_name: "Anna".into(),
        username: None,
        language: Language::Ru,
        registered_at: at("2026-11-20T08:00:00Z"),
        referral_code: "A1B2C3D4E".parse().unwrap(),
        referrer: None,
        campaign: None,
        trial_at: None,
        balance: Wallet::of([rub(balance)]),
        promos: domain::Promos::default(),
        email: None,
        letters: domain::Letters::default(),
        zone: None,
        unreachable: false,
        primary: None,
        gate: None,
        version: 0,
    }
}

/// A top-up that was opened at `created_at`.
pub fn payment(name: &str, created_at: Timestamp) -> Payment {
    Payment {
        id: PaymentId::derive(created_at, name),
        user: ANNA,
        provider: Provider::Yookassa,
        amount: rub(10_000),
        from_balance: None,
        promo: None,
        goods: Goods::TopUp,
        no: SubscriptionNo::FIRST,
        quote: QuoteId::derive(created_at, name),
        state: PaymentState::Awaiting,
        external_id: None,
        pay_url: None,
        created_at,
        expires_at: created_at,
        paid_at: None,
        next_at: None,
        save_method: false,
        recurring: false,
        charge: None,
        received: None,
        granted: None,
        refunded: 0,
        to_balance: 0,
        earned: None,
        refund: None,
        version: 0,
    }
}
