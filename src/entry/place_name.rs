//! Places a text names: provinces, cities and counties, with or without the
//! kind of the place (沈阳, 沈阳市).

use std::collections::HashMap;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::Region;

/// Cities whose short name is an everyday word; they are named in full.
const EVERYDAY_WORDS: [&str; 14] = [
    "白银", "来宾", "日照", "阿里", "开封", "安康", "长治", "孝感", "山南", "吴忠", "三明", "中卫", "海东",
    "商洛",
];
/// County names that stand for a part of any city.
const ANY_CITY: [&str; 9] =
    ["市辖区", "新城区", "市中区", "城中区", "城东区", "城西区", "东城区", "西城区", "城关区"];
/// What makes a road of a name: 北京路, 南京南街.
const ROADS: [&str; 5] = ["路", "街", "大街", "大道", "胡同"];
/// The same right after a name: 上海银行, 大理石, 长春村.
const OTHER_NAMES: [&str; 36] = [
    "大学",
    "学院",
    "银行",
    "时间",
    "广场",
    "公园",
    "大厦",
    "酒店",
    "大酒店",
    "饭店",
    "宾馆",
    "花园",
    "小区",
    "国际",
    "大桥",
    "桥",
    "湖",
    "苑",
    "府",
    "村",
    "镇",
    "乡",
    "屯",
    "庄",
    "石",
    "巴巴",
    "治",
    "瓜",
    "茶",
    "装",
    "扑克",
    "菜",
    "烤鸭",
    "火锅",
    "牌",
    "话",
];
/// Shortest name of a place: one character (京) is too common.
const SHORTEST_CHARS: usize = 2;

/// A place that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPlace {
    /// As it is written.
    pub name: String,
    /// The regions of that name: there is a 和平区 in several cities.
    pub regions: Vec<Region>,
}

struct Names {
    finder: AhoCorasick,
    /// Of each pattern.
    meanings: Vec<Meaning>,
}

/// What a name stands for.
#[derive(Default)]
struct Meaning {
    sure: Vec<Region>,
    /// Only beside a region they lie in: 和平 is a district beside 沈阳 alone.
    unsure: Vec<Region>,
}

/// The places a normalised text names, the nearest ones only: of 辽宁大连 it is 大连.
pub fn places_named_in(text: &str) -> Vec<NamedPlace> {
    let Some(names) = names() else { return Vec::new() };
    let mut found: Vec<(String, &Meaning)> = Vec::new();
    for place in names.finder.find_iter(text) {
        let (before, after) = (&text[..place.start()], &text[place.end()..]);
        let meaning = &names.meanings[place.pattern().as_usize()];
        if !is_another_name(before, after) {
            found.push((text[place.range()].to_owned(), meaning));
        }
    }
    let mut places: Vec<NamedPlace> = Vec::new();
    for (name, Meaning { sure, unsure }) in &found {
        // 沈阳和平区: of the regions of one name those that lie in another one named.
        let others =
            || found.iter().filter(|(other, _)| other != name).flat_map(|(_, meaning)| &meaning.sure);
        let lies_in = |region: &Region| others().any(|above| above != region && above.covers(*region));
        let mut regions: Vec<Region> = sure.iter().chain(unsure).copied().filter(lies_in).collect();
        if regions.is_empty() {
            regions = sure.clone();
        }
        if !regions.is_empty() && places.iter().all(|known| known.name != *name) {
            places.push(NamedPlace { name: name.clone(), regions });
        }
    }
    let regions: Vec<Region> = places.iter().flat_map(|place| &place.regions).copied().collect();
    let holds_another =
        |region: &Region| regions.iter().any(|other| other != region && region.covers(*other));
    places.retain(|place| !place.regions.iter().all(holds_another));
    places
}

/// Whether what stands around a name makes another name of it.
fn is_another_name(before: &str, after: &str) -> bool {
    let sides = ['东', '西', '南', '北', '中', '一', '二', '三', '四', '五'];
    let road = after.trim_start_matches(sides);
    let is_near = after.len() - road.len() <= 2 * '东'.len_utf8();
    before.ends_with('孙')
        || is_near && ROADS.iter().any(|end| road.starts_with(end))
        || OTHER_NAMES.iter().any(|end| after.starts_with(end))
}

