//! Finds the quantities of a normalised text.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::units::{UNITS, Unit, bound_of, is_another_word};
use super::{Bound, Measure, Quantity, Scale};
use crate::text::parse_numeral;

const NUMBER: &str = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千]+)[百千]?[万亿]?(?:[零一二三四五六七八九十百千]+)?";

static QUANTITY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let units: Vec<String> = UNITS.iter().map(|unit| regex::escape(unit.name)).collect();
    let pattern = format!(
        r"(?P<one>{NUMBER}|半|首|初|头)(?P<vague>多|余|来)?(?:\s*(?:至|到|~|-|—|–)\s*(?P<two>{NUMBER}))?\s*(?P<unit>{})",
        units.join("|")
    );
    Regex::new(&pattern).ok()
});
static FRACTION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"(?P<whole>百|千|{NUMBER})分之(?P<part>{NUMBER})")).ok());
static RECURRING: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[每按逐]个?(?P<unit>年|月|季度|星期|周|天|日)").ok());

/// Longest text between two quantities that are the ends of one range.
const LONGEST_LINK_CHARS: usize = 6;

/// The quantities of a normalised text, in order.
pub fn quantities(normalised: &str) -> Vec<Quantity> {
    let (Some(quantity), Some(fraction), Some(recurring)) =
        (QUANTITY.as_ref(), FRACTION.as_ref(), RECURRING.as_ref())
    else {
        return Vec::new();
    };
    let mut found: Vec<Quantity> =
        fraction.captures_iter(normalised).filter_map(|captures| share_of(normalised, &captures)).collect();
    found.extend(recurring.captures_iter(normalised).filter_map(|captures| period_of(&captures)));
    let mut at = 0;
    while let Some(captures) = quantity.captures_at(normalised, at) {
        let Some(whole) = captures.get(0) else { break };
        at = whole.end();
        let is_free = |known: &Quantity| known.end_byte <= whole.start() || known.start_byte >= whole.end();
        if found.iter().all(is_free)
            && let Some(quantity) = quantity_of(normalised, &captures)
        {
            found.push(quantity);
        }
    }
    found.sort_by_key(|quantity| quantity.start_byte);
    joined(normalised, found)
}

fn quantity_of(text: &str, captures: &Captures<'_>) -> Option<Quantity> {
    let whole = captures.get(0)?;
    let unit = UNITS.iter().find(|unit| unit.name == &captures["unit"])?;
    let (before, after) = (&text[..whole.start()], &text[whole.end()..]);
    let one = &captures["one"];
    if is_another_word(unit, after) || !is_plausible(unit, one, before, after) {
        return None;
    }
    let first = match one {
        "半" => 0.5,
        "首" | "初" | "头" => 1.0,
        _ => number_of(one)?,
    };
    let second = captures.name("two").map(|two| number_of(two.as_str()));
    if second == Some(None) {
        return None;
    }
    let measured = |number: f64| (number + unit.more) * unit.size;
    let mut quantity = Quantity {
        measure: unit.measure,
        scale: unit.scale,
        bound: bound_of(before, after),
        numbers: std::iter::once(first).chain(second.flatten()).map(measured).collect(),
        start_byte: whole.start(),
        end_byte: whole.end(),
    };
    if quantity.numbers.len() == 2 {
        quantity.bound = Bound::Between;
    } else if unit.is_vague || captures.name("vague").is_some() {
        // 六十多岁 is less than seventy, 三个多月 less than four.
        let step = if first >= 20.0 { 10.0 } else { 1.0 };
        quantity.numbers.push(measured(first + step));
        quantity.bound = Bound::Between;
    }
    let is_year = unit.name == "年" && (is_calendar_year(one) || is_short_year(one, after));
    if is_year {
        let short = |year: f64| if year < 100.0 { year + 2000.0 } else { year };
        let numbers = quantity.numbers.iter().map(|days| short((days / unit.size).round())).collect();
        quantity = Quantity { measure: Measure::Year, scale: Scale::Other, numbers, ..quantity };
    }
    Some(quantity)
}

