//! Takes out of a text what tells who somebody is, before it is written down:
//! numbers (telephone, identity, bank card, licence plate), mail addresses, and
//! names where somebody says one. Rather one word too many than a number kept.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Stands for a number: telephone, identity, card.
const NUMBER: &str = "〔号码〕";
/// Stands for a person's name.
const NAME: &str = "〔姓名〕";
/// Stands for a mail address.
const MAIL: &str = "〔邮箱〕";

/// Seven digits or more, in groups as people write them, also as they say them
/// (幺三八…), with the X an identity number may end in. 12345, 2026年 and
/// 400 stay. A document's number is shorter.
static NUMBERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"[0-9０-９](?:[\s\-－—·.]?[0-9０-９]){6,}[xXｘＸ]?|[零〇一二三四五六七八九幺两](?:[\s\-]?[零〇一二三四五六七八九幺两]){6,}",
    )
    .ok()
});
static PLATES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][·\s]?[A-Za-z0-9]{5,6}",
    )
    .ok()
});
static MAILS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+\.[A-Za-z]{2,}").ok());
/// A name follows its announcement: a family name of the hundred commonest (or a
/// double one) and one or two characters.
static NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let single = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董潘袁于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤";
    let double = "欧阳|上官|司马|诸葛|皇甫|尉迟|公孙|慕容|令狐|端木";
    Regex::new(&format!(
        r"(我叫|我名叫|名字叫|名字是|姓名是|姓名为?[:：]?|本人|联系人[:：]?|当事人[:：]?|业主[:：]?)(\s*)((?:{double}|[{single}])\p{{Han}}{{1,2}})"
    ))
    .ok()
});

/// Digits that stand alone in a name, with the X an identity number may end in.
static RUNS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[0-9]{7,}[xX]?").ok());
/// A mobile's or a fixed line's number, with or without the country's.
static TELEPHONES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:0?86)?(?:1[3-9][0-9]{9}|0[0-9]{9,11})$").ok());
/// An identity number of 18 digits: region, day of birth, order, check.
static IDENTITIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9xX]$")
        .ok()
});

/// Whether a name that programs give holds a number that tells who somebody is:
/// a telephone, an identity number, a bank card. A number of a call or a ticket
/// is mostly none, so that names stay apart which `mask` would make equal.
pub fn is_personal_number(name: &str) -> bool {
    let Some(runs) = RUNS.as_ref() else { return true };
    let is = |pattern: &LazyLock<Option<Regex>>, text: &str| {
        pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
    };
    runs.find_iter(name)
        .map(|run| run.as_str())
        .any(|run| is(&TELEPHONES, run) || is(&IDENTITIES, run) || is_card(run))
}

/// Whether a number is as long as a bank card's and its last digit checks (Luhn).
fn is_card(digits: &str) -> bool {
    let digits: Vec<u32> = digits.chars().rev().filter_map(|digit| digit.to_digit(10)).collect();
    let sum: u32 = (0..)
        .zip(&digits)
        .map(|(place, digit)| match place % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    matches!(digits.len(), 16..=19) && sum.is_multiple_of(10)
}

/// The text without what tells who somebody is.
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    for (pattern, instead) in [(&MAILS, MAIL), (&PLATES, NUMBER), (&NUMBERS, NUMBER)] {
        masked = replaced(masked, pattern, |_| instead.to_owned());
    }
    replaced(masked, &NAMES, |found| format!("{}{}{NAME}", &found[1], &found[2]))
}

fn replaced<'t>(
    text: Cow<'t, str>,
    pattern: &LazyLock<Option<Regex>>,
    instead: impl Fn(&Captures<'_>) -> String,
) -> Cow<'t, str> {
    let Some(pattern) = pattern.as_ref() else { return text };
    match pattern.replace_all(&text, instead) {
        Cow::Borrowed(_) => text,
        Cow::Owned(masked) => Cow::Owned(masked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_who_somebody_is_is_taken_out() {
        let cases = [
            ("我的手机13812345678打不通", "我的手机〔号码〕打不通"),
            ("138 1234 5678，138-1234-5678", "〔号码〕，〔号码〕"),
            ("座机024-23456789", "座机〔号码〕"),
            ("身份证21010219900101123X丢了", "身份证〔号码〕丢了"),
            ("卡号6222 0212 3456 7890 123", "卡号〔号码〕"),
            ("１３８１２３４５６７８", "〔号码〕"),
            ("幺三八零零一三八零零零", "〔号码〕"),
            ("辽A12345被贴条", "〔号码〕被贴条"),
            ("发到wang.fang@example.com", "发到〔邮箱〕"),
            ("我叫王小明，住在沈河区", "我叫〔姓名〕，住在沈河区"),
            ("本人欧阳娜娜", "本人〔姓名〕"),
        ];
        for (text, masked) in cases {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn a_name_with_somebodys_number_is_known() {
        for name in [
            "13812345678",
            "call-8613812345678-2",
            "02423456789",
            "21010219900101123X",
            "6222021234567890128",
        ] {
            assert!(is_personal_number(name), "{name}");
        }
        for name in [
            "call-1",
            "A07",
            "20261125221950123",
            "202611251234",
            "0f3a9b12",
            "2026-11-25-000123",
            "99999999999",
        ] {
            assert!(!is_personal_number(name), "{name}");
        }
    }

    #[test]
    fn what_a_question_is_about_stays() {
        for text in [
            "12345热线几点下班",
            "民法典第1043条",
            "国办发〔2020〕53号",
            "2026年11月25日生效",
            "我叫不到救护车怎么办",
            "本人无法到场可以代办吗",
            "电话12315是什么",
            "二〇二六年三月一日",
            "公积金贷款一百二十万",
        ] {
            assert_eq!(mask(text), text);
        }
    }
}
