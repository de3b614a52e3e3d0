//! Promo codes.

use crate::{
    Store, StoreError,
    by_day::{item_key, own_key},
    items::{self, ActivationItem, PromoItem},
    keys,
    read::text,
};
use domain::{Promo, PromoCode, Promotion, UserId};

impl Store {
    /// The code with its uses by `user`; `None` if there is no such code.
    pub async fn promotion(&self, code: &PromoCode, user: UserId) -> Result<Option<Promotion>, StoreError> {
        let (own, use_of_it) = (keys::promo(code), keys::activation(code, user));
        let of = own.sk.clone();
        let found = self.get_all([own, use_of_it].map(item_key).into()).await?;
        let (promo, activation): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|item| item.get(keys::SK).and_then(|sk| sk.as_s().ok()) == Some(&of));
        let Some(promo) = promo.into_iter().next() else { return Ok(None) };
        let promo = items::decode::<PromoItem>("promo code", promo)?.0;
        let activation = activation.into_iter().next();
        let activation = activation.map(|item| items::decode::<ActivationItem>("activation", item));
        Ok(Some(Promotion { promo, activation: activation.transpose()?.map(|item| item.0) }))
    }

    /// All codes, by name, at most `limit` (up to 100). Names are read from an index, so one made just now may be missing.
    pub async fn promos(&self, limit: i32) -> Result<Vec<Promo>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::BY_DAY_INDEX)
            .key_condition_expression("GSI1PK = :all")
            .expression_attribute_values(":all", text(keys::PROMOS))
            .limit(limit)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query", &error))?;
        let listed = answer.items.unwrap_or_default().iter().map(own_key).collect();
        let found = self.get_all(listed).await?.into_iter();
        let promos = found.map(|item| items::decode::<PromoItem>("promo code", item).map(|item| item.0));
        let mut promos = promos.collect::<Result<Vec<Promo>, _>>()?;
        promos.sort_by(|one, other| one.code.cmp(&other.code));
        Ok(promos)
    }
}
