//! What a payment or a quote is for, spread over two attributes: `terms` is there if a plan is bought; without it the
//! goods are a top-up, unless `goods` says otherwise (`method`, or a traffic package with its bytes). Items written when only plans were sold have `terms` alone.

use super::{gift::OrderShape, parts::TermsShape};
use domain::{GiftOrder, Goods, PackageId, Terms};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DisplayFromStr, serde_as};

/// To be flattened into the record.
pub(super) struct GoodsShape;

#[serde_as]
#[derive(Serialize, Deserialize)]
struct Attributes {
    #[serde_as(as = "Option<TermsShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms: Option<Terms>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    goods: Option<Other>,
}

/// Goods that are neither a plan nor a top-up. A gift keeps its terms in here: an earlier version must not take it for a
/// plan of the buyer's own.
#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Other {
    Method,
    Gift(#[serde_as(as = "Box<OrderShape>")] Box<GiftOrder>),
    Traffic {
        #[serde_as(as = "DisplayFromStr")]
        package: PackageId,
        bytes: u64,
    },
}

impl GoodsShape {
    pub(super) fn serialize<S: Serializer>(goods: &Goods, serializer: S) -> Result<S::Ok, S::Error> {
        let other = match goods {
            Goods::Method => Some(Other::Method),
            Goods::Gift(order) => Some(Other::Gift(order.clone())),
            Goods::Traffic { package, bytes } => {
                Some(Other::Traffic { package: package.clone(), bytes: *bytes })
            }
            Goods::Plan(_) | Goods::TopUp => None,
        };
        Attributes { terms: goods.terms().cloned(), goods: other }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Goods, D::Error> {
        let read = Attributes::deserialize(deserializer)?;
        Ok(match (read.terms, read.goods) {
            (Some(terms), _) => Goods::Plan(terms),
            (None, Some(Other::Method)) => Goods::Method,
            (None, Some(Other::Gift(order))) => Goods::Gift(order),
            (None, Some(Other::Traffic { package, bytes })) => Goods::Traffic { package, bytes },
            (None, None) => Goods::TopUp,
        })
    }
}
