//! Lambda's event filter patterns, as far as templates of ours use them: exact values, `prefix`, `exists`,
//! `anything-but`.

use serde_json::{Map, Value};

/// A filter of an event source mapping, parsed from the JSON text in `FilterCriteria`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern(Node);

/// The pattern is not one that we understand; the text says which part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event filter pattern: {0}")]
pub struct BadPattern(String);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// Every named member must match.
    Members(Vec<(String, Node)>),
    /// One of the tests must hold.
    AnyOf(Vec<Test>),
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Equals(Value),
    Prefix(String),
    Exists(bool),
    AnythingBut(Vec<Value>),
}

impl Pattern {
    /// Parses `text`.
    ///
    /// # Errors
    /// If it is not JSON, or uses an operator that the sandbox does not know: it must not let through what
    /// Lambda would hold back.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let value = serde_json::from_str(text).map_err(|error| BadPattern(error.to_string()))?;
        match value {
            Value::Object(members) => parse_members(members).map(Self),
            other => Err(BadPattern(format!("expected an object, found {other}"))),
        }
    }

    /// Whether `record` passes the filter.
    pub fn matches(&self, record: &Value) -> bool {
        self.0.matches(Some(record))
    }
}

fn parse_members(members: Map<String, Value>) -> Result<Node, BadPattern> {
    let parse = |(name, value)| {
        let node = match value {
            Value::Object(inner) => parse_members(inner)?,
            Value::Array(tests) => Node::AnyOf(tests.into_iter().map(parse_test).collect::<Result<_, _>>()?),
            other => return Err(BadPattern(format!("{name}: expected an object or a list, found {other}"))),
        };
        Ok((name, node))
    };
    members.into_iter().map(parse).collect::<Result<_, _>>().map(Node::Members)
}

fn parse_test(test: Value) -> Result<Test, BadPattern> {
    let Value::Object(operator) = &test else {
        return if test.is_array() {
            Err(BadPattern(format!("a list inside a list: {test}")))
        } else {
            Ok(Test::Equals(test))
        };
    };
    let unknown = || BadPattern(format!("operator {test}"));
    let mut members = operator.iter();
    match (members.next(), members.next()) {
        (Some((name, Value::String(prefix))), None) if name == "prefix" => Ok(Test::Prefix(prefix.clone())),
        (Some((name, Value::Bool(exists))), None) if name == "exists" => Ok(Test::Exists(*exists)),
        (Some((name, Value::Array(values))), None) if name == "anything-but" => {
            Ok(Test::AnythingBut(values.clone()))
        }
        _ => Err(unknown()),
    }
}

impl Node {
    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Members(members) => {
                members.iter().all(|(name, node)| node.matches(value.and_then(|value| value.get(name))))
            }
            Self::AnyOf(tests) => tests.iter().any(|test| test.holds(value)),
        }
    }
}

impl Test {
    fn holds(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Equals(expected) => value == Some(expected),
            Self::Prefix(prefix) => {
                value.and_then(Value::as_str).is_some_and(|text| text.starts_with(prefix))
            }
            Self::Exists(expected) => value.is_some() == *expected,
            Self::AnythingBut(values) => value.is_some_and(|value| !values.contains(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_members_must_match_and_one_test_each() {
        let pattern = Pattern::parse(
            r#"{"eventName":["INSERT","MODIFY"],"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"EVENT#"}]}}}}"#,
        );
        let pattern = pattern.unwrap();
        let record =
            |name: &str, sk: &str| json!({"eventName": name, "dynamodb": {"Keys": {"SK": {"S": sk}}}});
        assert!(pattern.matches(&record("INSERT", "EVENT#1")));
        assert!(pattern.matches(&record("MODIFY", "EVENT#1")));
        assert!(!pattern.matches(&record("REMOVE", "EVENT#1")));
        assert!(!pattern.matches(&record("INSERT", "#SUB#1")));
        assert!(!pattern.matches(&json!({"eventName": "INSERT"})));
    }

    #[test]
    fn exists_and_anything_but_look_at_the_leaf() {
        let pattern = Pattern::parse(r#"{"a":[{"exists":false}],"b":[{"anything-but":["x"]}]}"#).unwrap();
        assert!(pattern.matches(&json!({"b": "y"})));
        assert!(!pattern.matches(&json!({"b": "x"})));
        assert!(!pattern.matches(&json!({"a": 1, "b": "y"})));
        assert!(!pattern.matches(&json!({})));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in ["[]", "nonsense", r#"{"a":"b"}"#, r#"{"a":[{"numeric":[">",1]}]}"#, r#"{"a":[["b"]]}"#] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
