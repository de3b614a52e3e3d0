//! What became of a batch, read the way Lambda reads a function's answer (`ReportBatchItemFailures`).

use std::collections::BTreeSet;

use serde_json::Value;

/// How an invocation with a batch ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The function answered with this JSON.
    Answered(Value),
    /// The function returned an error, ran out of time or was killed: the whole batch counts as not done.
    Failed,
}

impl<E> From<Result<Value, E>> for Outcome {
    fn from(result: Result<Value, E>) -> Self {
        result.map_or(Self::Failed, Self::Answered)
    }
}

/// The items of a batch that have to come again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failures {
    None,
    All,
    These(BTreeSet<String>),
}

impl Outcome {
    /// Which of the `known` items failed. Lambda's documented rules: an absent, null or empty list is a
    /// complete success; an item without a usable `itemIdentifier`, or with one that is not in the batch, makes
    /// it a complete failure.
    pub(crate) fn failures<'a>(&self, known: impl IntoIterator<Item = &'a str>) -> Failures {
        let Self::Answered(answer) = self else { return Failures::All };
        let list = match answer {
            Value::Null => return Failures::None,
            Value::Object(answer) => match answer.get("batchItemFailures") {
                None | Some(Value::Null) => return Failures::None,
                Some(Value::Array(list)) => list,
                Some(_) => return Failures::All,
            },
            _ => return Failures::All,
        };
        let known: BTreeSet<&str> = known.into_iter().collect();
        let named = list.iter().map(|item| item.get("itemIdentifier").and_then(Value::as_str));
        match named
            .map(|id| id.filter(|id| known.contains(id)).map(str::to_owned))
            .collect::<Option<BTreeSet<_>>>()
        {
            None => Failures::All,
            Some(failed) if failed.is_empty() => Failures::None,
            Some(failed) => Failures::These(failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(answer: &Value, expected: &Failures) {
        let outcome = Outcome::Answered(answer.clone());
        assert_eq!(&outcome.failures(["a", "b"]), expected, "{answer}");
    }

    #[test]
    fn answers_are_read_as_lambda_reads_them() {
        check(&json!(null), &Failures::None);
        check(&json!({}), &Failures::None);
        check(&json!({"batchItemFailures": null}), &Failures::None);
        check(&json!({"batchItemFailures": []}), &Failures::None);
        check(
            &json!({"batchItemFailures": [{"itemIdentifier": "b"}]}),
            &Failures::These(BTreeSet::from(["b".into()])),
        );
        check(
            &json!({"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "c"}]}),
            &Failures::All,
        );
        check(&json!({"batchItemFailures": [{"itemIdentifier": ""}]}), &Failures::All);
        check(&json!({"batchItemFailures": [{"item": "a"}]}), &Failures::All);
        check(&json!({"batchItemFailures": "a"}), &Failures::All);
        check(&json!("done"), &Failures::All);
        assert_eq!(Outcome::Failed.failures(["a"]), Failures::All);
        assert_eq!(Outcome::from(Err::<Value, _>("boom")), Outcome::Failed);
    }
}
