//! Amounts, dates and sizes as people write them.

use crate::Texts;
use domain::{Currency, Language, Money, Period};
use jiff::{Timestamp, fmt::strtime, tz::TimeZone};

/// Keeps a number and its unit on one line.
const NBSP: char = '\u{a0}';

const SECONDS_PER_HOUR: i64 = 3_600;
const SECONDS_PER_DAY: i64 = 86_400;

impl Texts<'_> {
    /// `150 ₽`, `149,90 ₽`, `150 ⭐`, `$4.99`: no zero kopecks, the sign where the language puts it.
    pub fn money(self, money: Money) -> String {
        let digits = money.to_decimal();
        let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("−", rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut number = self.thousands(whole);
        if fraction.bytes().any(|digit| digit != b'0') {
            number.push(self.decimal_mark());
            number.push_str(fraction);
        }
        let symbol = symbol(money.currency);
        let leads = matches!(money.currency, Currency::Usd | Currency::Eur | Currency::Gbp);
        if leads && self.language() == Language::En {
            format!("{sign}{symbol}{number}")
        } else {
            format!("{sign}{number}{NBSP}{symbol}")
        }
    }

    /// The day and minute of `at` in `zone`, the zone named: `21 декабря 2026, 13:00 (МСК)`.
    pub fn date(self, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned(zone.clone());
        let info = zone.to_offset_info(at);
        let named = info.abbreviation().bytes().all(|byte| byte.is_ascii_alphabetic());
        let zone_name = if named { info.abbreviation().to_owned() } else { format!("UTC{}", info.offset()) };
        let time = strtime::format("%H:%M", &local).unwrap_or_default();
        let month = u64::try_from(local.month()).unwrap_or(1);
        self.plain(
            "date",
            &[
                ("day", local.day().to_string().into()),
                ("month", month.into()),
                ("year", local.year().to_string().into()),
                ("time", time.into()),
                ("zone", zone_name.into()),
            ],
        )
    }

    /// The day of `at` in `zone` for lists: `21.12.2026`, `21 Dec 2026`.
    pub fn day(self, at: Timestamp, zone: &TimeZone) -> String {
        let format = match self.language() {
            Language::Ru => "%d.%m.%Y",
            Language::En => "%-d %b %Y",
        };
        strtime::format(format, &at.to_zoned(zone.clone())).unwrap_or_default()
    }

    /// A size in binary units with at most one decimal: `12,4 ГБ`.
    pub fn bytes(self, bytes: u64) -> String {
        const UNITS: [(u64, &str); 4] =
            [(1 << 40, "bytes-tb"), (1 << 30, "bytes-gb"), (1 << 20, "bytes-mb"), (1 << 10, "bytes-kb")];
        let (size, key) = UNITS.into_iter().find(|(size, _)| bytes >= *size).unwrap_or((1, "bytes-b"));
        let (whole, rest) = (bytes / size, bytes % size);
        // Cut, not rounded: 999,97 GB used must not read as 1000 of 1000.
        let tenth = rest.saturating_mul(10) / size;
        let amount =
            if tenth == 0 { whole.to_string() } else { format!("{whole}{}{tenth}", self.decimal_mark()) };
        self.plain(key, &[("amount", amount.into())])
    }

    /// How long a purchase lasts: `3 месяца`, `30 days`.
    pub fn period(self, period: Period) -> String {
        match period {
            Period::Days(days) => self.plain("period-days", &[("count", u64::from(days).into())]),
            Period::Months(months) => self.plain("period-months", &[("count", u64::from(months).into())]),
        }
    }

    /// How much is left between `now` and `end`: days rounded to the nearest, hours within the last day.
    pub fn time_left(self, now: Timestamp, end: Timestamp) -> String {
        let seconds = end.as_second().saturating_sub(now.as_second()).max(0);
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        if seconds < SECONDS_PER_HOUR {
            return self.plain("subscription-last-hour", &[]);
        }
        // A reminder goes out minutes after its due time: 2 days 23:59 are three days to everybody.
        if seconds >= SECONDS_PER_DAY - SECONDS_PER_HOUR {
            let days = (seconds + SECONDS_PER_DAY / 2) / SECONDS_PER_DAY;
            return self.plain("left-days", &[("count", count(days).into())]);
        }
        self.plain("left-hours", &[("count", count(seconds / SECONDS_PER_HOUR).into())])
    }

    /// How long ago `at` was: minutes, then hours, then days, each full; never less than a minute.
    pub fn ago(self, now: Timestamp, at: Timestamp) -> String {
        let seconds = u64::try_from(now.as_second().saturating_sub(at.as_second())).unwrap_or(0);
        let minutes = (seconds / 60).max(1);
        let (key, count) = match minutes {
            0..60 => ("ago-minutes", minutes),
            60..1440 => ("ago-hours", minutes / 60),
            _ => ("ago-days", minutes / 1440),
        };
        self.plain(key, &[("count", count.into())])
    }

    const fn decimal_mark(self) -> char {
        match self.language() {
            Language::Ru => ',',
            Language::En => '.',
        }
    }

    /// Groups of three from the right; Russian leaves four digits together.
    fn thousands(self, whole: &str) -> String {
        let (mark, least) = match self.language() {
            Language::Ru => (NBSP, 5),
            Language::En => (',', 4),
        };
        if whole.len() < least {
            return whole.to_owned();
        }
        let mut grouped = String::with_capacity(whole.len() + whole.len() / 2);
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(mark);
            }
            grouped.push(digit);
        }
        grouped
    }
}

