//! Conditions on what a record's metadata say, as Dify (`metadata_condition`) and
//! OpenAI's clients (`filters`) send them: comparisons joined by and or or. An operator that is not known is refused: a filter that
//! silently lets everything through would show a chatbot what its builder shut
//! out.

use std::cmp::Ordering;

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::problem::Problem;

/// Most comparisons in one condition.
const MOST_COMPARISONS: usize = 50;

/// As Dify sends it.
#[derive(Debug, Deserialize)]
pub(super) struct ConditionRequest {
    logical_operator: Option<String>,
    conditions: Option<Vec<ComparisonRequest>>,
}

#[derive(Debug, Deserialize)]
struct ComparisonRequest {
    name: Names,
    comparison_operator: String,
    #[serde(default)]
    value: Value,
}

/// One name, or several as Dify's older documents have it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

/// As OpenAI's clients send it: a comparison, or several joined.
#[derive(Debug, Deserialize)]
pub(super) struct FilterRequest {
    r#type: String,
    key: Option<String>,
    #[serde(default)]
    value: Value,
    filters: Option<Vec<FilterRequest>>,
}

/// A condition that can be asked of metadata.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    One(Comparison),
}

/// One name against one value.
#[derive(Debug, Clone)]
pub(super) struct Comparison {
    names: Vec<String>,
    operator: Operator,
    value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Contains,
    NotContains,
    StartWith,
    EndWith,
    Is,
    IsNot,
    Empty,
    NotEmpty,
    In,
    NotIn,
    Equal,
    Unequal,
    Greater,
    Less,
    AtLeast,
    AtMost,
    Before,
    After,
}

impl Operator {
    fn parse(text: &str) -> Option<Operator> {
        Some(match text {
            "contains" => Operator::Contains,
            "not contains" => Operator::NotContains,
            "start with" => Operator::StartWith,
            "end with" => Operator::EndWith,
            "is" => Operator::Is,
            "is not" => Operator::IsNot,
            "empty" => Operator::Empty,
            "not empty" => Operator::NotEmpty,
            "in" => Operator::In,
            "not in" => Operator::NotIn,
            "=" => Operator::Equal,
            "≠" => Operator::Unequal,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            "≥" => Operator::AtLeast,
            "≤" => Operator::AtMost,
            "before" => Operator::Before,
            "after" => Operator::After,
            _ => return None,
        })
    }

    /// Whether it says that something is not so: true of every name then.
    fn is_denial(self) -> bool {
        use Operator::{Empty, IsNot, NotContains, NotIn, Unequal};
        matches!(self, NotContains | IsNot | Empty | NotIn | Unequal)
    }
}

impl Condition {
    /// Checks Dify's; none where it holds no comparison.
    pub fn of(asked: ConditionRequest) -> Result<Option<Condition>, Problem> {
        let comparisons = asked.conditions.unwrap_or_default();
        refuse_too_many(comparisons.len(), "metadata_condition")?;
        let comparisons = comparisons.into_iter().map(|asked| Ok(Condition::One(Comparison::of(asked)?)));
        let comparisons: Vec<Condition> = comparisons.collect::<Result<_, Problem>>()?;
        let is_empty = comparisons.is_empty();
        let condition = match asked.logical_operator.as_deref() {
            None | Some("and") => Condition::All(comparisons),
            Some("or") => Condition::Any(comparisons),
            Some(_) => return Err(Problem::field("logical_operator", "logical_operator 只能是 and 或 or")),
        };
        Ok((!is_empty).then_some(condition))
    }

    /// Checks OpenAI's. How deep it may go, the JSON reader limits.
    pub fn of_filter(asked: FilterRequest) -> Result<Condition, Problem> {
        let operator = match asked.r#type.as_str() {
            "and" | "or" => {
                let filters = asked.filters.unwrap_or_default();
                refuse_too_many(filters.len(), "filters")?;
                let each = filters.into_iter().map(Condition::of_filter).collect::<Result<_, Problem>>()?;
                return Ok(if asked.r#type == "and" { Condition::All(each) } else { Condition::Any(each) });
            }
            // OpenAI compares texts with `eq` too, where Dify has `is`.
            "eq" => Operator::Is,
            "ne" => Operator::IsNot,
            "gt" => Operator::Greater,
            "gte" => Operator::AtLeast,
            "lt" => Operator::Less,
            "lte" => Operator::AtMost,
            "in" => Operator::In,
            "nin" => Operator::NotIn,
            other => return Err(Problem::field("filters", format!("不认得比较方式“{other}”"))),
        };
        let key = asked.key.ok_or_else(|| Problem::field("filters", "比较要写明 key"))?;
        Ok(Condition::One(Comparison { names: vec![key], operator, value: asked.value }))
    }

    /// Whether metadata fulfil it.
    pub fn holds(&self, metadata: &Map<String, Value>) -> bool {
        match self {
            Condition::All(each) => each.iter().all(|condition| condition.holds(metadata)),
            Condition::Any(each) => each.iter().any(|condition| condition.holds(metadata)),
            Condition::One(comparison) => comparison.holds(metadata),
        }
    }
}

fn refuse_too_many(count: usize, field: &str) -> Result<(), Problem> {
    match count > MOST_COMPARISONS {
        true => Err(Problem::field(field, format!("条件有 {count} 个，最多 {MOST_COMPARISONS} 个"))),
        false => Ok(()),
    }
}

