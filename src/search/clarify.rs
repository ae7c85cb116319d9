//! One question back, where an unsure question has several good candidates that
//! differ in one thing only: where it is, who asks, or what is to be done. The
//! options are proven: each is asked once and has to lead to an entry of its own.
//! Never asked where the question says it already or one candidate is ahead.

use std::collections::HashSet;

use super::question::Question;
use super::rank::{Hit, Request, Results, search_for, understand};
use crate::entry::{Entry, Region};
use crate::index::{IndexError, Snapshot};
use crate::text;

/// Candidates looked at: more than are shown, so that the four options can
/// stand among others.
const CANDIDATES: usize = 12;
/// A candidate counts from this share of the best one's certainty on.
const FAIR_SHARE: f32 = 0.4;
/// With a best candidate less certain than this there is nothing to choose from.
const LEAST_CONFIDENCE: f32 = 0.12;
/// A candidate with less of the question's words is about something else.
const LEAST_COVERAGE: f32 = 0.5;
/// What has to be left of two titles in common, without what they differ in,
/// for them to be one matter.
const LEAST_LIKENESS: f32 = 0.5;
/// Share of the candidates' certainty that has to lie in the options.
const LEAST_SPLIT: f32 = 0.5;
const MOST_OPTIONS: usize = 4;

/// What the candidates differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Region,
    Subject,
    Action,
}

/// A question back to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clarify {
    pub question: &'static str,
    pub about: About,
    /// Two to four.
    pub options: Vec<ClarifyOption>,
}

/// One answer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClarifyOption {
    pub label: String,
    /// To be sent with the question.
    pub region: Option<Region>,
    /// What to ask next.
    pub question: String,
}

/// Words that say the same of a title, the label first; the options come in
/// the order of the groups, and where there are too many the last are left out.
type Group = &'static [&'static str];

const SUBJECTS: [Group; 2] = [&["个人", "自然人", "居民"], &["单位", "企业", "公司", "法人"]];
const ACTIONS: [Group; 7] = [
    &["新办", "首次", "设立", "申领", "新申请"],
    &["变更"],
    &["延续", "续期", "续签", "换发", "换证", "换领"],
    &["注销"],
    &["补办", "补领", "补发", "遗失"],
    &["停业", "歇业"],
    &["恢复"],
];

impl About {
    const ALL: [About; 3] = [About::Region, About::Subject, About::Action];

    /// The name used in replies.
    pub fn as_str(self) -> &'static str {
        match self {
            About::Region => "region",
            About::Subject => "subject",
            About::Action => "action",
        }
    }

    fn question(self) -> &'static str {
        match self {
            About::Region => "您问的是哪个地方的？",
            About::Subject => "您是个人办理还是单位办理？",
            About::Action => "您要办的是哪一种？",
        }
    }

    fn groups(self) -> &'static [Group] {
        match self {
            About::Region => &[],
            About::Subject => &SUBJECTS,
            About::Action => &ACTIONS,
        }
    }

    /// Whether the question says it already.
    fn is_said(self, question: &str, request: &Request<'_>) -> bool {
        match self {
            About::Region => request.region.is_some() || Region::is_named_in(question),
            _ => self.groups().iter().copied().flatten().any(|word| question.contains(word)),
        }
    }

    /// What an entry says of it; `None` where it says nothing, or several things.
    fn of(self, entry: &Entry) -> Option<Value> {
        let title = text::normalise(&entry.title);
        if self == About::Region {
            let name = entry.region.short_name()?;
            let is_local = entry.region != Region::NATIONAL;
            return is_local.then_some(Value { region: Some(entry.region), group: 0, word: name });
        }
        let mut said = (0..)
            .zip(self.groups())
            .filter_map(|(group, words)| Some((group, *words.iter().find(|word| title.contains(**word))?)));
        let (group, word) = said.next()?;
        said.next().is_none().then_some(Value { region: None, group, word })
    }
}

/// What one entry says of the thing the candidates differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Value {
    region: Option<Region>,
    group: usize,
    /// The word of its title, or the region's name.
    word: &'static str,
}

impl Value {
    /// Whether another entry says the same: its region is this one or lies in it.
    fn is_same(&self, other: &Value) -> bool {
        match (self.region, other.region) {
            (Some(one), Some(other)) => one.meets(other),
            _ => self.group == other.group,
        }
    }

    fn label(&self, about: About) -> String {
        match self.region {
            Some(region) => region.name().unwrap_or(self.word).to_owned(),
            None => about.groups()[self.group][0].to_owned(),
        }
    }

    /// The question with the word that decides.
    fn asked(&self, about: About, question: &str) -> String {
        match about {
            About::Region => question.to_owned(),
            About::Subject => format!("{}{question}", self.word),
            About::Action => format!("{question} {}", self.word),
        }
    }
}

