//! What is sold beside one plan a person: more subscriptions, and traffic packages as an operator writes them:
//! `10:99, 50:299`, gigabytes and a price.

use crate::vars::Reader;
use domain::{Currency, Money, Package, several};

/// No package is larger, in gigabytes.
const LARGEST: u32 = 100_000;

/// How many subscriptions a person may buy.
pub(crate) fn subscription_limit(reader: &mut Reader<'_>) -> u8 {
    let limit = reader.parsed("SUBSCRIPTION_LIMIT", "1 to 10", 1);
    if !(1..=several::MOST).contains(&limit) {
        reader.mistake("SUBSCRIPTION_LIMIT", format_args!("1 to 10 is expected, not {limit}"));
    }
    limit
}

/// One package for each number of gigabytes, with its price in each currency.
pub(crate) fn packages(reader: &mut Reader<'_>) -> Vec<Package> {
    let mut found: Vec<Package> = Vec::new();
    priced(reader, "TRAFFIC_PACKAGES", Currency::Rub, &mut found);
    priced(reader, "STARS_TRAFFIC_PACKAGES", Currency::Xtr, &mut found);
    found.sort_by_key(|package| package.order);
    found
}

fn priced(reader: &mut Reader<'_>, name: &str, currency: Currency, found: &mut Vec<Package>) {
    for text in reader.list(name) {
        let Some((gigabytes, price)) = read(&text, currency) else {
            reader.mistake(name, format_args!("\"10:99\" (gigabytes:price) is expected, not {text:?}"));
            continue;
        };
        match found.iter_mut().find(|package| package.order == gigabytes) {
            Some(known) if known.price(currency).is_some() => {
                reader.mistake(name, format_args!("{gigabytes} GB has two prices"));
            }
            Some(known) => known.prices.push(price),
            None => found.extend(package(gigabytes, price)),
        }
    }
}

fn read(text: &str, currency: Currency) -> Option<(u32, Money)> {
    let (gigabytes, price) = text.split_once(':')?;
    let gigabytes = gigabytes.trim().parse().ok().filter(|count| (1..=LARGEST).contains(count))?;
    let price = Money::parse(price.trim(), currency).ok().filter(|price| price.is_positive())?;
    Some((gigabytes, price))
}

fn package(gigabytes: u32, price: Money) -> Option<Package> {
    let id = format!("gb{gigabytes}").parse().ok()?;
    let bytes = u64::from(gigabytes) << 30;
    Some(Package { id, bytes, prices: vec![price], order: gigabytes, visible: true, version: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vars::Vars;

    fn read_all(pairs: &[(&str, &str)]) -> (Vec<Package>, bool) {
        let vars: Vars =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut reader = Reader::new(&vars);
        let found = packages(&mut reader);
        (found, reader.finish(()).is_ok())
    }

    #[test]
    fn a_package_has_one_price_a_currency() {
        let (found, good) =
            read_all(&[("TRAFFIC_PACKAGES", "50:299, 10 : 99.50"), ("STARS_TRAFFIC_PACKAGES", "10:60")]);
        assert!(good);
        let prices: Vec<_> =
            found.iter().map(|package| (package.id.as_str(), package.prices.len())).collect();
        assert_eq!(prices, [("gb10", 2), ("gb50", 1)]);
        assert_eq!((found[0].bytes, found[0].prices[0].minor), (10 << 30, 9_950));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for wrong in ["10", "0:99", "10:0", "10:-1", "1.5:99", "100001:9", "10:99,10:98", "gb10:99"] {
            assert!(!read_all(&[("TRAFFIC_PACKAGES", wrong)]).1, "{wrong}");
        }
        assert_eq!(read_all(&[]), (Vec::new(), true));
    }
}
