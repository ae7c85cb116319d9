//! What an official document says about itself: who issued it, its number, its
//! dates, how long it holds and what it repeals. All of it is proposed: filled
//! in where nothing else says it, and shown to the editor.

use std::fmt;
use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::Date;
use regex::Regex;

use super::document::Document;
use super::markdown::Block;
use crate::entry::{Entry, Finding};
use crate::text::parse_numeral;

/// Paragraphs at the head of a document that can hold its own number.
const HEAD_BLOCKS: usize = 15;
/// Paragraphs at its end that can hold issuer and date.
const TAIL_BLOCKS: usize = 12;
/// Longest line that is a signature.
const LONGEST_SIGNATURE_CHARS: usize = 40;

const DAY: &str = r"(?:[12]\d{3}|[〇零○О0一二三四五六七八九]{4})\s*年\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*月\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*日";
const NUMBER: &str =
    r"[\p{Han}A-Za-z]{1,15}\s*[〔\[［【（(]\s*(?:19|20)\d{2}\s*[〕\]］】）)]\s*第?\s*\d{1,5}\s*号";
const SELF: &str = r"(?:本(?:办法|规定|通知|意见|细则|方案|条例|文件|文|规则|决定|公告|规范|措施|政策|制度|通告|标准|章程|暂行办法|实施细则|指南)|^\s*自|^\s*有效期)";

fn compiled(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static ONLY_NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(&format!(r"^\s*({NUMBER})\s*$")));
static ONLY_DAY: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(&format!(r"^\s*({DAY})\s*$")));
static DAY_PARTS: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(r"^(\S{4})\s*年\s*(\S{1,3})\s*月\s*(\S{1,3})\s*日"));
static FROM_DAY: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(&format!(r"自\s*({DAY})\s*起(?:正式)?\s*(?:施行|实施|执行|生效)")));
static FROM_ISSUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"自(?:公布|发布|印发|发文|公告|下发)之日起\s*(?:满?\s*(\d{1,3})\s*(?:个?工作)?[日天]后?)?\s*(?:正式)?(?:施行|实施|执行|生效)",
    )
});
static HOLDS_YEARS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(r"有效期(?:限)?\s*(?:为|是|：|:)?\s*(\d{1,2}|[一二三四五六七八九十两]{1,2})\s*年")
});
static HOLDS_UNTIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(&format!(r"有效期(?:限)?\s*(?:截止|截至|至|到|为至)\s*({DAY})")));
static OWN: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(SELF));
static NAMED: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(&format!(r"《([^《》]{{2,100}})》\s*(?:[（(]\s*({NUMBER})\s*[）)])?")));
static SIGNATURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"^\p{Han}{2,36}(?:政府|办公厅|办公室|委员会|厅|局|部|委|院|中心|会|署|总署|管理处|总队|支队|银行|税务局|法院|检察院)$",
    )
});

/// A document that another one repeals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repealed {
    pub title: String,
    /// Where the text gives it.
    pub number: Option<String>,
}

impl fmt::Display for Repealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.number {
            Some(number) => write!(f, "《{}》（{number}）", self.title),
            None => write!(f, "《{}》", self.title),
        }
    }
}

/// The documents that a text says it repeals (同时废止, 予以废止).
pub fn repealed(text: &str) -> Vec<Repealed> {
    text.split(['。', '；', '\n']).flat_map(repealed_in).collect()
}

fn repealed_in(sentence: &str) -> impl Iterator<Item = Repealed> {
    let repeals = sentence.contains("同时废止") || sentence.contains("予以废止");
    let named = NAMED.as_ref().filter(|_| repeals).into_iter();
    named.flat_map(|named| named.captures_iter(sentence)).map(|found| Repealed {
        title: found[1].to_owned(),
        number: found.get(2).map(|number| number.as_str().to_owned()),
    })
}

/// What was read; every part is a proposal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Proposed {
    pub issuer: Option<String>,
    pub number: Option<String>,
    /// 成文日期, else 发布日期.
    pub issued_on: Option<Date>,
    pub effective_from: Option<Date>,
    pub expires_on: Option<Date>,
    pub link: Option<String>,
    /// Titles with their numbers where given: `《示例办法》（示例〔2019〕3号）`.
    pub repeals: Vec<String>,
}