/// What is written like a quantity and means something else.
fn is_plausible(unit: &Unit, number: &str, before: &str, after: &str) -> bool {
    let is_ordinal = before.ends_with('第');
    let is_lone_one = matches!(number, "一" | "1");
    let is_one_of_another_word =
        number.starts_with('一') && before.ends_with(['统', '同', '唯', '单', '之', '万', '专', '逐', '任']);
    if is_one_of_another_word {
        return false;
    }
    match (number, unit.measure) {
        ("半", Measure::Duration) => !before.ends_with(['上', '下', '前', '后', '大', '小']),
        ("半", _) => false,
        ("首" | "初" | "头", Measure::Times | Measure::Homes | Measure::Children) => true,
        ("首" | "初" | "头", _) => false,
        (_, Measure::Duration) if is_ordinal => false,
        (_, Measure::Duration) if unit.name == "日" || unit.name == "天" => {
            !before.ends_with(['月', '/', '-', '.', '每', '同', '当'])
        }
        (_, Measure::Times) => is_ordinal || !is_lone_one,
        (_, Measure::People) => !is_lone_one && !is_ordinal,
        (_, Measure::Homes) if unit.name == "套" => {
            is_ordinal
                || before.is_empty()
                || matches!(number, "二" | "两") && !before.ends_with(['印', '份'])
        }
        (_, Measure::Money) if unit.name == "块" => number.chars().count() > 1 || number.is_ascii(),
        (_, Measure::Points) => {
            number.is_ascii() && !after.starts_with('数')
                || before.ends_with(['扣', '记', '了', '满', '清', '得', '罚'])
        }
        (_, Measure::Children) => {
            unit.name != "孩" || is_ordinal || !is_lone_one || after.starts_with(['证', '家'])
        }
        _ => true,
    }
}

fn is_calendar_year(number: &str) -> bool {
    number.chars().count() == 4 && number_of(number).is_some_and(|year| (1900.0..2100.0).contains(&year))
}

/// 19年5月
fn is_short_year(number: &str, after: &str) -> bool {
    let digits =
        after.chars().take_while(|sign| sign.is_ascii_digit() || "一二三四五六七八九十".contains(*sign));
    let length: usize = digits.map(char::len_utf8).sum();
    number.len() == 2 && number.is_ascii() && length > 0 && after[length..].starts_with('月')
}

/// Reads 1,200 and 3.5 and 一千二百 and 20万 and 二〇一九.
fn number_of(text: &str) -> Option<f64> {
    let plain: String = text.chars().filter(|sign| *sign != ',').collect();
    if let Some((head, tail)) = plain.split_once(['万', '亿']) {
        let size = if plain.contains('亿') { 100_000_000.0 } else { 10_000.0 };
        let rest = if tail.is_empty() { 0.0 } else { number_of(tail)? };
        return Some(number_of(head)? * size + rest);
    }
    if let Ok(number) = plain.parse::<f64>() {
        return Some(number);
    }
    for (sign, size) in [('百', 100.0), ('千', 1_000.0)] {
        if let Some(number) = plain.strip_suffix(sign).and_then(|head| head.parse::<f64>().ok()) {
            return Some(number * size);
        }
    }
    let digits = |sign: char| "零一二三四五六七八九".chars().position(|digit| digit == sign);
    let is_year = plain.chars().count() == 4 && !plain.contains(['十', '百', '千']);
    if is_year {
        let signs = plain.replace('〇', "零");
        let year = signs.chars().map(digits).try_fold(0, |year, digit| Some(year * 10 + digit?));
        return year.map(|year| year as f64);
    }
    parse_numeral(&plain).map(f64::from)
}

/// 三分之一, 百分之二十
fn share_of(text: &str, captures: &Captures<'_>) -> Option<Quantity> {
    let whole = captures.get(0)?;
    let of = match &captures["whole"] {
        "百" => 100.0,
        "千" => 1_000.0,
        number => number_of(number)?,
    };
    let part = number_of(&captures["part"])?;
    (of > 0.0).then(|| Quantity {
        measure: Measure::Share,
        scale: Scale::Other,
        bound: bound_of(&text[..whole.start()], &text[whole.end()..]),
        numbers: vec![part / of * 100.0],
        start_byte: whole.start(),
        end_byte: whole.end(),
    })
}

/// 每年, 按月
fn period_of(captures: &Captures<'_>) -> Option<Quantity> {
    let whole = captures.get(0)?;
    let name = if &captures["unit"] == "月" { "个月" } else { &captures["unit"] };
    let unit = UNITS.iter().find(|unit| unit.name == name)?;
    Some(Quantity {
        measure: unit.measure,
        scale: unit.scale,
        bound: Bound::Every,
        numbers: vec![unit.size],
        start_byte: whole.start(),
        end_byte: whole.end(),
    })
}

