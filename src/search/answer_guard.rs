//! What holds an answer back however sure the ranker is: an entry whose source
//! nobody can name, one of another place, one that its own title or source
//! calls repealed, one that states other numbers than the question.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::contradiction::contradicts;
use super::question::Question;
use super::rank::{Hit, Request, Validity};
use crate::entry::{Entry, NamedPlace, Region, Source, places_named_in};
use crate::index::ShownEntry;
use crate::text;

/// Why an entry is not given as the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBack {
    /// Nothing says where it comes from.
    Unsourced,
    /// It holds somewhere else.
    Elsewhere,
    /// It is not in force on the day asked.
    NotInForce,
    /// It states other numbers than the question.
    OtherNumbers,
}

/// Why a hit is not the answer to a question, whatever its certainty; `None`
/// where nothing speaks against it. Numbers are not looked at in what the
/// question names (`is_named`): a title is asked for as it stands.
pub(super) fn held_back(
    question: &Question,
    request: &Request<'_>,
    hit: &Hit,
    is_named: bool,
) -> Option<HeldBack> {
    let entry = &hit.shown.entry;
    let is_current = matches!(hit.validity, Validity::Current { .. });
    if !is_current || says_not_in_force(entry, request.as_of) {
        return Some(HeldBack::NotInForce);
    }
    if named_source(&hit.shown).is_none() {
        return Some(HeldBack::Unsourced);
    }
    if is_elsewhere(&question.normalised.text, request.region, entry) {
        return Some(HeldBack::Elsewhere);
    }
    (!is_named && contradicts(question, entry)).then_some(HeldBack::OtherNumbers)
}

/// What an entry rests on, in words: its own source, the document it is an
/// article of, a guide's legal basis, its department, else the file or the
/// platform it was loaded from.
pub fn named_source(shown: &ShownEntry) -> Option<String> {
    let entry = &shown.entry;
    let own = || entry.source.iter().find_map(source_name);
    let document = || {
        let part = entry.part.as_ref()?;
        let title = written(&part.document_title)?;
        Some(format!("{}{}", quoted(title), part.article.as_deref().unwrap_or_default()))
    };
    let basis = || entry.guide.iter().flat_map(|guide| &guide.legal_basis).find_map(|basis| written(basis));
    let origin = || shown.origin.as_deref().and_then(origin_name);
    own()
        .or_else(document)
        .or_else(|| basis().map(str::to_owned))
        .or_else(|| written(&entry.department).map(str::to_owned))
        .or_else(origin)
}

fn source_name(source: &Source) -> Option<String> {
    let title = source.title.as_deref().and_then(written).map(quoted);
    let others = [&source.number, &source.issuer, &source.link];
    title.or_else(|| others.into_iter().flatten().find_map(|part| written(part)).map(str::to_owned))
}

/// A file's own name, without the folders of the machine it lay on.
fn origin_name(origin: &str) -> Option<String> {
    match origin.strip_prefix("follow:") {
        Some(platform) => written(platform).map(|platform| format!("上级平台 {platform}")),
        None => origin.rsplit(['/', '\\']).find_map(written).map(|file| format!("文件 {file}")),
    }
}

