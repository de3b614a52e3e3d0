//! What the buyer (and the bank, and the cabinet) does at the providers.

use crate::{cases::Case, life::Life, plan::Deed};
use domain::{Currency, Provider};
use standin_providers::{Act, NotPossible, OrderView};

impl Life<'_> {
    /// Every order at the providers that is this buyer's.
    pub fn orders(&self) -> Vec<(Provider, OrderView)> {
        let notes = self.notes();
        let ours = |provider: Provider, order: &OrderView| match &order.order {
            Some(id) => notes.quotes.iter().any(|quote| {
                *id == domain::PaymentId::of(quote.id, provider).to_string()
                    || *id == domain::PaymentId::recurring(quote.id).to_string()
            }),
            None => notes.pages.contains(&order.id),
        };
        let mut orders = Vec::new();
        for provider in &notes.providers {
            let all = match self.stage.market.tills.get(provider.name()) {
                Some(till) => till.orders(),
                None => notes.stars.orders(),
            };
            let own = all.into_iter().filter(|order| ours(*provider, order));
            orders.extend(own.map(|order| (*provider, order)));
        }
        orders
    }

    /// The buyer follows the links that only become orders when somebody does.
    async fn visit(&self) {
        let links: Vec<String> = {
            let mut notes = self.notes();
            let linked = |payment: &&domain::Payment| match payment.provider {
                Provider::Robokassa => true,
                Provider::Freekassa => self.case == Case::FreekassaForm,
                Provider::Tribute => self.case != Case::TributeShop,
                _ => false,
            };
            let payments: Vec<_> = notes.payments.iter().filter(linked).cloned().collect();
            let mut links = Vec::new();
            for payment in payments {
                if !notes.visited.insert(payment.id.to_string()) {
                    continue;
                }
                if payment.provider == Provider::Tribute {
                    let item = if payment.pay_url.as_deref().unwrap_or_default().ends_with("1644") {
                        "subscription/1644"
                    } else {
                        "product/456"
                    };
                    let page = self.stage.market.tills.tribute.visit(self.stage.buyer.0, item);
                    notes.pages.extend(page);
                } else {
                    links.extend(payment.pay_url);
                }
            }
            links
        };
        for link in links {
            let page = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
            let answer = page.build().unwrap().get(&link).send().await.unwrap();
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            // Whoever comes too late is told so by Robokassa.
            let late = text.contains("The time to pay has passed");
            if text.contains("STRICT") || status.is_client_error() && !late {
                self.notes().wrong.push(format!("the page refuses: {status} {text}"));
            }
        }
    }

    pub async fn act(&self, which: usize, deed: Deed) -> String {
        self.visit().await;
        let orders = self.orders();
        let Some((provider, order)) = orders.get(which % orders.len().max(1)) else {
            return "no order".to_owned();
        };
        let what = format!("{provider} {} {}", order.id, order.order.as_deref().unwrap_or_default());
        let done = match self.stage.market.tills.get(provider.name()) {
            Some(till) => self.act_there(till.as_ref(), *provider, order, deed),
            None => self.act_in_stars(order, deed).await,
        };
        match done {
            Ok(()) => format!("{what} done"),
            Err(why) => format!("{what} {why}"),
        }
    }

    fn act_there(
        &self,
        till: &dyn standin_providers::Till,
        provider: Provider,
        order: &OrderView,
        deed: Deed,
    ) -> Result<(), NotPossible> {
        if deed == Deed::PaySilently && self.is_hidden(order) {
            return Err(NotPossible::Never("an order that nobody was shown, and nobody is told of"));
        }
        let left = order.paid_minor - order.refunded_minor;
        let whole_only = matches!(provider, Provider::Freekassa | Provider::Tribute);
        let act = match deed {
            Deed::Pay => Act::Pay,
            Deed::PayAndRepeat => Act::PayAndRepeat,
            Deed::PayAgain => Act::PayAgain,
            Deed::PayLate => Act::PayLate,
            Deed::PayOther(minor) => Act::PayOther(minor),
            Deed::PaySilently => Act::PaySilently,
            Deed::Cancel => Act::Cancel,
            Deed::Refund(_) if whole_only => Act::Refund(order.minor),
            Deed::Refund(part) => Act::Refund((left * i64::from(part) / 10).max(1)),
            Deed::Dispute => Act::Dispute,
        };
        till.act(&order.id, act)?;
        let place = (provider, order.id.clone());
        let mut notes = self.notes();
        match act {
            Act::Refund(minor) if matches!(provider, Provider::Freekassa | Provider::Robokassa) => {
                *notes.untold.entry(place).or_default() += minor;
            }
            Act::Refund(_) | Act::Dispute | Act::Cancel => {}
            payment => {
                let charges = notes.charges.entry(place).or_default();
                charges.all += 1;
                if payment == Act::PaySilently {
                    charges.silent += order.minor;
                }
            }
        }
        Ok(())
    }

    /// Opened at the provider, and never shown: of several orders of one payment the buyer has one.
    fn is_hidden(&self, order: &OrderView) -> bool {
        let notes = self.notes();
        let shown = |payment: &domain::Payment| {
            let id = payment.external_id.as_deref();
            let url = payment.pay_url.as_deref().unwrap_or_default();
            id.is_none_or(|id| id == order.id) || url.contains(&order.id)
        };
        let own = |payment: &&domain::Payment| order.order.as_deref() == Some(&payment.id.to_string());
        let mut own = notes.payments.iter().filter(own).peekable();
        order.order.is_some() && own.peek().is_some() && !own.any(shown)
    }

    async fn act_in_stars(&self, order: &OrderView, deed: Deed) -> Result<(), NotPossible> {
        let id = order.id.parse().unwrap();
        let amount = domain::Money::new(order.minor, Currency::Xtr);
        let may = self.stage.shop.may_pay(self.stage.buyer, id, amount, self.stage.now()).await.is_ok();
        self.notes().stars.act(self.stage.buyer, &order.id, deed, may)
    }
}