fn names() -> Option<&'static Names> {
    static NAMES: OnceLock<Option<Names>> = OnceLock::new();
    NAMES
        .get_or_init(|| {
            let mut meanings: HashMap<String, Meaning> = HashMap::new();
            for (region, name) in Region::all() {
                let is_county = region.code() % 100 != 0;
                let chars = name.chars().count();
                if name.contains("直辖") || ANY_CITY.contains(&name) {
                    continue;
                }
                if chars > SHORTEST_CHARS {
                    meanings.entry(name.to_owned()).or_default().sure.push(region);
                }
                let short = short_name_of(name);
                if short == name || short.chars().count() < SHORTEST_CHARS {
                    continue;
                }
                let meaning = meanings.entry(short.to_owned()).or_default();
                if is_county || EVERYDAY_WORDS.contains(&short) {
                    meaning.unsure.push(region);
                } else {
                    meaning.sure.push(region);
                }
            }
            let (patterns, meanings): (Vec<String>, Vec<_>) = meanings.into_iter().unzip();
            let finder =
                AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&patterns).ok()?;
            Some(Names { finder, meanings })
        })
        .as_ref()
}

/// A region's name without what kind of region it is: 沈阳, 延边, 朝阳 of 朝阳区.
fn short_name_of(name: &str) -> &str {
    const KINDS: [&str; 10] =
        ["特别行政区", "自治区", "自治州", "自治县", "地区", "省", "市", "区", "县", "盟"];
    const PEOPLES: [&str; 26] = [
        "维吾尔",
        "壮族",
        "回族",
        "朝鲜族",
        "土家族",
        "藏族",
        "羌族",
        "彝族",
        "布依族",
        "苗族",
        "侗族",
        "哈尼族",
        "傣族",
        "白族",
        "景颇族",
        "傈僳族",
        "蒙古",
        "柯尔克孜",
        "哈萨克",
        "满族",
        "瑶族",
        "黎族",
        "畲族",
        "土族",
        "撒拉族",
        "各族",
    ];
    let Some(short) = KINDS.iter().find_map(|kind| name.strip_suffix(kind)) else { return name };
    let people = PEOPLES.iter().filter_map(|people| short.find(people)).filter(|&at| at > 0).min();
    people.map_or(short, |at| &short[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<Vec<String>> {
        let places = places_named_in(text).into_iter();
        places.map(|place| place.regions.iter().map(Region::to_string).collect()).collect()
    }

    #[test]
    fn places_are_known_with_and_without_their_kind() {
        assert_eq!(codes("沈阳市公积金"), [["210100"]]);
        assert_eq!(codes("沈阳公积金"), [["210100"]]);
        assert_eq!(codes("广西社保"), [["450000"]]);
        assert_eq!(codes("恩施社保"), [["422800"]]);
        assert_eq!(codes("海淀区派出所"), [["110108"]]);
    }

    #[test]
    fn of_places_within_each_other_the_nearest_counts() {
        assert_eq!(codes("辽宁大连落户"), [["210200"]]);
        assert_eq!(codes("上海浦东新区落户"), [["310115"]]);
        assert_eq!(codes("沈阳和平区落户"), [["210102"]]);
        assert_eq!(codes("和平区落户").concat().len(), 2);
    }

    #[test]
    fn places_side_by_side_all_count() {
        assert_eq!(codes("户口从北京迁到沈阳"), [["110000"], ["210100"]]);
    }

    #[test]
    fn other_words_are_no_places() {
        for text in [
            "南京南街停水",
            "上海银行开户",
            "大理石板",
            "日照时间",
            "孙中山",
            "白银饰品",
            "来宾登记",
            "长春村修路",
        ] {
            assert!(codes(text).is_empty(), "{text}: {:?}", codes(text));
        }
    }
}
