//! A text as it is said aloud: no markup, no addresses of pages, numbers as
//! they are spoken: telephone numbers digit by digit, years likewise, amounts as
//! numbers, dates and times in words.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::plain;

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// What is written, as it is spoken; tried in this order at each place.
static WRITTEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let parts = [
        r"(?P<page>（?(?:https?://|www\.)[^\s（）]+）?)",
        r"(?P<phone>(?:0\d{2,3}[- ]?\d{7,8}|400[- ]?\d{3}[- ]?\d{4}|\b1[3-9]\d{9}\b|\b(?:12\d{3}|9[56]\d{3,4}|1[12]\d)\b(?:[^\d元年月日人个天%％.,]|$)))",
        r"(?P<date>(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2}))",
        r"(?P<time>(?P<hour>\d{1,2})[:：](?P<minute>\d{2}))",
        r"(?P<bracket>〔(?P<issued>\d{4})〕)",
        r"(?P<spelt>\d{4})年",
        r"(?P<percent>\d+(?:\.\d+)?)[%％]",
        r"(?P<number>\d+(?:\.\d+)?)",
    ];
    Regex::new(&parts.join("|")).ok()
});

/// The text as it is said.
pub fn speech(markdown: &str) -> String {
    let text = plain(markdown);
    let lines: Vec<&str> = text.lines().map(|line| line.trim_start_matches('·').trim()).collect();
    let mut flat = String::new();
    for line in lines.into_iter().filter(|line| !line.is_empty()) {
        flat.push_str(line);
        if !line.ends_with(['。', '！', '？', '；', '：', '，', '.', '!', '?', ';']) {
            flat.push('。');
        }
    }
    match &*WRITTEN {
        Some(written) => {
            written.replace_all(&between_numbers(&flat), |found: &Captures<'_>| said(found)).into_owned()
        }
        None => flat,
    }
}

/// 9:00-11:30 is said 9:00至11:30; 3～5 likewise.
fn between_numbers(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let is_time = |at: usize| signs.get(at).is_some_and(|sign| matches!(sign, ':' | '：'));
    let is_digit = |at: usize| signs.get(at).is_some_and(char::is_ascii_digit);
    let mut out = String::with_capacity(text.len());
    for (at, sign) in signs.iter().enumerate() {
        let stands_between = at > 0 && is_digit(at - 1) && is_digit(at + 1);
        let after_time = at > 3 && is_time(at - 3);
        match sign {
            '~' | '～' | '—' if stands_between => out.push('至'),
            '-' if stands_between && after_time => out.push('至'),
            _ => out.push(*sign),
        }
    }
    out
}

fn said(found: &Captures<'_>) -> String {
    let text = |name: &str| found.name(name).map(|part| part.as_str());
    let whole = |name: &str| text(name).and_then(|digits| digits.parse::<u64>().ok()).map(number);
    if text("page").is_some() {
        return String::new();
    }
    if let Some(phone) = text("phone") {
        return spell(phone, '幺');
    }
    if let (Some(year), Some(month), Some(day)) = (text("year"), whole("month"), whole("day")) {
        return format!("{}年{month}月{day}日", spell(year, '一'));
    }
    if let (Some(hour), Some(minute)) = (whole("hour"), text("minute")) {
        return match minute {
            "00" => format!("{hour}点"),
            "30" => format!("{hour}点半"),
            _ => format!("{hour}点{}分", whole("minute").unwrap_or_default()),
        };
    }
    if let Some(issued) = text("issued") {
        return format!("{}年", spell(issued, '一'));
    }
    if let Some(year) = text("spelt") {
        return format!("{}年", spell(year, '一'));
    }
    if let Some(percent) = text("percent") {
        return format!("百分之{}", decimal(percent));
    }
    text("number").map(decimal).unwrap_or_default()
}

/// Digit by digit; whatever is no digit goes, but for what follows the number.
fn spell(digits: &str, one: char) -> String {
    let spelt =
        digits.chars().filter(|sign| !matches!(sign, '-' | ' ')).map(|sign| match sign.to_digit(10) {
            Some(1) => one,
            Some(digit) => DIGITS[digit as usize],
            None => sign,
        });
    spelt.collect()
}

fn decimal(text: &str) -> String {
    let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    // Longer ones name something; they count nothing.
    let whole = match whole.parse::<u64>() {
        Ok(value) if whole.len() <= 12 && (whole == "0" || !whole.starts_with('0')) => number(value),
        _ => spell(whole, '一'),
    };
    part.map_or(whole.clone(), |part| format!("{whole}点{}", spell(part, '一')))
}

/// 3005 → 三千零五
fn number(value: u64) -> String {
    if value == 0 {
        return "零".to_owned();
    }
    for (size, name) in [(100_000_000, "亿"), (10_000, "万")] {
        if value >= size {
            let (high, low) = (value / size, value % size);
            let gap = if low > 0 && low < size / 10 { "零" } else { "" };
            let low = if low == 0 { String::new() } else { number_within(low) };
            return format!("{}{name}{gap}{low}", number(high));
        }
    }
    let said = number_within(value);
    // 十五, not 一十五.
    said.strip_prefix("一十").map_or(said.clone(), |rest| format!("十{rest}"))
}

/// The same after a higher part: 一万零一十.
fn number_within(value: u64) -> String {
    if value >= 10_000 {
        return number(value);
    }
    let mut said = String::new();
    let mut skipped = false;
    for (size, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        match (value / size % 10) as usize {
            0 => skipped = !said.is_empty(),
            digit => {
                if skipped {
                    said.push('零');
                }
                skipped = false;
                said.push(DIGITS[digit]);
                said.push_str(name);
            }
        }
    }
    said
}

/// The beginning of a text up to the end of a sentence, of at most so many
/// characters; a first sentence that is longer is cut at a comma.
pub fn sentence(text: &str, most_chars: usize) -> String {
    if text.chars().count() <= most_chars {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(most_chars).collect();
    let end = beginning.rfind(['。', '！', '？', '；']).or_else(|| beginning.rfind('，'));
    let kept = end.map_or(beginning.as_str(), |end| &beginning[..end]);
    format!("{kept}。")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        for (written, said) in [
            ("拨打12345热线", "拨打幺二三四五热线。"),
            ("电话024-12345678", "电话零二四幺二三四五六七八。"),
            ("共12345元", "共一万二千三百四十五元。"),
            ("2026-11-25起", "二零二六年十一月二十五日起。"),
            ("2020年", "二零二零年。"),
            ("国办发〔2020〕53号", "国办发二零二零年五十三号。"),
            ("9:00-11:30", "九点至十一点半。"),
            ("15个工作日", "十五个工作日。"),
            ("按0.5%缴纳", "按百分之零点五缴纳。"),
            ("10010元", "一万零一十元。"),
            ("3005元", "三千零五元。"),
            ("20000元", "二万元。"),
            ("满3～5年", "满三至五年。"),
            ("见https://example.org/a?b=1", "见。"),
            ("110", "幺幺零。"),
        ] {
            assert_eq!(speech(written), said, "{written}");
        }
    }

    #[test]
    fn a_table_is_said_row_by_row() {
        assert_eq!(speech("| 事项 | 费用 |\n|---|---|\n| 补领 | 40元 |"), "事项：补领；费用：四十元。");
    }

    #[test]
    fn a_long_text_ends_with_a_sentence() {
        assert_eq!(sentence("一句话。第二句话很长很长", 6), "一句话。");
    }
}