fn written(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn quoted(title: &str) -> String {
    if title.starts_with('《') { title.to_owned() } else { format!("《{title}》") }
}

/// Whether the entry holds in none of the places in question: the caller's own,
/// and those the question names. Of several named places (从北京迁到沈阳) one is
/// enough; a place that the entry itself is asked by is its matter.
fn is_elsewhere(asked: &str, caller: Option<Region>, entry: &Entry) -> bool {
    if caller.is_some_and(|caller| !entry.region.covers(caller)) {
        return true;
    }
    if entry.region == Region::NATIONAL {
        return false;
    }
    let places = places_named_in(asked);
    let holds_in = |place: &NamedPlace| {
        let is_named_alike = |title: &String| text::normalise(title).contains(&place.name);
        let mut asked_by = std::iter::once(&entry.title).chain(&entry.similar_questions);
        let holds = |region: &Region| {
            entry.region.covers(*region) || caller.is_some_and(|caller| region.covers(caller))
        };
        place.regions.iter().any(holds) || asked_by.any(is_named_alike)
    };
    !places.is_empty() && !places.iter().any(holds_in)
}

/// 已废止, 失效 and the like, in brackets or at the beginning or the end.
static REPEALED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let said = "(?:(?:本|该)?(?:文件|办法|规定|政策|条例|通知)?(?:现|均|现已|已经|已被|已|自动|全文|于?[0-9年月日.-]{4,12}日?起?)*\
                (?:废止|失效|作废|停止执行|停止施行|不再执行|[被由][^()\\[\\]]{1,20}(?:取代|替代|代替))|\
                (?:暂行|试行|有效|执行|适用|实施)期限?(?:已满|已过|届满|已届满|已经届满|已结束|结束))";
    Regex::new(&format!(r"[(\[]\s*{said}[^()\[\]]{{0,20}}[)\]]|^\s*{said}\s*[:：\]\-—]|(?P<end>(?:现已|已经|已被|已|期限?)(?:废止|失效|作废|停止执行|停止施行|不再执行|届满|已满|已过))\s*$")).ok()
});
/// Before these words an ending is what somebody asks, and states nothing.
const ASKING: [&str; 6] = ["是否", "有没有", "是不是", "如何", "怎么", "为什么"];
/// （有效期至2023年12月31日）
static LAST_DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let until = "(?:有效期|执行期限?|施行期限?|试行期限?|暂行期限?|实施期限?)(?:限)?(?:截?至|到)";
    Regex::new(&format!(r"{until}\s*(\d{{4}})[年.-](\d{{1,2}})[月.-](\d{{1,2}})")).ok()
});

/// Whether an entry's title, its document's or a source of it says that it is
/// not in force, or no longer on that day.
fn says_not_in_force(entry: &Entry, day: Date) -> bool {
    let document = entry.part.iter().map(|part| &part.document_title);
    let sources = entry.source.iter().flat_map(|source| [&source.title, &source.number, &source.article]);
    let mut texts = std::iter::once(&entry.title).chain(document).chain(sources.flatten());
    texts.any(|text| is_said_repealed(&text::normalise(text), day))
}

