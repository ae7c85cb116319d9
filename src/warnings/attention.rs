//! What needs attention whatever its number: rules the editors write, a plain
//! file of the corpus folder. A rule is a name and what a question says:
//!
//! ```text
//! # 名称 = 写法, 写法, …
//! 安全隐患 = 燃气泄漏, 煤气+漏, 墙*裂, -演练
//! ```
//!
//! A wording matches where its pieces stand in the question: `+` both, in any
//! order; `*` the second at most twelve characters after the first. `-` before
//! a wording: a question that says it is none of the rule's. Lines of one name
//! are one rule.

use crate::text::normalise;

/// The file in the corpus folder.
pub const ATTENTION: &str = "attention.txt";
/// The rules that ship with the program.
const SHIPPED: &str = include_str!("../../corpus/attention.txt");
const MAX_NAME_CHARS: usize = 20;
const MAX_PIECE_CHARS: usize = 20;
/// Most wordings of all rules: a question is held against each.
const MAX_WORDINGS: usize = 5_000;
/// How far apart the pieces around a `*` may stand.
const GAP_CHARS: usize = 12;

/// A line that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttentionError {
    /// From 1.
    pub line: usize,
    /// Stable code: `attention_malformed`.
    pub code: &'static str,
    /// The reason and what to do, in Chinese.
    pub message: String,
}

/// All rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attention {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Rule {
    name: String,
    wordings: Vec<Wording>,
    unless: Vec<Wording>,
}

/// Parts that have to stand in a question, each of pieces one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wording(Vec<Vec<String>>);

impl Attention {
    /// The text of the rules that ship with the program.
    pub fn shipped() -> &'static str {
        SHIPPED
    }

    /// Reads rules; lines that cannot be used are named and left out.
    pub fn parse(text: &str) -> (Attention, Vec<AttentionError>) {
        let mut attention = Attention::default();
        let mut errors = Vec::new();
        let mut wordings = 0;
        for (line, row) in (1..).zip(text.lines()) {
            let row = row.trim().trim_start_matches('\u{feff}');
            if row.is_empty() || row.starts_with('#') {
                continue;
            }
            match rule_of(row) {
                Ok(rule) => {
                    wordings += rule.wordings.len() + rule.unless.len();
                    if wordings > MAX_WORDINGS {
                        let message = format!("写法超过 {MAX_WORDINGS} 个，请合并或删去不用的");
                        errors.push(AttentionError { line, code: "attention_too_many", message });
                        break;
                    }
                    attention.add(rule);
                }
                Err((code, message)) => errors.push(AttentionError { line, code, message }),
            }
        }
        for rule in attention.rules.iter().filter(|rule| rule.wordings.is_empty()) {
            let message = format!("“{}”只有要排除的（-），没有要找的写法", rule.name);
            let line = text.lines().position(|row| row.trim().starts_with(&rule.name)).map_or(1, |at| at + 1);
            errors.push(AttentionError { line, code: "attention_excludes_only", message });
        }
        attention.rules.retain(|rule| !rule.wordings.is_empty());
        (attention, errors)
    }

    fn add(&mut self, rule: Rule) {
        match self.rules.iter_mut().find(|known| known.name == rule.name) {
            Some(known) => {
                known.wordings.extend(rule.wordings);
                known.unless.extend(rule.unless);
            }
            None => self.rules.push(rule),
        }
    }

    /// The names of the rules a text falls under, in their order.
    pub fn of(&self, text: &str) -> Vec<&str> {
        let text = normalise(text);
        let says = |wording: &Wording| wording.is_in(&text);
        self.rules
            .iter()
            .filter(|rule| rule.wordings.iter().any(says) && !rule.unless.iter().any(says))
            .map(|rule| rule.name.as_str())
            .collect()
    }
}