/// What to ask back about a question without an answer; `None` where no one
/// choice would help.
pub(super) fn clarify(
    snapshot: &Snapshot,
    question: &Question,
    request: &Request<'_>,
) -> Result<Option<Clarify>, IndexError> {
    if question.has_operators() || question.is_weightless() {
        return Ok(None);
    }
    let wide = Request { limit: CANDIDATES, offset: 0, ..request.clone() };
    let results = search_for(snapshot, question, &wide)?;
    for about in About::ALL {
        if about.is_said(&question.normalised.text, request) {
            continue;
        }
        let values = split(about, &results);
        if values.len() < 2 {
            continue;
        }
        let options = proven(snapshot, about, &values, request)?;
        if options.len() >= 2 {
            return Ok(Some(Clarify { question: about.question(), about, options }));
        }
    }
    Ok(None)
}

/// What the best candidates split into; less than two where they do not.
fn split(about: About, results: &Results) -> Vec<Value> {
    let best = results.hits.iter().map(|hit| hit.confidence).fold(0.0, f32::max);
    if best < LEAST_CONFIDENCE {
        return Vec::new();
    }
    let is_fair = |hit: &&Hit| hit.confidence >= best * FAIR_SHARE && hit.coverage > LEAST_COVERAGE;
    let fair: Vec<&Hit> = results.hits.iter().filter(is_fair).collect();
    let mut matter: Option<String> = None;
    let mut values: Vec<Value> = Vec::new();
    let mut split_confidence = 0.0;
    for hit in &fair {
        let Some(value) = about.of(&hit.shown.entry) else { continue };
        let own = matter_of(about, &hit.shown.entry);
        if text::likeness(matter.get_or_insert_with(|| own.clone()), &own) < LEAST_LIKENESS {
            continue;
        }
        split_confidence += hit.confidence;
        if !values.iter().any(|known| known.is_same(&value)) {
            values.push(value);
        }
    }
    let all: f32 = fair.iter().map(|hit| hit.confidence).sum();
    if split_confidence < all * LEAST_SPLIT {
        return Vec::new();
    }
    values.sort_by_key(|value| value.group);
    values.truncate(MOST_OPTIONS);
    values
}

/// The title without what the candidates differ in.
fn matter_of(about: About, entry: &Entry) -> String {
    let mut title = text::normalise(&entry.title);
    let region = entry.region.short_name().filter(|_| about == About::Region);
    for word in about.groups().iter().copied().flatten().copied().chain(region) {
        title = title.replace(word, "");
    }
    title
}

/// The options that lead to an entry which says that option's word, each to
/// another one.
fn proven(
    snapshot: &Snapshot,
    about: About,
    values: &[Value],
    request: &Request<'_>,
) -> Result<Vec<ClarifyOption>, IndexError> {
    let mut options = Vec::new();
    let mut led_to = HashSet::new();
    for value in values {
        let asked = value.asked(about, request.question);
        let next = Request {
            question: &asked,
            region: value.region.or(request.region),
            limit: 1,
            offset: 0,
            ..request.clone()
        };
        let results = search_for(snapshot, &understand(snapshot, &next)?, &next)?;
        let Some(first) = results.hits.into_iter().next().map(|hit| hit.shown.entry) else { continue };
        let is_led_there = about.of(&first).is_some_and(|said| said.is_same(value));
        if is_led_there && led_to.insert(first.id) {
            options.push(ClarifyOption { label: value.label(about), region: value.region, question: asked });
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Kind;

    fn said(about: About, title: &str) -> Option<String> {
        about.of(&Entry::new("a", Kind::Guide, title)).map(|value| value.label(about))
    }

    #[test]
    fn a_title_says_one_thing_or_none() {
        assert_eq!(said(About::Action, "烟草专卖零售许可证换发").as_deref(), Some("延续"));
        assert_eq!(said(About::Action, "烟草專賣零售許可證註銷").as_deref(), Some("注销"));
        assert_eq!(said(About::Action, "许可证变更和延续"), None);
        assert_eq!(said(About::Subject, "个人参保登记").as_deref(), Some("个人"));
        assert_eq!(said(About::Subject, "企业参保登记").as_deref(), Some("单位"));
        assert_eq!(said(About::Subject, "参保登记"), None);
        assert_eq!(said(About::Region, "居住证办理"), None);
    }

    #[test]
    fn a_region_and_what_lies_in_it_are_one_option() {
        let value = |code: &str| {
            let entry = Entry { region: Region::parse(code).unwrap(), ..Entry::new("a", Kind::Guide, "甲") };
            About::Region.of(&entry).unwrap()
        };
        assert!(value("210000").is_same(&value("210100")));
        assert!(!value("210200").is_same(&value("210100")));
        assert_eq!(value("210100").label(About::Region), "沈阳市");
    }
}
