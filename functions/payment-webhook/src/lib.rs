//! `POST`/`GET /webhook/{provider}`: authenticate, learn for certain, credit once, acknowledge as the provider wants.
//!
//! | what came | answer | why |
//! |---|---|---|
//! | unknown provider | 404 | |
//! | not authentic | 4xx | nothing changes |
//! | authentic, credited now or before, or no business of ours | the provider's acknowledgement | it must stop repeating |
//! | authentic, but the provider, or the table, cannot be reached now | 503 | the provider repeats for a day |

use domain::{Provider, credit::Verdict};
use jiff::Timestamp;
use payments::{Claim, Fetched, Gateway, Gateways, RawWebhook, Verified};
use runtime::{Config, Edge, Endpoint, Failure, HttpResponse, Request, StartError};
use shop::{Live, confirm::confirm};
use store::Store;

const MAX_BODY: usize = 256 << 10;

/// The function.
pub struct PaymentWebhook {
    store: Store,
    gateways: Gateways,
    live: Live,
}

impl Endpoint for PaymentWebhook {
    fn new(edge: &Edge, config: &Config) -> Result<Self, StartError> {
        let live = config.settings.shop.live;
        Ok(Self { store: edge.store(config), gateways: edge.gateways(config)?, live })
    }

    async fn answer(&self, request: Request, now: Timestamp) -> Result<HttpResponse, Failure> {
        let provider = request.path.strip_prefix("/webhook/").and_then(|name| name.parse::<Provider>().ok());
        let Some(gateway) = provider.and_then(|provider| self.gateways.get(provider)) else {
            return Ok(HttpResponse::text(404, "no such provider"));
        };
        if request.body.len() > MAX_BODY {
            return Ok(HttpResponse::text(413, "too large"));
        }
        let raw = RawWebhook {
            headers: request.headers.into_iter().collect(),
            body: request.body,
            source_ip: request.source_ip,
            query: Some(request.query),
        };
        let claim = match gateway.authenticate(&raw) {
            Ok(claim) => claim,
            Err(error) => {
                tracing::warn!(provider = %gateway.provider(), %error, "webhook refused");
                return Ok(HttpResponse::text(error.status(), "refused"));
            }
        };
        if let Some(fetched) = certain(gateway, claim).await? {
            self.settle(&fetched, now).await?;
        }
        Ok(HttpResponse::text(200, gateway.ack(&raw)))
    }
}

/// What the provider itself says about the claim; `None` if it is nothing to us.
async fn certain(gateway: &dyn Gateway, claim: Claim) -> Result<Option<Verified<Fetched>>, Failure> {
    match claim {
        Claim::Signed(fetched) => Ok(Some(fetched)),
        Claim::Ignore(reason) => {
            tracing::info!(provider = %gateway.provider(), reason, "webhook ignored");
            Ok(None)
        }
        Claim::Ask(object) => {
            let fetched = gateway.fetch(&object).await.map_err(shop::ShopError::from)?;
            if fetched.is_none() {
                tracing::warn!(provider = %gateway.provider(), ?object, "the provider knows no such object");
            }
            Ok(fetched)
        }
    }
}

impl PaymentWebhook {
    async fn settle(&self, fetched: &Verified<Fetched>, now: Timestamp) -> Result<(), Failure> {
        let (provider, external_id) = (fetched.provider, &fetched.report.external_id);
        match confirm(&self.store, fetched, self.live, now).await? {
            Some(confirmed) if confirmed.verdict == Verdict::Held => {
                tracing::error!(payment.id = %confirmed.payment.id, %provider, external_id, "money held for the operator");
            }
            Some(confirmed) => {
                tracing::info!(payment.id = %confirmed.payment.id, verdict = ?confirmed.verdict, "reported");
            }
            None => tracing::error!(%provider, external_id, "money reported for no payment of ours"),
        }
        Ok(())
    }
}
