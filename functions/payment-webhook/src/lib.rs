//! `POST`/`GET /webhook/{provider}`: authenticate, learn for certain, credit once, acknowledge as the provider wants.
//!
//! | what came | answer | why |
//! |---|---|---|
//! | unknown provider | 404 | |
//! | not authentic | 4xx | nothing changes |
//! | authentic, but it cannot be checked now | 503 | the provider repeats |
//! | authentic, credited now or before, or no business of ours | the provider's acknowledgement | it must stop repeating |
//! | authentic, about no payment of ours | the provider's acknowledgement | kept in quarantine, looked at again, told |
//! | authentic, but the provider, or the table, cannot be reached now | 503 | the provider repeats for a day |

mod redact;

use domain::{PaymentId, Provider, credit::Verdict};
use jiff::Timestamp;
use payments::{AuthError, Claim, Fetched, Gateway, Gateways, RawWebhook, Verified};
use runtime::{Config, Edge, Endpoint, Failure, HttpResponse, Request, StartError};
use shop::{Rulebook, confirm::confirm, sold};
use store::Store;

const MAX_BODY: usize = 256 << 10;

/// The function.
pub struct PaymentWebhook {
    store: Store,
    gateways: Gateways,
    rules: Rulebook,
}

impl Endpoint for PaymentWebhook {
    fn new(edge: &Edge, config: &Config) -> Result<Self, StartError> {
        let rules = config.settings.shop.rules.clone();
        Ok(Self { store: edge.store(config), gateways: config.gateways.clone(), rules })
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
            query: Some(request.query).filter(|query| !query.is_empty()),
            received_at: now,
        };
        let claim = match gateway.authenticate(&raw).await {
            Ok(claim) => claim,
            // Forged, or signed with a secret that was changed: the secrets are read anew, at most once a minute.
            Err(error @ AuthError::Signature(_)) => {
                return Err(Failure::Unauthorized(format!("{}: {error}", gateway.provider())));
            }
            Err(error) => {
                tracing::warn!(provider = %gateway.provider(), %error, "webhook refused");
                return Ok(HttpResponse::text(error.status(), "refused"));
            }
        };
        Box::pin(self.settle(gateway, claim, &raw, now)).await?;
        Ok(HttpResponse::text(200, gateway.ack(&raw)))
    }
}

impl PaymentWebhook {
    async fn settle(
        &self,
        gateway: &dyn Gateway,
        claim: Claim,
        raw: &RawWebhook,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let signed = matches!(claim, Claim::Signed(_));
        let fetched = match claim {
            Claim::Signed(fetched) => fetched,
            Claim::Sold(sale) => {
                sold(&self.store, &sale, &self.rules, now).await?;
                let payment = domain::sale::payment_id(sale.provider, &sale.external_id);
                self.keep(payment, gateway.provider(), raw, now).await;
                return Ok(());
            }
            Claim::Ignore(reason) => {
                tracing::info!(provider = %gateway.provider(), reason, "webhook ignored");
                return Ok(());
            }
            Claim::Ask(object) => {
                // What is not signed is worth keeping only if the provider's own answer made something of it.
                let fetched = gateway.fetch(&object).await.map_err(shop::ShopError::from)?;
                let Some(fetched) = fetched else {
                    tracing::warn!(provider = %gateway.provider(), ?object, "the provider knows no such object");
                    return Ok(());
                };
                fetched
            }
        };
        let verdict = self.confirm(&fetched, now).await?;
        if let Some(payment) = fetched.payment.filter(|_| signed || verdict != Verdict::Nothing) {
            self.keep(payment, gateway.provider(), raw, now).await;
        }
        Ok(())
    }

    async fn confirm(&self, fetched: &Verified<Fetched>, now: Timestamp) -> Result<Verdict, Failure> {
        let (provider, external_id) = (fetched.provider, &fetched.report.external_id);
        let Some(confirmed) = confirm(&self.store, fetched, &self.rules, now).await? else {
            return Ok(Verdict::Nothing);
        };
        if confirmed.verdict == Verdict::Held {
            tracing::error!(payment.id = %confirmed.payment.id, %provider, external_id, "money held for the operator");
        } else {
            tracing::info!(payment.id = %confirmed.payment.id, verdict = ?confirmed.verdict, "reported");
        }
        Ok(confirmed.verdict)
    }

    /// Keeps what was sent in the payment's timeline. The money does not depend on it, so nothing fails by it.
    async fn keep(&self, payment: PaymentId, provider: Provider, raw: &RawWebhook, now: Timestamp) {
        let body = redact::redacted(raw);
        if let Err(error) = self.store.keep_callback(payment, provider, now, &body).await {
            tracing::warn!(payment.id = %payment, %error, "a callback is not kept");
        }
    }
}
