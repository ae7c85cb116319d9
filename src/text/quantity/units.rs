//! Units, and the words around a number that turn it into a threshold.

use super::{Bound, Measure, Scale};

/// Days of a month and of a year, so that twelve months are a year.
const MONTH_DAYS: f64 = 365.0 / 12.0;
const YEAR_DAYS: f64 = 365.0;

/// A unit with what one of it is in the measure's base unit.
pub(super) struct Unit {
    pub name: &'static str,
    pub measure: Measure,
    pub scale: Scale,
    pub size: f64,
    /// What the unit itself adds to the number: 年半 is half a year more.
    pub more: f64,
    /// 三个多月: somewhat more than the number.
    pub is_vague: bool,
}

const fn unit(name: &'static str, measure: Measure, scale: Scale, size: f64) -> Unit {
    Unit { name, measure, scale, size, more: 0.0, is_vague: false }
}

const fn half(unit: Unit) -> Unit {
    Unit { more: 0.5, ..unit }
}

const fn vague(unit: Unit) -> Unit {
    Unit { is_vague: true, ..unit }
}

use Measure::{Age, Area, Children, Distance, Duration, Grade, Homes, Money, People, Points, Share, Times};
use Scale::{Days, Hours, Months, Other};

/// Longer names before the shorter ones they begin with.
pub(super) const UNITS: [Unit; 61] = [
    unit("周岁", Age, Other, 1.0),
    unit("岁", Age, Other, 1.0),
    half(unit("个半月", Duration, Months, MONTH_DAYS)),
    half(unit("个半小时", Duration, Hours, 1.0 / 24.0)),
    half(unit("年半", Duration, Months, YEAR_DAYS)),
    vague(unit("个多月", Duration, Months, MONTH_DAYS)),
    vague(unit("年多", Duration, Months, YEAR_DAYS)),
    unit("个工作日", Duration, Days, 1.0),
    unit("个自然日", Duration, Days, 1.0),
    unit("个日历日", Duration, Days, 1.0),
    unit("工作日", Duration, Days, 1.0),
    unit("自然日", Duration, Days, 1.0),
    unit("个月", Duration, Months, MONTH_DAYS),
    unit("个季度", Duration, Months, 3.0 * MONTH_DAYS),
    unit("季度", Duration, Months, 3.0 * MONTH_DAYS),
    unit("个星期", Duration, Days, 7.0),
    unit("个礼拜", Duration, Days, 7.0),
    unit("星期", Duration, Days, 7.0),
    unit("礼拜", Duration, Days, 7.0),
    unit("个小时", Duration, Hours, 1.0 / 24.0),
    unit("个钟头", Duration, Hours, 1.0 / 24.0),
    unit("小时", Duration, Hours, 1.0 / 24.0),
    unit("分钟", Duration, Hours, 1.0 / 1440.0),
    unit("年", Duration, Months, YEAR_DAYS),
    unit("天", Duration, Days, 1.0),
    unit("日", Duration, Days, 1.0),
    unit("周", Duration, Days, 7.0),
    unit("次", Times, Other, 1.0),
    unit("元", Money, Other, 1.0),
    unit("块钱", Money, Other, 1.0),
    unit("块", Money, Other, 1.0),
    unit("%", Share, Other, 1.0),
    unit("成", Share, Other, 10.0),
    unit("级", Grade, Other, 1.0),
    unit("个孩子", Children, Other, 1.0),
    unit("个小孩", Children, Other, 1.0),
    unit("个子女", Children, Other, 1.0),
    unit("个娃", Children, Other, 1.0),
    unit("个宝宝", Children, Other, 1.0),
    unit("孩", Children, Other, 1.0),
    unit("胎", Children, Other, 1.0),
    unit("套住房", Homes, Other, 1.0),
    unit("套住宅", Homes, Other, 1.0),
    unit("套房", Homes, Other, 1.0),
    unit("套", Homes, Other, 1.0),
    unit("口人", People, Other, 1.0),
    unit("个人", People, Other, 1.0),
    unit("名", People, Other, 1.0),
    unit("位", People, Other, 1.0),
    unit("人", People, Other, 1.0),
    unit("分", Points, Other, 1.0),
    unit("平方米", Area, Other, 1.0),
    unit("平米", Area, Other, 1.0),
    unit("平方", Area, Other, 1.0),
    unit("m2", Area, Other, 1.0),
    unit("公里", Distance, Other, 1_000.0),
    unit("千米", Distance, Other, 1_000.0),
    unit("km", Distance, Other, 1_000.0),
    unit("米", Distance, Other, 1.0),
    unit("个学期", Duration, Months, 6.0 * MONTH_DAYS),
    unit("钟头", Duration, Hours, 1.0 / 24.0),
];

