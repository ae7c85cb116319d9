//! An entry as a text to be read: by a chatbot's model, by a person in a chat
//! window. Says what the entry says and what it rests on, nothing else; the
//! internal note has no place here.

mod plain;
mod speech;

pub use plain::plain;
pub use speech::{sentence, speech};

use crate::entry::{Entry, GuideParts, Source};

/// Longest speech without a script: some half a minute.
const MAX_SPEECH_CHARS: usize = 150;

/// An entry as it is said on the telephone: its script, else the beginning of
/// its body up to a sentence's end; then what it rests on.
pub fn spoken(entry: &Entry) -> String {
    let script = entry.script.as_deref().filter(|script| !script.trim().is_empty());
    let said = match script {
        Some(script) => speech(script),
        None => sentence(&speech(&entry.body), MAX_SPEECH_CHARS),
    };
    let named = entry.source.iter().find_map(|source| source.title.as_deref());
    match named {
        Some(title) => {
            format!("{said}依据是{}。", speech(title.trim_matches(['《', '》'])).trim_end_matches('。'))
        }
        None => said,
    }
}

/// The whole entry as Markdown: title, what to say, body, and what it rests on.
pub fn markdown(entry: &Entry) -> String {
    composed(entry, &entry.body)
}

/// The same with at most so many characters of the body, around a passage of
/// it: a law of a hundred pages fits no model's context.
pub fn markdown_around(entry: &Entry, passage: &str, most_chars: usize) -> String {
    let body = around(&entry.body, passage, most_chars);
    match body.len() == entry.body.len() {
        true => markdown(entry),
        false => composed(entry, &format!("{body}\n\n（节选；全文见条目 {}）", entry.id)),
    }
}

fn composed(entry: &Entry, body: &str) -> String {
    let mut parts = vec![format!("# {}", entry.title)];
    let script = entry.script.as_deref().map(str::trim).filter(|script| !script.is_empty());
    parts.extend(script.filter(|script| !body.contains(script)).map(str::to_owned));
    parts.extend(Some(body.trim().to_owned()).filter(|body| !body.is_empty()));
    if let Some(guide) = &entry.guide {
        parts.extend(missing_sections(guide, body));
    }
    parts.extend(footing(entry));
    parts.join("\n\n")
}

/// Sections of a guide that its body does not say already.
fn missing_sections(guide: &GuideParts, body: &str) -> Vec<String> {
    let list = |items: &[String]| items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>();
    let places = guide.places.iter().map(|place| {
        let phone = place.phone.as_ref().map(|phone| format!("电话：{phone}"));
        let parts = [place.name.clone(), place.address.clone(), place.hours.clone(), phone];
        format!("- {}", parts.into_iter().flatten().collect::<Vec<_>>().join("，"))
    });
    let one = |text: &Option<String>| text.iter().cloned().collect::<Vec<_>>();
    let sections = [
        ("办理条件", one(&guide.conditions)),
        ("所需材料", list(&guide.materials)),
        ("办理流程", list(&guide.steps)),
        ("办理时限", one(&guide.time_limit)),
        ("收费", one(&guide.fee)),
        ("办理地点", places.collect()),
        ("网上办理", one(&guide.online)),
        ("办理依据", list(&guide.legal_basis)),
        ("注意事项", one(&guide.notes)),
    ];
    let is_missing =
        |lines: &[String]| lines.iter().any(|line| !body.contains(line.trim_start_matches("- ").trim()));
    let missing = sections.into_iter().filter(|(_, lines)| is_missing(lines));
    missing.map(|(heading, lines)| format!("## {heading}\n{}", lines.join("\n"))).collect()
}

/// Source, department, region and validity, as far as the entry says them.
fn footing(entry: &Entry) -> Option<String> {
    let sources: Vec<String> = entry.source.iter().filter_map(citation).collect();
    let lines = [
        (!sources.is_empty()).then(|| format!("来源：{}", sources.join("；"))),
        (!entry.department.is_empty()).then(|| format!("主管部门：{}", entry.department)),
        entry.region.name().map(|name| format!("适用地区：{name}")),
        entry.effective_from.map(|day| format!("{day} 起施行")),
        entry.expires_on.map(|day| format!("有效期至：{day}")),
    ];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// A source as it is cited: 《劳动法》第五十条（文号，发文单位，链接）
pub fn citation(source: &Source) -> Option<String> {
    let article = source.article.as_deref().unwrap_or_default();
    let title = source.title.as_deref().map(|title| match title.starts_with('《') {
        true => format!("{title}{article}"),
        false => format!("《{title}》{article}"),
    });
    let more: Vec<&str> = [&source.number, &source.issuer, &source.link]
        .into_iter()
        .filter_map(|part| part.as_deref())
        .filter(|part| !part.is_empty())
        .collect();
    match (title, more.is_empty()) {
        (Some(title), true) => Some(title),
        (Some(title), false) => Some(format!("{title}（{}）", more.join("，"))),
        (None, true) => None,
        (None, false) => Some(more.join("，")),
    }
}

/// At most so many characters of a text around a passage that stands in it; its
/// beginning where it does not.
fn around<'a>(text: &'a str, passage: &str, most_chars: usize) -> &'a str {
    let chars = text.chars().count();
    if chars <= most_chars {
        return text;
    }
    let passage = passage.trim_matches(['…', ' ', '\n']);
    let at = text.find(passage).map_or(0, |byte| text[..byte].chars().count());
    let from = at.saturating_sub(most_chars / 4).min(chars - most_chars);
    let byte_of = |char: usize| text.char_indices().nth(char).map_or(text.len(), |(byte, _)| byte);
    &text[byte_of(from)..byte_of(from + most_chars)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Kind;

    #[test]
    fn a_long_body_is_cut_around_the_passage() {
        let text = format!("{}甲乙丙{}", "前".repeat(100), "后".repeat(100));
        let cut = around(&text, "…甲乙丙…", 20);
        assert_eq!(cut.chars().count(), 20);
        assert!(cut.contains("甲乙丙"), "{cut}");
        assert_eq!(around("短", "没有", 20), "短");
        assert!(around(&text, "没有", 20).starts_with("前前"));
    }

    #[test]
    fn an_entry_says_what_it_rests_on_and_never_its_note() {
        let mut entry = Entry::new("a", Kind::Guide, "补领身份证");
        entry.body = "到派出所补领。".to_owned();
        entry.internal_note = Some("内部".to_owned());
        entry.source = vec![Source { title: Some("居民身份证法".to_owned()), ..Source::default() }];
        entry.guide = Some(GuideParts { materials: vec!["户口簿".to_owned()], ..GuideParts::default() });
        let text = markdown(&entry);
        assert!(text.contains("《居民身份证法》") && text.contains("- 户口簿"), "{text}");
        assert!(!text.contains("内部"), "{text}");
    }
}
