//! What a text names exactly: document numbers, articles, telephone numbers.
//! Entries and questions give the same keys, so an exact field can match them
//! in any width, bracket or numeral.

use std::sync::LazyLock;

use regex::Regex;

use super::parse_numeral;

/// Longest run of characters before a document number's year that can belong to it.
const LONGEST_ISSUER_CHARS: usize = 8;
/// Shortest title a reference to an article can use: 民法典 is three characters.
const SHORTEST_TITLE_CHARS: usize = 2;

/// The exact things a question names, as keys of the exact field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// `国办发[2020]53号`, longest issuer first.
    pub documents: Vec<String>,
    /// `民法典#54`, longest title first.
    pub articles: Vec<String>,
    /// Digits only.
    pub phones: Vec<String>,
}

impl Named {
    /// All keys.
    pub fn keys(&self) -> Vec<String> {
        [&self.documents, &self.articles, &self.phones].into_iter().flatten().cloned().collect()
    }
}

static DOCUMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(\p{Han}{1,12})\s*[\[(]\s*((?:19|20)\d{2})\s*[\])]\s*第?\s*(\d{1,5})\s*号").ok()
});
static ARTICLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(\p{Han}{0,30}(?:法典|法|条例|办法|规定|解释|细则|规则|决定))》?\s*(?:\p{Han}编)?\s*第?\s*([0-9]{1,4}|[零〇一二三四五六七八九十百千两]{1,9})\s*条(?:\s*之\s*([一二三四五六七八九十]))?",
    )
    .ok()
});
static PHONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^0-9])(0\d{2,3}[- ]?\d{7,8}|1[3-9]\d{9}|400[- ]?\d{3}[- ]?\d{4}|1[012]\d{3}|\d{7,8}|8890|110|119|120|122)(?:$|[^0-9])").ok()
});

/// What a normalised question names.
pub fn recognise(normalised: &str) -> Named {
    Named {
        documents: document_keys(normalised),
        articles: article_mentions(normalised),
        phones: phone_keys(normalised),
    }
}

/// Keys of the document numbers in a normalised text. Where the issuer begins
/// is not known in running text, so every ending of two or more characters is
/// a key: 根据国办发[2020]53号 gives 国办发…, 办发… and longer ones.
pub fn document_keys(normalised: &str) -> Vec<String> {
    let Some(pattern) = DOCUMENT.as_ref() else { return Vec::new() };
    let mut keys = Vec::new();
    for found in pattern.captures_iter(normalised) {
        let number = format!("[{}]{}号", &found[2], found[3].trim_start_matches('0'));
        keys.extend(endings(&found[1], 2, LONGEST_ISSUER_CHARS).map(|issuer| format!("{issuer}{number}")));
    }
    keys
}

static CITED_ARTICLES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let article = r"第[零〇一二三四五六七八九十百千0-9]{1,9}条(?:之[一二三四五六七八九十])?(?:第[一二三四五六七八九十]+款)?(?:第[(（]?[一二三四五六七八九十]+[)）]?项)?";
    Regex::new(&format!(
        r"(?:《([^《》]{{2,40}})》|(本(?:法|条例|规定|办法|解释|细则))|(民法典|刑法|民事诉讼法|刑事诉讼法|行政诉讼法))((?:(?:、|和|及|或者|或|至)?{article})+)"
    ))
    .ok()
});
static ONE_ARTICLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"第([零〇一二三四五六七八九十百千0-9]{1,9})条(?:之([一二三四五六七八九十]))?").ok()
});