pub(super) fn read(document: &Document, title: &str) -> Proposed {
    let texts: Vec<&str> = document.blocks.iter().filter_map(Block::text).map(str::trim).collect();
    let label = |names: &[&str]| {
        let value = document.labels.iter().find(|(name, _)| names.contains(&name.as_str()));
        value.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let day_label = |names: &[&str]| label(names).and_then(|text| day_in(&text));
    let (signed_by, signed_on) = signature(&texts, title);
    let mut proposed = Proposed {
        issuer: label(&["发文机关", "发布机构", "发文单位", "制定机关", "发布单位"])
            .or(signed_by)
            .or_else(|| label(&["ContentSource"])),
        number: label(&["发文字号", "文号", "文件编号", "发文文号"])
            .filter(|number| number.ends_with('号'))
            .or_else(|| own_number(&texts)),
        issued_on: day_label(&["成文日期", "发文日期", "印发日期"])
            .or(signed_on)
            .or_else(|| day_label(&["发布日期", "公开日期", "PubDate"])),
        link: label(&["Url"]).filter(|link| link.starts_with("http")),
        ..Proposed::default()
    };
    for sentence in texts.iter().flat_map(|text| text.split(['。', '；', '\n'])) {
        proposed.read_sentence(sentence);
    }
    proposed.effective_from =
        proposed.effective_from.or_else(|| day_label(&["施行日期", "实施日期", "生效日期"]));
    proposed.expires_on = proposed.expires_on.or_else(|| day_label(&["失效日期", "有效期至", "废止日期"]));
    proposed
}

impl Proposed {
    fn read_sentence(&mut self, sentence: &str) {
        let is_own = OWN.as_ref().is_some_and(|own| own.is_match(sentence));
        if is_own && self.effective_from.is_none() {
            self.effective_from = self.start_in(sentence);
        }
        if is_own && self.expires_on.is_none() {
            self.expires_on = self.end_in(sentence);
        }
        self.repeals.extend(repealed_in(sentence).map(|repealed| repealed.to_string()));
    }

    fn start_in(&self, sentence: &str) -> Option<Date> {
        if let Some(found) = FROM_DAY.as_ref().and_then(|pattern| pattern.captures(sentence)) {
            return day_in(&found[1]);
        }
        let found = FROM_ISSUE.as_ref()?.captures(sentence)?;
        let wait: i64 = found.get(1).map_or(Some(0), |days| days.as_str().parse().ok())?;
        // Working days need a calendar of holidays: nothing is proposed.
        if found[0].contains("工作") {
            return None;
        }
        self.issued_on?.checked_add(wait.days()).ok()
    }

    fn end_in(&self, sentence: &str) -> Option<Date> {
        if let Some(found) = HOLDS_UNTIL.as_ref().and_then(|pattern| pattern.captures(sentence)) {
            return day_in(&found[1]);
        }
        let years = parse_numeral(&HOLDS_YEARS.as_ref()?.captures(sentence)?[1])?;
        let after = self.effective_from.or(self.issued_on)?.checked_add(i64::from(years).years()).ok()?;
        after.yesterday().ok()
    }
}

/// The number that stands by itself in the head of a document.
fn own_number(texts: &[&str]) -> Option<String> {
    let pattern = ONLY_NUMBER.as_ref()?;
    let found = texts.iter().take(HEAD_BLOCKS).find_map(|text| pattern.captures(text))?;
    Some(found[1].split_whitespace().collect())
}

/// Issuer and date under a document: a line with a body's name, a line with a day.
fn signature(texts: &[&str], title: &str) -> (Option<String>, Option<Date>) {
    let Some(only_day) = ONLY_DAY.as_ref() else { return (None, None) };
    let tail = texts.len().saturating_sub(TAIL_BLOCKS);
    let Some(at) = (tail..texts.len()).find(|&at| only_day.is_match(texts[at])) else { return (None, None) };
    let signed_by = at.checked_sub(1).map(|before| super::markdown::tidied(texts[before])).filter(|name| {
        name != title
            && name.chars().count() <= LONGEST_SIGNATURE_CHARS
            && SIGNATURE.as_ref().is_some_and(|signature| signature.is_match(name))
    });
    (signed_by, day_in(texts[at]))
}

/// The first day in a text, in digits or in Chinese numerals.
fn day_in(text: &str) -> Option<Date> {
    static ANY_DAY: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(DAY));
    static PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"));
    let Some(found) = ANY_DAY.as_ref()?.find(text) else {
        return super::parse_date(PLAIN.as_ref()?.find(text)?.as_str());
    };
    let parts = DAY_PARTS.as_ref()?.captures(found.as_str())?;
    let year: String = parts[1].chars().map(digit).collect::<Option<String>>()?;
    let number = |text: &str| parse_numeral(text).and_then(|number| i8::try_from(number).ok());
    Date::new(year.parse().ok()?, number(&parts[2])?, number(&parts[3])?).ok()
}

