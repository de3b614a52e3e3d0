//! Example values for the variables of a text, so that each of its forms is seen before it is used.

use crate::{
    draft::count,
    escape,
    source::{self, Found},
};
use domain::Language;
use fluent_bundle::{FluentArgs, FluentValue};

/// So many combinations are looked at; few texts have more than two choices.
const MOST: usize = 256;

#[derive(Debug, Clone)]
enum Value {
    Count(u64),
    Text(String),
}

/// Arguments for a text, one set after the other; the first is the one to look at.
pub(crate) struct Examples {
    values: Vec<(String, Vec<Value>)>,
    html: bool,
    next: usize,
}

impl Examples {
    /// For what was `found` in an own text of `key`.
    pub fn of(language: Language, key: &str, found: &Found, html: bool) -> Self {
        let counts = source::counts(key);
        let values = found.variables.iter().map(|name| {
            let forms = found.choices.get(name).into_iter().flatten();
            let values = if counts.contains(name) {
                let named = forms.filter_map(|form| form.parse().ok());
                [5, 1, 2, 21, 0].into_iter().chain(named).map(Value::Count).collect()
            } else {
                let example = Value::Text(example(language, name).to_owned());
                [example].into_iter().chain(forms.cloned().map(Value::Text)).collect()
            };
            (name.clone(), values)
        });
        Self { values: values.collect(), html, next: 0 }
    }
}

impl Iterator for Examples {
    type Item = FluentArgs<'static>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut number = self.next;
        let mut args = FluentArgs::with_capacity(self.values.len());
        for (name, values) in &self.values {
            let value = match values.get(number % values.len().max(1))? {
                Value::Count(value) => FluentValue::from(count(*value)),
                Value::Text(text) if self.html => FluentValue::from(escape(text).into_owned()),
                Value::Text(text) => FluentValue::from(text.clone()),
            };
            number /= values.len().max(1);
            args.set(name.clone(), value);
        }
        self.next += 1;
        (number == 0 && self.next <= MOST).then_some(args)
    }
}

/// Something like what the shop gives under this name.
fn example(language: Language, name: &str) -> &'static str {
    match (language, name) {
        (Language::Ru, "name" | "what") => "Анна",
        (Language::En, "name" | "what") => "Anna",
        (Language::Ru, "price" | "amount" | "old" | "part" | "sum" | "balance" | "least") => "149,90 ₽",
        (Language::En, "price" | "amount" | "old" | "part" | "sum" | "balance" | "least") => "$4.99",
        (Language::Ru, "date" | "from" | "to" | "until") => "21 декабря 2026, 13:00 (МСК)",
        (Language::En, "date" | "from" | "to" | "until") => "21 December 2026, 13:00 (MSK)",
        (Language::Ru, "period" | "left" | "time") => "3 месяца",
        (Language::En, "period" | "left" | "time") => "3 months",
        (_, "link") => "https://sub.example.com/AbCdEf",
        (_, "code") => "SUMMER",
        (_, "on") => "✅",
        (_, "provider") => "YooKassa",
        _ => "12",
    }
}