type Malformed = (&'static str, String);

fn rule_of(row: &str) -> Result<Rule, Malformed> {
    let malformed = || ("attention_malformed", "这一行要写成“名称 = 写法, 写法”".to_owned());
    let (name, list) = row.split_once(['=', '＝']).ok_or_else(malformed)?;
    let name = name.trim();
    if name.is_empty() {
        return Err(malformed());
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(("attention_too_long", format!("名称“{name}”超过 {MAX_NAME_CHARS} 个字，请缩短")));
    }
    let mut rule = Rule { name: name.to_owned(), ..Rule::default() };
    for written in list.split([',', '，', '、']).map(str::trim).filter(|written| !written.is_empty()) {
        match written.strip_prefix(['-', '－']) {
            Some(unless) => rule.unless.push(wording_of(unless)?),
            None => rule.wordings.push(wording_of(written)?),
        }
    }
    if rule.wordings.is_empty() && rule.unless.is_empty() { Err(malformed()) } else { Ok(rule) }
}

fn wording_of(written: &str) -> Result<Wording, Malformed> {
    let piece = |piece: &str| {
        let piece = normalise(piece.trim());
        match piece.chars().count() {
            0 => Err(("attention_empty", format!("“{written}”里 + 或 * 的一边是空的"))),
            1..=MAX_PIECE_CHARS => Ok(piece),
            _ => Err(("attention_too_long", format!("“{piece}”超过 {MAX_PIECE_CHARS} 个字，请缩短"))),
        }
    };
    let parts = written.split(['+', '＋']).map(|part| part.split(['*', '＊']).map(piece).collect());
    let parts: Vec<Vec<String>> = parts.collect::<Result<_, Malformed>>()?;
    // A single character would be in every other question.
    if parts.len() == 1 && parts[0].len() == 1 && parts[0][0].chars().count() < 2 {
        return Err((
            "attention_too_short",
            format!("“{written}”只有一个字，几乎每个问题都会碰上，请写长些"),
        ));
    }
    Ok(Wording(parts))
}

impl Wording {
    fn is_in(&self, text: &str) -> bool {
        self.0.iter().all(|pieces| stands(pieces, text))
    }
}

/// Whether pieces stand in a text one after the other, near enough.
fn stands(pieces: &[String], text: &str) -> bool {
    let [first, rest @ ..] = pieces else { return true };
    text.match_indices(first.as_str()).any(|(at, _)| follow(rest, &text[at + first.len()..]))
}

fn follow(pieces: &[String], text: &str) -> bool {
    let [next, rest @ ..] = pieces else { return true };
    let near = |at: usize| text[..at].chars().count() <= GAP_CHARS;
    text.match_indices(next.as_str())
        .take_while(|(at, _)| near(*at))
        .any(|(at, _)| follow(rest, &text[at + next.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Attention {
        let (attention, errors) = Attention::parse(text);
        assert_eq!(errors, []);
        attention
    }

    #[test]
    fn a_wording_is_pieces_in_a_question() {
        let attention =
            rules("安全隐患 = 燃气泄漏, 煤气+漏, 墙*裂, -演练\n涉警 = 民警+打人\n安全隐患 = 触電\n# 注释");
        for (text, names) in [
            ("小区燃气泄漏没人管", vec!["安全隐患"]),
            ("漏了好几天的是煤气", vec!["安全隐患"]),
            ("墙上裂了一道缝", vec!["安全隐患"]),
            ("墙刚刷过，请问楼下新修的那条马路为什么又开裂", vec![]),
            ("裂了的墙", vec![]),
            ("燃气泄漏演练几点", vec![]),
            ("有人触电", vec!["安全隐患"]),
            ("民警在燃氣泄漏现场打人", vec!["安全隐患", "涉警"]),
            ("怎么办身份证", vec![]),
        ] {
            assert_eq!(attention.of(text), names, "{text}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_used_is_named() {
        let long = "很".repeat(21);
        let text = format!(
            "没有等号\n= 甲乙\n{long} = 甲乙\n规则 = {long}\n规则 = 墙+\n规则 = 裂\n规则 =\n只排除 = -演练\n好 = 坍塌"
        );
        let (attention, errors) = Attention::parse(&text);
        let lines: Vec<(usize, &str)> = errors.iter().map(|error| (error.line, error.code)).collect();
        let malformed = "attention_malformed";
        assert_eq!(
            lines,
            [
                (1, malformed),
                (2, malformed),
                (3, "attention_too_long"),
                (4, "attention_too_long"),
                (5, "attention_empty"),
                (6, "attention_too_short"),
                (7, malformed),
                (8, "attention_excludes_only"),
            ]
        );
        assert_eq!(attention.of("楼坍塌了"), ["好"]);
    }

    #[test]
    fn the_shipped_rules_are_in_order_and_leave_everyday_questions_alone() {
        let attention = rules(Attention::shipped());
        for (text, name) in
            [("楼道里燃气泄漏", "安全隐患"), ("派出所民警打人", "涉警违纪"), ("办事窗口吃拿卡要", "营商环境")]
        {
            assert!(attention.of(text).contains(&name), "{text}: {:?}", attention.of(text));
        }
        for text in [
            "身份证丢了怎么补办",
            "燃气费怎么交",
            "到派出所办户口要带什么",
            "企业开办流程",
            "电动车上牌",
            "报警电话是多少",
        ] {
            assert_eq!(attention.of(text), [""; 0], "{text}");
        }
    }
}