fn digit(character: char) -> Option<char> {
    match character {
        '〇' | '零' | '○' | 'О' => Some('0'),
        '0'..='9' => Some(character),
        other => parse_numeral(&other.to_string()).and_then(|digit| char::from_digit(digit, 10)),
    }
}

/// Fills an entry's empty fields; what it says itself wins.
pub(super) fn fill(proposed: &Proposed, entry: &mut Entry) {
    for source in &mut entry.source {
        source.issuer = source.issuer.take().or_else(|| proposed.issuer.clone());
        source.number = source.number.take().or_else(|| proposed.number.clone());
        source.date = source.date.or(proposed.issued_on);
        source.link = source.link.take().or_else(|| proposed.link.clone());
    }
    if entry.department.is_empty() {
        entry.department = proposed.issuer.clone().unwrap_or_default();
    }
    let from = entry.effective_from.or(proposed.effective_from);
    let until = entry.expires_on.or(proposed.expires_on);
    // Two readings that contradict each other are not filled in; the findings show both.
    if from.zip(until).is_none_or(|(from, until)| from <= until) {
        (entry.effective_from, entry.expires_on) = (from, until);
    }
}

/// A finding for everything that was proposed.
pub(super) fn findings(proposed: &Proposed) -> Vec<Finding> {
    let day = |date: Option<Date>| date.map(|date| date.to_string());
    let parts = [
        ("source.issuer", "发文机关", proposed.issuer.clone()),
        ("source.number", "文号", proposed.number.clone()),
        ("source.date", "成文（发布）日期", day(proposed.issued_on)),
        ("effective_from", "施行日期", day(proposed.effective_from)),
        ("expires_on", "最后有效的一天", day(proposed.expires_on)),
    ];
    let mut findings: Vec<Finding> = parts
        .into_iter()
        .filter_map(|(field, name, value)| Some((field, name, value?)))
        .map(|(field, name, value)| {
            Finding::warning("metadata_proposed", field, format!("从正文读出{name} {value}，请核对"))
        })
        .collect();
    if !proposed.repeals.is_empty() {
        let message = format!("正文说同时废止{}，请把知识库里相应的条目停用", proposed.repeals.join("、"));
        findings.push(Finding::warning("repeals", "", message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn document(paragraphs: &[&str]) -> Document {
        let blocks = paragraphs.iter().map(|text| Block::Paragraph((*text).to_owned())).collect();
        Document { blocks, ..Document::default() }
    }

    #[test]
    fn a_document_says_what_it_is() {
        let read = read(
            &document(&[
                "示例〔2026〕1号",
                "各区人民政府：",
                "身份证有效期10年。婴儿费用自2020年5月1日起执行。根据《上级办法》（上例〔2019〕7号）制定。",
                "本办法自2026年1月1日起施行，有效期5年。《旧办法》（示例〔2019〕3号）同时废止。",
                "示例市人力资源和社会保障局",
                "二〇二五年十二月二十日",
            ]),
            "示例办法",
        );
        assert_eq!(
            read,
            Proposed {
                issuer: Some("示例市人力资源和社会保障局".to_owned()),
                number: Some("示例〔2026〕1号".to_owned()),
                issued_on: Some(date(2025, 12, 20)),
                effective_from: Some(date(2026, 1, 1)),
                expires_on: Some(date(2030, 12, 31)),
                link: None,
                repeals: vec!["《旧办法》（示例〔2019〕3号）".to_owned()],
            }
        );
    }

    #[test]
    fn a_day_of_issue_starts_it() {
        let text = [
            "正文。",
            "本通知自印发之日起30日后施行，有效期至2028年6月30日。",
            "示例市医疗保障局",
            "2026年6月1日",
        ];
        let read = read(&document(&text), "通知");
        assert_eq!(read.effective_from, Some(date(2026, 7, 1)));
        assert_eq!(read.expires_on, Some(date(2028, 6, 30)));
    }

    #[test]
    fn what_is_no_statement_about_the_document_is_not_taken() {
        let text = ["申请人应当提交有效期内的许可证，许可证有效期为5年。", "缴费标准自2024年7月1日起执行。"];
        assert_eq!(read(&document(&text), "指南"), Proposed::default());
    }

    #[test]
    fn what_an_entry_says_itself_wins() {
        let mut entry = Entry::new("a", crate::entry::Kind::Policy, "a");
        entry.effective_from = Some(date(2024, 1, 1));
        let proposed = Proposed {
            effective_from: Some(date(2026, 1, 1)),
            expires_on: Some(date(2027, 1, 1)),
            ..Proposed::default()
        };
        fill(&proposed, &mut entry);
        assert_eq!(
            (entry.effective_from, entry.expires_on),
            (Some(date(2024, 1, 1)), Some(date(2027, 1, 1)))
        );
    }
}