impl Comparison {
    fn of(asked: ComparisonRequest) -> Result<Comparison, Problem> {
        let operator = Operator::parse(&asked.comparison_operator).ok_or_else(|| {
            let detail = format!("不认得比较方式“{}”", asked.comparison_operator);
            Problem::field("comparison_operator", detail)
        })?;
        let names = match asked.name {
            Names::One(name) => vec![name],
            Names::Several(names) => names,
        };
        Ok(Comparison { names, operator, value: asked.value })
    }

    fn holds(&self, metadata: &Map<String, Value>) -> bool {
        let mut each = self.names.iter().map(|name| self.holds_of(metadata.get(name)));
        match self.operator.is_denial() {
            true => each.all(|holds| holds),
            false => each.any(|holds| holds),
        }
    }

    fn holds_of(&self, there: Option<&Value>) -> bool {
        let there = there.map(text_of).unwrap_or_default();
        let wanted = text_of(&self.value);
        let is_there = !there.is_empty();
        let ordered = |wished: &[Ordering]| {
            is_there && compared(&there, &wanted).is_some_and(|found| wished.contains(&found))
        };
        match self.operator {
            Operator::Contains => is_there && there.contains(&wanted),
            Operator::NotContains => !there.contains(&wanted) || !is_there,
            Operator::StartWith => is_there && there.starts_with(&wanted),
            Operator::EndWith => is_there && there.ends_with(&wanted),
            Operator::Is => there == wanted,
            Operator::IsNot => there != wanted,
            Operator::Empty => !is_there,
            Operator::NotEmpty => is_there,
            Operator::In => is_there && list_of(&self.value).contains(&there),
            Operator::NotIn => !list_of(&self.value).contains(&there),
            Operator::Equal => ordered(&[Ordering::Equal]),
            Operator::Unequal => !ordered(&[Ordering::Equal]),
            Operator::Greater | Operator::After => ordered(&[Ordering::Greater]),
            Operator::Less | Operator::Before => ordered(&[Ordering::Less]),
            Operator::AtLeast => ordered(&[Ordering::Greater, Ordering::Equal]),
            Operator::AtMost => ordered(&[Ordering::Less, Ordering::Equal]),
        }
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

/// A list, or a text with commas as Dify's form has it.
fn list_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(text_of).collect(),
        other => text_of(other).split([',', '，']).map(|item| item.trim().to_owned()).collect(),
    }
}

/// As days where one of both is a day, else as numbers; none where they cannot
/// be compared.
fn compared(there: &str, wanted: &str) -> Option<Ordering> {
    match (day_of(there), day_of(wanted)) {
        (Some(there), Some(wanted)) => Some(there.cmp(&wanted)),
        // Dify sends a moment as seconds.
        (Some(there), None) => {
            let moment = jiff::Timestamp::from_second(wanted.parse::<f64>().ok()? as i64).ok()?;
            Some(there.cmp(&moment.to_zoned(jiff::tz::TimeZone::system()).date()))
        }
        (None, _) => there.parse::<f64>().ok()?.partial_cmp(&wanted.parse::<f64>().ok()?),
    }
}

fn day_of(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().or_else(|| text.get(..10)?.parse().ok()).filter(|_| text.contains('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(operator: &str, name: &str, value: Value) -> bool {
        let facts = json!({"category": "户籍/迁移", "region": "210100", "version": 3,
            "effective_from": "2024-05-01", "updated_at": "2026-11-25T08:00:00Z"});
        let asked = json!({"conditions": [
            {"name": name, "comparison_operator": operator, "value": value}]});
        let condition = Condition::of(serde_json::from_value(asked).unwrap()).unwrap().unwrap();
        condition.holds(facts.as_object().unwrap())
    }

    #[test]
    fn every_operator_tells_what_fits_from_what_does_not() {
        for (operator, name, fits, fits_not) in [
            ("contains", "category", json!("迁"), json!("婚")),
            ("not contains", "category", json!("婚"), json!("迁")),
            ("start with", "category", json!("户籍"), json!("迁移")),
            ("end with", "category", json!("迁移"), json!("户籍")),
            ("is", "region", json!("210100"), json!("210000")),
            ("is not", "region", json!("210000"), json!("210100")),
            ("in", "region", json!(["210100", "330100"]), json!(["330100"])),
            ("in", "region", json!("330100, 210100"), json!("330100")),
            ("not in", "region", json!(["330100"]), json!(["210100"])),
            ("=", "version", json!(3), json!(4)),
            ("≠", "version", json!(4), json!("3")),
            (">", "version", json!(2), json!(3)),
            ("<", "version", json!(4), json!(3)),
            ("≥", "version", json!(3), json!(4)),
            ("≤", "version", json!("3"), json!(2)),
            ("before", "effective_from", json!("2024-06-01"), json!("2024-05-01")),
            ("after", "effective_from", json!("2024-04-30"), json!("2024-05-01")),
            ("after", "updated_at", json!("2026-11-24"), json!("2026-11-25")),
            ("before", "effective_from", json!(1_900_000_000), json!(1_000_000_000)),
        ] {
            assert!(holds(operator, name, fits.clone()), "{operator} {fits}");
            assert!(!holds(operator, name, fits_not.clone()), "{operator} {fits_not}");
        }
        assert!(holds("empty", "expires_on", Value::Null) && !holds("empty", "region", Value::Null));
        assert!(holds("not empty", "region", Value::Null) && !holds("not empty", "expires_on", Value::Null));
        assert!(!holds("contains", "expires_on", json!("")), "what is not there contains nothing");
    }
}
