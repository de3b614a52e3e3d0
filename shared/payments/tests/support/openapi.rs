//! A small strict validator for the parts of OpenAPI 3.0 that YooKassa's description uses. Unlike the specification it
//! refuses properties the schema does not name: that is what the tests want to know.

use serde_json::{Map, Value};

pub struct Description(Value);

/// A schema with its `allOf` parts laid over each other.
#[derive(Default)]
struct Flat {
    properties: Map<String, Value>,
    required: Vec<String>,
    one_of: Vec<Value>,
    /// `type`, `enum`, bounds: whatever else the parts say.
    rules: Map<String, Value>,
}

impl Description {
    pub fn read(yaml: &str) -> Self {
        // Some examples are numbers larger than a JSON value holds; no example is needed here.
        let example = |line: &&str| line.trim_start().strip_prefix("example: ").is_some_and(is_digits);
        let lines: Vec<&str> = yaml.lines().filter(|line| !example(line)).collect();
        Self(serde_yaml_ng::from_str(&lines.join("\n")).unwrap())
    }

    /// The schema of the request body of `POST path`.
    pub fn request(&self, path: &str) -> Value {
        let body = &self.0["paths"][path]["post"]["requestBody"];
        found(&body["content"]["application/json"]["schema"]).clone()
    }

    /// The schema of the answer to `method path` with `status`.
    pub fn answer(&self, method: &str, path: &str, status: u16) -> Value {
        let answer = &self.0["paths"][path][method]["responses"][status.to_string()];
        let answer = answer.get("$ref").map_or(answer, |reference| self.referred(reference));
        found(&answer["content"]["application/json"]["schema"]).clone()
    }

    /// A named schema.
    pub fn schema(&self, name: &str) -> Value {
        found(&self.0["components"]["schemas"][name]).clone()
    }

    /// What is wrong with `value`; the first mistake found.
    pub fn check(&self, schema: &Value, value: &Value) -> Result<(), String> {
        self.walk(schema, value, "$")
    }

    fn referred(&self, reference: &Value) -> &Value {
        let pointer = reference.as_str().and_then(|text| text.strip_prefix('#')).unwrap();
        found(self.0.pointer(pointer).unwrap())
    }

    fn flatten(&self, schema: &Value, flat: &mut Flat) {
        if let Some(reference) = schema.get("$ref") {
            return self.flatten(self.referred(reference), flat);
        }
        for (key, value) in schema.as_object().unwrap() {
            match key.as_str() {
                "allOf" => value.as_array().unwrap().iter().for_each(|part| self.flatten(part, flat)),
                "properties" => flat.properties.extend(value.as_object().unwrap().clone()),
                "required" => flat.required.extend(texts(value)),
                "oneOf" => flat.one_of.extend(value.as_array().unwrap().clone()),
                _ => drop(flat.rules.insert(key.clone(), value.clone())),
            }
        }
    }

    fn walk(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let mut flat = Flat::default();
        self.flatten(schema, &mut flat);
        if !flat.one_of.is_empty() {
            let chosen = self.chosen(&flat, value);
            let tried: Result<Vec<_>, _> =
                chosen.into_iter().map(|schema| self.walk(schema, value, at).err().ok_or(())).collect();
            return tried.map_or(Ok(()), |mistakes| Err(format!("{at}: none of {mistakes:?}")));
        }
        if let Some(allowed) = flat.rules.get("enum")
            && !allowed.as_array().unwrap().contains(value)
        {
            return Err(format!("{at}: {value} is none of {allowed}"));
        }
        match value {
            Value::Object(fields) => self.object(&flat, fields, at),
            Value::Array(items) => {
                typed(&flat, &["array"], at)?;
                let schema = found(&flat.rules["items"]);
                items
                    .iter()
                    .enumerate()
                    .try_for_each(|(i, item)| self.walk(schema, item, &format!("{at}[{i}]")))
            }
            Value::String(text) => {
                typed(&flat, &["string"], at)?;
                string(&flat, text, at)
            }
            Value::Number(number) if number.is_i64() => {
                typed(&flat, &["integer", "number"], at)?;
                let (number, rule) =
                    (number.as_i64().unwrap(), |name| flat.rules.get(name).and_then(Value::as_i64));
                let low = rule("minimum").is_some_and(|least| number < least);
                let high = rule("maximum").is_some_and(|most| number > most);
                if low || high { Err(format!("{at}: {number} is out of bounds")) } else { Ok(()) }
            }
            Value::Number(_) => typed(&flat, &["number"], at),
            Value::Bool(_) => typed(&flat, &["boolean"], at),
            Value::Null => Err(format!("{at}: null")),
        }
    }

    /// The alternatives of a `oneOf`: the one that the discriminator's value names, or all.
    fn chosen<'a>(&self, flat: &'a Flat, value: &Value) -> Vec<&'a Value> {
        let property = flat.rules.get("discriminator").and_then(|rule| rule["propertyName"].as_str());
        let tag = property.and_then(|property| value.get(property)?.as_str());
        let named = |schema: &&Value| {
            let mut inner = Flat::default();
            self.flatten(schema, &mut inner);
            let mapped = tag.and_then(|tag| inner.rules.get("discriminator")?["mapping"].get(tag));
            mapped.is_some() && mapped == schema.get("$ref")
        };
        let chosen: Vec<_> = flat.one_of.iter().filter(named).collect();
        if chosen.is_empty() { flat.one_of.iter().collect() } else { chosen }
    }

    fn object(&self, flat: &Flat, fields: &Map<String, Value>, at: &str) -> Result<(), String> {
        typed(flat, &["object"], at)?;
        if let Some(missing) = flat.required.iter().find(|name| !fields.contains_key(*name)) {
            return Err(format!("{at}: {missing} is missing"));
        }
        if flat
            .rules
            .get("maxProperties")
            .and_then(Value::as_u64)
            .is_some_and(|most| fields.len() as u64 > most)
        {
            return Err(format!("{at}: too many properties"));
        }
        for (name, value) in fields {
            let schema = flat.properties.get(name).or_else(|| flat.rules.get("additionalProperties"));
            let schema = schema.ok_or_else(|| format!("{at}: {name} is unknown"))?;
            self.walk(schema, value, &format!("{at}.{name}"))?;
        }
        Ok(())
    }
}

fn found(value: &Value) -> &Value {
    assert!(!value.is_null(), "the description has no such part");
    value
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn texts(list: &Value) -> impl Iterator<Item = String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned())
}

/// A schema without a type that has properties is an object.
fn typed(flat: &Flat, is: &[&str], at: &str) -> Result<(), String> {
    let wanted = flat.rules.get("type").and_then(Value::as_str);
    let wanted = wanted.or((!flat.properties.is_empty()).then_some("object"));
    match wanted {
        Some(wanted) if is.contains(&wanted) => Ok(()),
        wanted => Err(format!("{at}: {is:?}, should be {wanted:?}")),
    }
}

fn string(flat: &Flat, text: &str, at: &str) -> Result<(), String> {
    let length = text.chars().count() as u64;
    let rule = |name| flat.rules.get(name).and_then(Value::as_u64);
    let format = flat.rules.get("format").and_then(Value::as_str);
    let wrong = rule("minLength").is_some_and(|least| length < least)
        || rule("maxLength").is_some_and(|most| length > most)
        || (format == Some("date-time") && text.parse::<jiff::Timestamp>().is_err())
        || (format == Some("email") && !text.contains('@'));
    if wrong { Err(format!("{at}: {text:?} does not fit")) } else { Ok(()) }
}