/// Keys (`民法典#54`) of the articles a normalised text cites, each once;
/// 本法第X条 is of `own_title`.
pub fn cited_articles(normalised: &str, own_title: Option<&str>) -> Vec<String> {
    let (Some(cited), Some(one)) = (CITED_ARTICLES.as_ref(), ONE_ARTICLE.as_ref()) else { return Vec::new() };
    let mut keys = Vec::new();
    for found in cited.captures_iter(normalised) {
        let named = found.get(1).or_else(|| found.get(3)).map(|title| title.as_str());
        let Some(title) = named.or(own_title) else { continue };
        for article in one.captures_iter(&found[4]) {
            let sub = article.get(2).and_then(|sub| parse_numeral(sub.as_str()));
            keys.extend(parse_numeral(&article[1]).map(|number| key_of(short_title(title), number, sub)));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The number in an article's key: 54 of `民法典#54`.
pub fn article_number(key: &str) -> Option<u32> {
    let (_, number) = key.rsplit_once('#')?;
    number.split('之').next()?.parse().ok()
}

/// The key of an article of a law: `民法典#54`, `刑法#133之1`; `None` where the
/// label is not 第…条.
pub fn article_key(document_title: &str, label: &str) -> Option<String> {
    let label = label.strip_prefix('第')?;
    let (number, rest) = label.split_once('条')?;
    let number = parse_numeral(number)?;
    let sub = rest.strip_prefix('之').and_then(parse_numeral);
    Some(key_of(short_title(document_title), number, sub))
}

/// A law's title as people say it: without 中华人民共和国, and for a part of the
/// civil code (民法典 总则编) the code's name alone.
pub fn short_title(document_title: &str) -> &str {
    let title = match document_title.trim().rsplit_once(char::is_whitespace) {
        Some((code, part)) if part.ends_with('编') => code.trim_end(),
        _ => document_title.trim(),
    };
    title.strip_prefix("中华人民共和国").unwrap_or(title)
}

fn key_of(title: &str, number: u32, sub: Option<u32>) -> String {
    match sub {
        Some(sub) => format!("{title}#{number}之{sub}"),
        None => format!("{title}#{number}"),
    }
}

fn article_mentions(normalised: &str) -> Vec<String> {
    let Some(pattern) = ARTICLE.as_ref() else { return Vec::new() };
    let mut keys = Vec::new();
    for found in pattern.captures_iter(normalised) {
        let Some(number) = parse_numeral(&found[2]) else { continue };
        let sub = found.get(3).and_then(|sub| parse_numeral(sub.as_str()));
        let title = found[1].trim_start_matches("中华人民共和国");
        keys.extend(endings(title, SHORTEST_TITLE_CHARS, 30).map(|title| key_of(title, number, sub)));
    }
    keys
}

/// The telephone numbers in a normalised text, digits only.
pub fn phone_keys(normalised: &str) -> Vec<String> {
    let Some(pattern) = PHONE.as_ref() else { return Vec::new() };
    pattern
        .captures_iter(normalised)
        .map(|found| format!("tel:{}", found[1].replace(['-', ' '], "")))
        .collect()
}

/// Endings of a text of `shortest..=longest` characters, longest first.
fn endings(text: &str, shortest: usize, longest: usize) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let count = starts.len();
    (shortest..=longest.min(count)).rev().map(move |chars| &text[starts[count - chars]..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalise;

    #[test]
    fn a_document_number_has_one_key_in_any_bracket_and_width() {
        for text in
            ["国办发〔2020〕53号", "国办发[2020]53号", "请问国办发（２０２０）５３号", "国办发【2020】第53号"]
        {
            let keys = document_keys(&normalise(text));
            assert!(keys.contains(&"国办发[2020]53号".to_owned()), "{text}: {keys:?}");
        }
    }

    #[test]
    fn an_article_has_one_key_in_any_numeral() {
        let key = article_key("中华人民共和国民法典 总则编", "第五十四条").unwrap();
        assert_eq!(key, "民法典#54");
        for text in
            ["民法典54条", "民法典第54条", "《中华人民共和国民法典》第五十四条是什么", "根据民法典第五十四条"]
        {
            assert!(recognise(&normalise(text)).articles.contains(&key), "{text}");
        }
        assert_eq!(article_key("刑法", "第一百三十三条之一").as_deref(), Some("刑法#133之1"));
    }

    #[test]
    fn cited_articles_are_known_by_their_law() {
        let text = "依照本法第三条、第四条和《中华人民共和国民法典》第五百零九条第一款,民法典第54条";
        let keys = cited_articles(text, Some("中华人民共和国公司法"));
        assert_eq!(keys, ["公司法#3", "公司法#4", "民法典#509", "民法典#54"]);
        assert_eq!(article_number("刑法#133之1"), Some(133));
    }

    #[test]
    fn a_phone_number_is_the_same_with_and_without_dashes() {
        assert_eq!(phone_keys("020-37627205"), phone_keys("电话02037627205"));
        assert_eq!(recognise("什么是户口").phones, Vec::<String>::new());
    }
}