/// What follows a unit and makes another word of it: 三年级, 一次性, 人民.
pub(super) fn is_another_word(unit: &Unit, after: &str) -> bool {
    let others: &[&str] = match unit.name {
        "年" => &["级", "龄", "代", "货", "终", "画", "会"],
        "周" => &["年", "边", "末", "到", "转", "报"],
        "日" => &["报", "语", "历", "期", "常"],
        "天" => &["然", "气", "津", "桥", "下", "台"],
        "次" => &["性", "级", "品", "日"],
        "元" => &["里", "桥", "区", "催", "素", "旦", "宵"],
        "块" => &["地", "田", "石", "板"],
        "成" => &["立", "年", "员", "功", "本", "为", "人", "绩", "分", "交", "熟", "果", "都"],
        "级" => &["别", "联", "市", "部"],
        "孩" => &["子"],
        "名" => &["称", "字", "单", "下", "义", "额", "录"],
        "位" => &["置", "于"],
        "人" => &["民", "员", "才", "行", "工", "事", "均", "体", "寿", "身", "口", "大", "社", "保"],
        "个人" => &["所得", "账户", "信息", "名义", "缴"],
        "分" => {
            &["钟", "之", "店", "行", "局", "公", "类", "期", "级", "支", "红", "布", "别", "配", "割", "户"]
        }
        "米" => &["饭", "粉", "线", "面"],
        "平方" => &["公里"],
        _ => &[],
    };
    others.iter().any(|other| after.starts_with(other))
}

/// Longest first matters only where one ends with another; the longest that
/// fits is taken.
const BEFORE: [(&str, Bound); 44] = [
    ("满", Bound::Least),
    ("超过", Bound::Least),
    ("超出", Bound::Least),
    ("超", Bound::Least),
    ("大于", Bound::Least),
    ("高于", Bound::Least),
    ("多于", Bound::Least),
    ("不少于", Bound::Least),
    ("不低于", Bound::Least),
    ("不小于", Bound::Least),
    ("不得少于", Bound::Least),
    ("不得低于", Bound::Least),
    ("至少", Bound::Least),
    ("最少", Bound::Least),
    ("最低", Bound::Least),
    ("最短", Bound::Least),
    ("达到", Bound::Least),
    ("达", Bound::Least),
    ("逾", Bound::Least),
    ("逾期", Bound::Least),
    ("满了", Bound::Least),
    ("过了", Bound::Least),
    ("不满", Bound::Most),
    ("未满", Bound::Most),
    ("没满", Bound::Most),
    ("不足", Bound::Most),
    ("未足", Bound::Most),
    ("不到", Bound::Most),
    ("未到", Bound::Most),
    ("没到", Bound::Most),
    ("未达到", Bound::Most),
    ("不超过", Bound::Most),
    ("未超过", Bound::Most),
    ("不得超过", Bound::Most),
    ("没超过", Bound::Most),
    ("不大于", Bound::Most),
    ("不高于", Bound::Most),
    ("低于", Bound::Most),
    ("少于", Bound::Most),
    ("小于", Bound::Most),
    ("最多", Bound::Most),
    ("至多", Bound::Most),
    ("最高", Bound::Most),
    ("最长", Bound::Most),
];

const AFTER: [(&str, Bound); 17] = [
    ("以上", Bound::Least),
    ("及以上", Bound::Least),
    ("或以上", Bound::Least),
    ("(含)以上", Bound::Least),
    ("之上", Bound::Least),
    ("以后", Bound::Least),
    ("之后", Bound::Least),
    ("后", Bound::Least),
    ("起", Bound::Least),
    ("以下", Bound::Most),
    ("及以下", Bound::Most),
    ("(含)以下", Bound::Most),
    ("以内", Bound::Most),
    ("之内", Bound::Most),
    ("内", Bound::Most),
    ("以前", Bound::Most),
    ("之前", Bound::Most),
];

/// The bound that the words around a number state.
pub(super) fn bound_of(before: &str, after: &str) -> Bound {
    let before = before.trim_end_matches([' ', '约', '的', '了', '第']);
    let words = BEFORE.iter().filter(|(word, _)| before.ends_with(word));
    if let Some((_, bound)) = words.max_by_key(|(word, _)| word.len()) {
        return *bound;
    }
    let after = after.trim_start_matches([' ', '的']);
    let found = AFTER.iter().find(|(word, _)| after.starts_with(word));
    found.map_or(Bound::Exact, |(_, bound)| *bound)
}
