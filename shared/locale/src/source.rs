//! The shop's own texts as they are written, for whoever wants to change them.

use crate::texts::resource;
use domain::Language;
use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};
use std::collections::{BTreeMap, BTreeSet};

/// What a text is made of.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Names of variables.
    pub variables: BTreeSet<String>,
    /// Variables that choose a form, and the names of the forms.
    pub choices: BTreeMap<String, BTreeSet<String>>,
    /// Other texts and functions.
    pub references: BTreeSet<String>,
}

impl Found {
    /// What the message `key` of `resource` is made of.
    pub fn in_resource(resource: &FluentResource, key: &str) -> Option<Self> {
        let value = resource.entries().find_map(|entry| match entry {
            Entry::Message(message) if message.id.name == key => message.value.as_ref(),
            _ => None,
        })?;
        let mut found = Self::default();
        found.pattern(value);
        Some(found)
    }

    fn pattern(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                for variant in variants {
                    if let InlineExpression::VariableReference { id } = selector {
                        let (VariantKey::Identifier { name } | VariantKey::NumberLiteral { value: name }) =
                            variant.key;
                        self.choices.entry(id.name.to_owned()).or_default().insert(name.to_owned());
                    }
                    self.pattern(&variant.value);
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        let reference = match inline {
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.to_owned());
                return;
            }
            InlineExpression::Placeable { expression } => return self.expression(expression),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => return,
            InlineExpression::FunctionReference { id, .. } => format!("{}()", id.name),
            InlineExpression::MessageReference { id, .. } => id.name.to_owned(),
            InlineExpression::TermReference { id, .. } => format!("-{}", id.name),
        };
        self.references.insert(reference);
    }
}

/// Pages of our own site and the list of commands do not change with an own text: they are not offered.
fn is_changeable(key: &str) -> bool {
    !matches!(key.split('-').next(), Some("open" | "command"))
}

/// The keys of all texts that may be put in own words, in the order of the file.
pub fn keys() -> impl Iterator<Item = &'static str> {
    resource(Language::En).entries().filter_map(|entry| match entry {
        Entry::Message(message) if is_changeable(message.id.name) => Some(message.id.name),
        _ => None,
    })
}

/// The variables that the text `key` is given, in either language.
pub fn variables(key: &str) -> Option<BTreeSet<String>> {
    if !is_changeable(key) {
        return None;
    }
    let found = Language::ALL.map(|language| Found::in_resource(resource(language), key));
    let [Some(russian), Some(english)] = found else { return None };
    Some(russian.variables.into_iter().chain(english.variables).collect())
}

/// The variables of `key` that choose a form by a number, in either language.
pub(crate) fn counts(key: &str) -> BTreeSet<String> {
    const FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];
    let mut counts = BTreeSet::new();
    for language in Language::ALL {
        let choices =
            Found::in_resource(resource(language), key).map(|found| found.choices).unwrap_or_default();
        for (name, forms) in choices {
            if forms.iter().all(|form| FORMS.contains(&form.as_str()) || form.parse::<u64>().is_ok()) {
                counts.insert(name);
            }
        }
    }
    counts
}

/// The shop's own text `key` as it is written: the value of its Fluent message.
pub fn default_text(language: Language, key: &str) -> Option<String> {
    let source = resource(language).source();
    let start = source.find(&format!("\n{key} =")).map(|at| at + 1)?;
    let value = source[start..].split_once('=')?.1;
    let mut lines = Vec::new();
    for (number, line) in value.lines().enumerate() {
        // What begins at the margin, but for the end of a choice, begins something else.
        if number > 0 && line.starts_with(|first: char| !first.is_whitespace() && first != '}') {
            break;
        }
        lines.push(line);
    }
    let rest = lines.get(1..).unwrap_or_default();
    let indent = rest.iter().filter(|line| line.starts_with("    ")).count();
    // The value begins on the next line: all of it is indented.
    let dedent = indent > 0 && lines.first().is_some_and(|first| first.trim().is_empty());
    let clean =
        |line: &&str| if dedent { line.strip_prefix("    ").unwrap_or(line) } else { line }.to_owned();
    Some(lines.iter().map(clean).collect::<Vec<_>>().join("\n").trim().to_owned())
}
