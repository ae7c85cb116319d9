//! A question that only makes sense after another: 那要带什么材料？ after an entry
//! on lost identity cards asks what to bring for a new card. It is asked in
//! full, with the matter of the entry before; whether that entry says so can be
//! told by what it holds.

use crate::entry::Entry;
use crate::text;

/// What a follow-up usually asks for: words of the question, and words one of
/// which an entry holds that says it.
type Aspect = (&'static [&'static str], &'static [&'static str]);

const ASPECTS: [Aspect; 9] = [
    (
        &["材料", "证件", "带什么", "带啥", "拿什么", "手续"],
        &["材料", "证件", "原件", "复印件", "户口簿", "身份证", "申请表"],
    ),
    (&["多少钱", "费用", "收费", "要钱", "花钱", "免费"], &["费用", "收费", "工本费", "免费", "元"]),
    (
        &["多久", "几天", "多长时间", "什么时候", "时限", "哪天"],
        &["工作日", "时限", "日内", "天内", "个月", "当场", "即时"],
    ),
    (
        &["哪里", "在哪", "去哪", "地址", "什么地方", "哪个窗口"],
        &["地点", "地址", "窗口", "派出所", "中心", "大厅", "机关", "部门"],
    ),
    (
        &["怎么办", "流程", "步骤", "怎么弄", "怎么申请", "怎么操作"],
        &["流程", "步骤", "申请", "办理", "提交"],
    ),
    (&["条件", "资格", "谁可以", "谁能", "符合什么"], &["条件", "资格", "符合", "应当"]),
    (&["电话", "怎么联系", "打给谁"], &["电话", "拨打", "热线"]),
    (&["依据", "根据什么", "哪条法", "哪部法", "哪个文件"], &["《", "依据", "根据"]),
    (&["网上", "线上", "手机上"], &["网上", "线上", "网站", "App", "小程序", "平台"]),
];

/// Beginnings that point back.
const POINTING_BACK: [&str; 14] = [
    "那么", "那", "这个", "这种", "它", "还有", "还要", "还", "另外", "然后", "此外", "如果", "要是", "需要",
];
/// A question without a matter of its own is not longer.
const MOST_CHARS: usize = 14;

/// What may stand around them in a question without a matter of its own.
const FILLERS: &str = "那么这个种它还有要另外然后此如果是需请问一下我们您你的了呢吗啊吧能可以得会去到办理带提供标准备些什哪几多怎样";

fn aspect_of(question: &str) -> Option<&'static Aspect> {
    ASPECTS.iter().find(|(asked, _)| asked.iter().any(|word| question.contains(word)))
}

/// The question in full, where it points back to an entry; none where it stands
/// by itself.
pub fn follow_up(question: &str, before: &Entry) -> Option<String> {
    let asked = text::normalise(question);
    let asked: &str = asked.trim_matches(|sign: char| !sign.is_alphanumeric());
    let rest = POINTING_BACK.iter().find_map(|word| asked.strip_prefix(word));
    let is_short = asked.chars().count() <= MOST_CHARS;
    let points_back = is_short && (rest.is_some() || aspect_of(asked).is_some());
    let matter = before.title.trim_end_matches(['？', '?', '。']);
    points_back.then(|| format!("{matter} {}", rest.unwrap_or(asked).trim_start_matches(['，', ',', ' '])))
}

/// Whether a question says what is asked for and of no matter: whatever it finds
/// by itself, after another question it is asked of that one's matter.
pub fn has_no_matter(question: &str) -> bool {
    let mut rest = text::normalise(question);
    if aspect_of(&rest).is_none() {
        return false;
    }
    for word in ASPECTS.iter().flat_map(|(asked, _)| *asked) {
        rest = rest.replace(word, "");
    }
    rest.chars().filter(|sign| sign.is_alphanumeric()).all(|sign| FILLERS.contains(sign))
}

/// Whether an entry says what a follow-up asks for; none where it asks for
/// nothing that can be looked for.
pub fn says_so(entry: &Entry, question: &str) -> Option<bool> {
    let (_, said) = aspect_of(question)?;
    let texts = [Some(entry.body.as_str()), entry.script.as_deref()];
    Some(texts.into_iter().flatten().any(|text| said.iter().any(|word| text.contains(word))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Kind;

    #[test]
    fn what_points_back_is_asked_in_full_and_the_rest_is_left() {
        let before = Entry::new("a", Kind::Faq, "身份证丢了怎么补办？");
        for (question, full) in [
            ("那要带什么材料？", Some("身份证丢了怎么补办 要带什么材料")),
            ("多久能拿到", Some("身份证丢了怎么补办 多久能拿到")),
            ("那么，在哪里办", Some("身份证丢了怎么补办 在哪里办")),
            ("公司拖欠工资应该到哪里投诉举报呢", None),
            ("失业金领取标准", None),
        ] {
            assert_eq!(follow_up(question, &before).as_deref(), full, "{question}");
        }
    }

    #[test]
    fn a_question_of_no_matter_is_told_from_one_with_its_own() {
        for bare in ["那要带什么材料？", "需要什么材料", "多少钱", "在哪里办理呢", "网上能办吗", "办理流程"]
        {
            assert!(has_no_matter(bare), "{bare}");
        }
        for own in
            ["拖欠工资怎么办", "那居住证要带什么材料", "上访要带什么材料", "失业金领取标准", "那呢", ""]
        {
            assert!(!has_no_matter(own), "{own}");
        }
    }
}