const fn symbol(currency: Currency) -> &'static str {
    match currency {
        Currency::Rub => "₽",
        Currency::Usd => "$",
        Currency::Eur => "€",
        Currency::Kzt => "₸",
        Currency::Uah => "₴",
        Currency::Try => "₺",
        Currency::Inr => "₹",
        Currency::Azn => "₼",
        Currency::Amd => "֏",
        Currency::Gbp => "£",
        Currency::Jpy => "¥",
        Currency::Xtr => "⭐",
        other => other.code(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RU: Texts<'static> = Texts::new(Language::Ru);
    const EN: Texts<'static> = Texts::new(Language::En);

    #[test]
    fn money_reads_as_people_write_it() {
        let cases = [
            (Money::new(15_000, Currency::Rub), "150 ₽", "150 ₽"),
            (Money::new(14_990, Currency::Rub), "149,90 ₽", "149.90 ₽"),
            (Money::new(149_000, Currency::Rub), "1490 ₽", "1,490 ₽"),
            (Money::new(123_456_705, Currency::Rub), "1 234 567,05 ₽", "1,234,567.05 ₽"),
            (Money::new(499, Currency::Usd), "4,99 $", "$4.99"),
            (Money::new(-500, Currency::Usd), "−5 $", "−$5"),
            (Money::new(150, Currency::Xtr), "150 ⭐", "150 ⭐"),
            (Money::new(900, Currency::Jpy), "900 ¥", "900 ¥"),
            (Money::new(100, Currency::Pln), "1 PLN", "1 PLN"),
        ];
        for (money, russian, english) in cases {
            let spaced = |text: String| text.replace(NBSP, " ");
            assert_eq!((spaced(RU.money(money)), spaced(EN.money(money))), (russian.into(), english.into()));
        }
    }

    #[test]
    fn dates_name_their_zone() {
        let at: Timestamp = "2026-12-21T10:00:00Z".parse().unwrap();
        let moscow = TimeZone::get("Europe/Moscow").unwrap();
        let samara = TimeZone::get("Europe/Samara").unwrap();
        assert_eq!(RU.date(at, &moscow), "21 декабря 2026, 13:00 (МСК)");
        assert_eq!(EN.date(at, &moscow), "21 December 2026, 13:00 (MSK)");
        assert_eq!(RU.date(at, &TimeZone::UTC), "21 декабря 2026, 10:00 (UTC)");
        assert_eq!(EN.date(at, &samara), "21 December 2026, 14:00 (UTC+04)");
    }

    #[test]
    fn days_of_lists_are_short() {
        let at: Timestamp = "2026-12-04T22:00:00Z".parse().unwrap();
        let moscow = TimeZone::get("Europe/Moscow").unwrap();
        assert_eq!([RU.day(at, &moscow), EN.day(at, &TimeZone::UTC)], ["05.12.2026", "4 Dec 2026"]);
    }

    #[test]
    fn every_month_has_its_name() {
        let names: Vec<String> = (1..=12)
            .map(|month| {
                let at: Timestamp = format!("2026-{month:02}-05T00:00:00Z").parse().unwrap();
                RU.date(at, &TimeZone::UTC).split(' ').nth(1).unwrap().to_owned()
            })
            .collect();
        let want = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря";
        assert_eq!(names.join(" "), want);
    }

    #[test]
    fn sizes_are_cut_to_a_tenth() {
        let cases = [
            (0, "0 Б"),
            (1023, "1023 Б"),
            (1024, "1 КБ"),
            (13_314_398_617, "12,3 ГБ"),
            (100 << 30, "100 ГБ"),
            ((1 << 40) - 1, "1023,9 ГБ"),
            (3 << 39, "1,5 ТБ"),
            (u64::MAX, "16777215,9 ТБ"),
        ];
        for (bytes, want) in cases {
            assert_eq!(RU.bytes(bytes), want);
        }
        assert_eq!(EN.bytes(1536), "1.5 KB");
    }

    #[test]
    fn what_was_is_told_in_minutes_hours_and_days() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let at = |seconds| Timestamp::from_second(now.as_second() - seconds).unwrap();
        let cases = [
            (-5, "1 минуту назад", "1 min ago"),
            (119, "1 минуту назад", "1 min ago"),
            (120, "2 минуты назад", "2 min ago"),
            (5 * 60, "5 минут назад", "5 min ago"),
            (SECONDS_PER_HOUR - 1, "59 минут назад", "59 min ago"),
            (SECONDS_PER_HOUR, "1 час назад", "1 hour ago"),
            (3 * SECONDS_PER_HOUR, "3 часа назад", "3 hours ago"),
            (SECONDS_PER_DAY - 1, "23 часа назад", "23 hours ago"),
            (SECONDS_PER_DAY, "1 день назад", "1 day ago"),
            (5 * SECONDS_PER_DAY, "5 дней назад", "5 days ago"),
        ];
        for (seconds, russian, english) in cases {
            let told = (RU.ago(now, at(seconds)), EN.ago(now, at(seconds)));
            assert_eq!(told, (russian.into(), english.into()), "{seconds}");
        }
    }

    #[test]
    fn what_is_left_is_told_in_days_and_then_in_hours() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let left = |seconds| RU.time_left(now, Timestamp::from_second(now.as_second() + seconds).unwrap());
        let cases = [
            (3 * SECONDS_PER_DAY - 300, "осталось 3 дня"),
            (2 * SECONDS_PER_DAY + 5 * SECONDS_PER_HOUR, "осталось 2 дня"),
            (SECONDS_PER_DAY - 60, "остался 1 день"),
            (22 * SECONDS_PER_HOUR, "осталось 22 часа"),
            (SECONDS_PER_HOUR, "остался 1 час"),
            (59 * 60, "осталось меньше часа"),
            (-5, "осталось меньше часа"),
        ];
        for (seconds, want) in cases {
            assert_eq!(left(seconds), want);
        }
    }
}