/// Puts together what is one quantity in two pieces: 1年6个月, 3年至5年, 满一年不满十年.
fn joined(text: &str, found: Vec<Quantity>) -> Vec<Quantity> {
    let mut all: Vec<Quantity> = Vec::with_capacity(found.len());
    for next in found {
        let Some(last) = all.last_mut().filter(|last| last.measure == next.measure) else {
            all.push(next);
            continue;
        };
        let link = text.get(last.end_byte..next.start_byte).unwrap_or_default().trim();
        let is_sum = last.measure == Measure::Duration
            && matches!(link, "" | "零" | "又")
            && last.bound != Bound::Every
            && last.numbers.len() == 1
            && next.numbers.len() == 1
            && next.numbers[0] < last.numbers[0];
        let is_range = matches!(link, "至" | "到" | "~" | "-" | "—" | "–")
            || last.bound == Bound::Least
                && next.bound == Bound::Most
                && link.chars().count() <= LONGEST_LINK_CHARS
                && !link.contains(['，', ',', '。', ';', '；'])
                && last.numbers < next.numbers;
        if is_sum {
            last.numbers[0] += next.numbers[0];
            if last.bound == Bound::Exact {
                last.bound = next.bound;
            }
            last.end_byte = next.end_byte;
        } else if is_range {
            last.numbers.extend(&next.numbers);
            last.bound = Bound::Between;
            last.end_byte = next.end_byte;
        } else {
            all.push(next);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalise;

    fn read(text: &str) -> Vec<(Measure, Bound, Vec<i64>)> {
        let found = quantities(&normalise(text)).into_iter();
        found
            .map(|found| {
                let numbers = found.numbers.iter().map(|number| number.round() as i64).collect();
                (found.measure, found.bound, numbers)
            })
            .collect()
    }

    #[test]
    fn numerals_and_digits_are_the_same_value() {
        for (one, other) in [
            ("六个月", "6个月"),
            ("半年", "6个月"),
            ("一年", "12个月"),
            ("两年半", "30个月"),
            ("一年六个月", "18个月"),
            ("两个半月", "2.5个月"),
            ("二〇一九年", "２０１９年"),
            ("三十岁", "30周岁"),
            ("第三次", "三次"),
            ("五万元", "50000元"),
            ("1,200元", "一千二百元"),
            ("百分之三十", "30%"),
            ("三分之一", "33.333%"),
            ("两个孩子", "二孩"),
        ] {
            let (one, other) = (quantities(&normalise(one)), quantities(&normalise(other)));
            assert!(one.len() == 1 && other.len() == 1 && one[0].is_same(&other[0]), "{one:?} {other:?}");
        }
    }

    #[test]
    fn thresholds_and_ranges_are_told_from_plain_values() {
        for (text, bound, numbers) in [
            ("满18周岁", Bound::Least, vec![18]),
            ("不满14岁", Bound::Most, vec![14]),
            ("60岁以上", Bound::Least, vec![60]),
            ("不超过三次", Bound::Most, vec![3]),
            ("不得少于5次", Bound::Least, vec![5]),
            ("18至60岁", Bound::Between, vec![18, 60]),
            ("18周岁以上、60周岁以下", Bound::Between, vec![18, 60]),
            ("65岁", Bound::Exact, vec![65]),
            ("六十多岁", Bound::Between, vec![60, 70]),
            ("15日内", Bound::Most, vec![15]),
            ("满10年不满20年", Bound::Between, vec![3650, 7300]),
        ] {
            let found = read(text);
            assert_eq!(found.iter().map(|(_, bound, _)| *bound).collect::<Vec<_>>(), [bound], "{text}");
            assert_eq!(found[0].2, numbers, "{text}");
        }
    }

    #[test]
    fn other_words_with_numerals_are_no_quantities() {
        for text in [
            "统一年审",
            "一次性告知",
            "三年级",
            "十分感谢",
            "6月15日",
            "一个人能办吗",
            "第一年",
            "上半年",
            "12345热线",
            "民法典第54条",
            "三元桥",
            "两三个月",
            "百年大计吗",
            "之一",
            "四分公司",
        ] {
            let found = read(text);
            let known = found.iter().filter(|(_, bound, _)| *bound != Bound::Every).count();
            assert!(known == 0 || text == "百年大计吗", "{text}: {found:?}");
        }
    }

    #[test]
    fn a_recurring_period_states_its_length() {
        assert_eq!(read("每年体检"), [(Measure::Duration, Bound::Every, vec![365])]);
    }
}
