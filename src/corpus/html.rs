//! Pages saved from a government's site: the text without menus, breadcrumbs and
//! share bars, with what the page says about itself in its head.

use encoding_rs::Encoding;
use scraper::node::Node;
use scraper::{ElementRef, Html, Selector};

use super::document::{self, Document};
use super::html_text::Writer;
use super::markdown::tidied;
use super::{Rows, encoding};
use crate::entry::Finding;

/// Bytes at the start of a page in which its encoding is named.
const CHARSET_WITHIN_BYTES: usize = 2048;
/// Share of a page's text that its main part has at least.
const MAIN_SHARE: f64 = 0.75;
/// Elements inside each other that are followed on the way to the main part.
const MAX_MAIN_DEPTH: usize = 64;
/// Elements with a name of a publishing system that are compared.
const MAX_NAMED: usize = 32;
/// Elements that are no text.
const DROPPED_TAGS: [&str; 16] = [
    "script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "button",
    "select", "iframe", "svg", "input", "object", "title",
];
/// Parts of class names and ids of what stands around a text.
const DROPPED_NAMES: [&str; 40] = [
    "nav",
    "menu",
    "header",
    "footer",
    "foot",
    "breadcrumb",
    "breadcrumbs",
    "crumb",
    "crumbs",
    "bread",
    "position",
    "location",
    "dqwz",
    "wzdh",
    "share",
    "bdsharebuttonbox",
    "bshare",
    "fenxiang",
    "sidebar",
    "aside",
    "copyright",
    "related",
    "xgwz",
    "print",
    "printer",
    "qrcode",
    "ewm",
    "erweima",
    "toolbar",
    "pagination",
    "pager",
    "search",
    "fontsize",
    "zoomfont",
    "font",
    "friendlink",
    "links",
    "gotop",
    "language",
    "dropdown",
];
/// Where the publishing systems of government sites put the text.
const MAIN_SELECTORS: &str = "#UCAP-CONTENT, .TRS_Editor, .TRS_UEDITOR, .trs_editor_view, #zoom, #Zoom, .pages_content, .article-content, .article_content, #article_content, .wzcon, #wzcon, .news_content, .xxgk_content, .content-article, article";

pub(super) fn read(bytes: &[u8], rows: &mut Rows<'_>) {
    let Some(text) = decoded(bytes) else {
        let message = "网页的编码不认得，请用浏览器打开后另存为 UTF-8";
        return rows.finding(0, Finding::error("encoding_unknown", "", message));
    };
    let page = Html::parse_document(&text);
    document::push(document_of(&page), rows);
}

/// The page's text: by its mark, by the encoding it names, else as other files.
fn decoded(bytes: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(CHARSET_WITHIN_BYTES)]).to_ascii_lowercase();
    let named = start.split("charset=").nth(1).and_then(|rest| {
        let label = rest.trim_start_matches(['"', '\'', ' ']);
        Encoding::for_label(
            label.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-').next()?.as_bytes(),
        )
    });
    let by_name = named.filter(|_| Encoding::for_bom(bytes).is_none()).and_then(|named| {
        named.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned())
    });
    by_name.or_else(|| encoding::decode(bytes).map(|text| text.into_owned()))
}

fn document_of(page: &Html) -> Document {
    let mut labels = meta(page);
    let root = page.root_element();
    let all = Writer::write(root, is_dropped);
    labels.extend(all.labels());
    let main = main_of(page);
    let mut document = Document { labels, ..Document::default() };
    let title = |names: &[&str]| {
        document
            .labels
            .iter()
            .find(|(name, _)| names.contains(&name.as_str()))
            .map(|(_, value)| value.clone())
    };
    let heading = first_text(page, "h1");
    let whole = first_text(page, "title").map(|title| without_site(&title).to_owned());
    document.title = title(&["ArticleTitle", "标题", "名称"]).or(heading).or(whole);
    document.blocks = Writer::write(main.unwrap_or(root), is_dropped).into_blocks();
    let own = document.title.as_deref().map(tidied);
    // The title again at the head of the text, and remarks on the page itself.
    let is_title = |text: &str| own.as_deref() == Some(tidied(text).as_str());
    if document.blocks.first().and_then(|block| block.text()).is_some_and(is_title) {
        document.blocks.remove(0);
    }
    document.blocks.retain(|block| !block.text().is_some_and(is_page_remark));
    document
}