fn is_said_repealed(normalised: &str, day: Date) -> bool {
    let is_over = LAST_DAY.as_ref().is_some_and(|last| {
        last.captures_iter(normalised).any(|found| {
            let part = |at: usize| found[at].parse::<i16>().ok();
            let (Some(year), Some(month), Some(of_month)) = (part(1), part(2), part(3)) else { return false };
            Date::new(year, month as i8, of_month as i8).is_ok_and(|last| last < day)
        })
    });
    let is_repealed = REPEALED.as_ref().is_some_and(|repealed| {
        repealed.captures_iter(normalised).any(|found| {
            let is_asked = ASKING.iter().any(|word| normalised.contains(word));
            found.name("end").is_none() || !is_asked
        })
    });
    is_over || is_repealed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{DocumentPart, GuideParts, Kind};

    fn shown(entry: Entry, origin: Option<&str>) -> ShownEntry {
        ShownEntry { seq: 1, version: 1, updated_at: String::new(), entry, origin: origin.map(str::to_owned) }
    }

    #[test]
    fn a_source_is_whatever_can_be_named() {
        let bare = Entry::new("a", Kind::Faq, "问题");
        assert_eq!(named_source(&shown(bare.clone(), None)), None);
        let file = named_source(&shown(bare.clone(), Some("/srv/corpus/来信/letters.jsonl")));
        assert_eq!(file.as_deref(), Some("文件 letters.jsonl"));
        let platform = named_source(&shown(bare.clone(), Some("follow:https://a.example")));
        assert_eq!(platform.as_deref(), Some("上级平台 https://a.example"));
        let by_department = Entry { department: "民政局".to_owned(), ..bare.clone() };
        assert_eq!(named_source(&shown(by_department, None)).as_deref(), Some("民政局"));
        let blank = Entry { source: vec![Source::default()], department: " ".to_owned(), ..bare.clone() };
        assert_eq!(named_source(&shown(blank, None)), None);
        let part = DocumentPart {
            document_id: "d".to_owned(),
            document_title: "样例法".to_owned(),
            edition: None,
            article: Some("第二条".to_owned()),
            headings: Vec::new(),
        };
        let article = Entry { part: Some(part), ..bare.clone() };
        assert_eq!(named_source(&shown(article, None)).as_deref(), Some("《样例法》第二条"));
        let guide = GuideParts { legal_basis: vec!["《样例法》".to_owned()], ..GuideParts::default() };
        let guide = Entry { guide: Some(guide), ..bare };
        assert_eq!(named_source(&shown(guide, None)).as_deref(), Some("《样例法》"));
    }

    #[test]
    fn what_says_that_it_was_repealed_is_not_in_force() {
        let day = Date::constant(2026, 11, 23);
        for title in [
            "停车收费办法（已废止）",
            "停车收费办法【失效】",
            "【已失效】停车收费办法",
            "停车收费办法 已废止",
            "停车收费办法（试行期已满）",
            "停车收费办法（暂行期已满）",
            "停车收费办法（2019年5月1日废止）",
            "停车收费办法（有效期至2023年12月31日）",
            "停车收费办法（已被新办法取代）",
            "已废止：停车收费办法",
            "停车收费办法〔已停止执行〕",
            "停车收费办法有效期已过",
        ] {
            assert!(is_said_repealed(&text::normalise(title), day), "{title}");
        }
        for title in [
            "停车收费办法",
            "身份证失效了怎么办",
            "关于废止部分文件的决定",
            "驾驶证被注销失效后怎么恢复",
            "停车收费办法是否已废止",
            "营业执照丢了登报声明作废吗",
            "停车收费办法（试行）",
            "合同失效（无效）的情形",
            "停车收费办法（有效期至2030年12月31日）",
            "居住证有效期届满怎么签注",
            "专利权何时失效",
            "申报书种类（可代替水土保持计划）",
        ] {
            assert!(!is_said_repealed(&text::normalise(title), day), "{title}");
        }
    }

    #[test]
    fn a_place_outside_the_entrys_region_is_elsewhere() {
        let of = |code: &str| Entry {
            region: Region::parse(code).unwrap(),
            ..Entry::new("a", Kind::Faq, "公积金怎么提取")
        };
        let caller = |code: &str| Region::parse(code);
        for (asked, code, from, is_outside) in [
            ("公积金怎么提取", "210100", None, false),
            ("大连公积金怎么提取", "210100", None, true),
            ("沈阳公积金怎么提取", "210100", None, false),
            ("沈阳和平区公积金怎么提取", "210100", None, false),
            ("辽宁大连公积金怎么提取", "210100", caller("210102"), true),
            ("辽宁公积金怎么提取", "210100", caller("210102"), false),
            ("辽宁公积金怎么提取", "210100", None, true),
            ("大连公积金怎么提取", "210000", None, false),
            ("大连公积金怎么提取", "000000", None, false),
            ("公积金从大连转到沈阳", "210100", None, false),
            ("公积金怎么提取", "210100", caller("210200"), true),
            ("南京南街那边公积金怎么提取", "210100", None, false),
        ] {
            assert_eq!(is_elsewhere(asked, from, &of(code)), is_outside, "{asked} {code}");
        }
        let entry = Entry { title: "大连户口迁入".to_owned(), ..of("210100") };
        assert!(!is_elsewhere("大连户口迁入怎么办", None, &entry));
    }
}