/// 来源：… 发布时间：… 浏览次数：… 字体：大 中 小
fn is_page_remark(text: &str) -> bool {
    const SIGNS: [&str; 10] = [
        "浏览次数",
        "浏览量",
        "阅读次数",
        "字体：",
        "字号：",
        "打印本页",
        "关闭窗口",
        "分享到",
        "扫一扫",
        "当前位置",
    ];
    text.chars().count() < 120 && SIGNS.iter().any(|sign| text.contains(sign))
}

/// A page's title without the site's name behind it.
fn without_site(title: &str) -> &str {
    title.split(['_', '|', '—']).next().unwrap_or(title).split(" - ").next().unwrap_or(title).trim()
}

fn first_text(page: &Html, selector: &str) -> Option<String> {
    let selector = Selector::parse(selector).ok()?;
    let texts = page.select(&selector).map(|element| tidied(&element.text().collect::<String>()));
    texts.into_iter().find(|text| !text.is_empty())
}

/// The `<meta>` that government sites write about a page.
fn meta(page: &Html) -> Vec<(String, String)> {
    const NAMES: [&str; 5] = ["ArticleTitle", "PubDate", "ContentSource", "Keywords", "Url"];
    let Ok(selector) = Selector::parse("meta[name][content]") else { return Vec::new() };
    let metas = page.select(&selector).filter_map(|element| {
        let name = element.attr("name")?;
        let known = NAMES.iter().find(|known| known.eq_ignore_ascii_case(name))?;
        let content = element.attr("content")?.trim();
        (!content.is_empty()).then(|| ((*known).to_owned(), content.to_owned()))
    });
    metas.collect()
}

/// The element that holds the text: by the names of publishing systems, else the
/// smallest that has most of the page's text outside links.
fn main_of(page: &Html) -> Option<ElementRef<'_>> {
    let length = |element: ElementRef<'_>| Writer::write(element, is_dropped).plain_chars();
    let selector = Selector::parse(MAIN_SELECTORS).ok()?;
    let named = page
        .select(&selector)
        .take(MAX_NAMED)
        .map(|element| (length(element), element))
        .max_by_key(|(chars, _)| *chars);
    if let Some((chars, element)) = named
        && chars >= 50
    {
        return Some(element);
    }
    let mut current = page.select(&Selector::parse("body").ok()?).next()?;
    for _ in 0..MAX_MAIN_DEPTH {
        let whole = length(current);
        let children = current.children().filter_map(ElementRef::wrap).filter(|child| !is_dropped(*child));
        let largest = children.map(|child| (length(child), child)).max_by_key(|(chars, _)| *chars);
        match largest {
            Some((chars, child))
                if chars as f64 >= whole as f64 * MAIN_SHARE
                    && !matches!(child.value().name(), "p" | "table") =>
            {
                current = child;
            }
            _ => break,
        }
    }
    Some(current)
}

fn is_dropped(element: ElementRef<'_>) -> bool {
    let value = element.value();
    if DROPPED_TAGS.contains(&value.name()) {
        return true;
    }
    if matches!(value.name(), "html" | "body") {
        return false;
    }
    let is_hidden = value.attr("style").is_some_and(|style| style.replace(' ', "").contains("display:none"));
    let names = [value.attr("class"), value.attr("id")];
    let words = names.into_iter().flatten().flat_map(|name| name.split(|sign: char| !sign.is_alphanumeric()));
    let mut words = words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase);
    is_hidden || words.any(|word| DROPPED_NAMES.contains(&word.as_str()))
}

/// The element of a node, if it is one.
pub(super) fn tag_of(node: &Node) -> Option<&str> {
    node.as_element().map(|element| element.name())
}
