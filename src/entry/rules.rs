//! The rules every entry keeps, wherever it comes from.

use super::{Entry, Finding};

/// Longest title, as in a city's import form (`contracts.md`, Xinyang 2021).
pub const MAX_TITLE_CHARS: usize = 128;
/// Longest keyword, from the same form.
pub const MAX_KEYWORD_CHARS: usize = 20;
/// Longest script: what can be said in a minute.
pub const MAX_SCRIPT_CHARS: usize = 400;

/// Checks one entry; an empty list means it may be loaded.
pub fn check(entry: &Entry) -> Vec<Finding> {
    let mut findings = Vec::new();
    if entry.id.trim().is_empty() {
        findings.push(Finding::error("id_missing", "id", "缺少编号，请填写唯一的编号"));
    }
    let title_chars = entry.title.chars().count();
    if entry.title.trim().is_empty() {
        findings.push(Finding::error("title_missing", "title", "缺少标题，请填写标题或标准问"));
    } else if title_chars > MAX_TITLE_CHARS {
        let message = format!("标题有 {title_chars} 个字，最多 {MAX_TITLE_CHARS} 个，请缩短");
        findings.push(Finding::error("title_too_long", "title", message));
    }
    if entry.body.trim().is_empty() && entry.guide.is_none() && entry.script.is_none() {
        findings.push(Finding::error("body_missing", "body", "没有正文也没有话术，请补上答案内容"));
    }
    check_keywords(entry, &mut findings);
    if let Some(script) = &entry.script {
        let chars = script.chars().count();
        if chars > MAX_SCRIPT_CHARS {
            let message = format!("话术有 {chars} 个字，最多 {MAX_SCRIPT_CHARS} 个，请只留要说的话");
            findings.push(Finding::error("script_too_long", "script", message));
        }
    }
    if let (Some(from), Some(until)) = (entry.effective_from, entry.expires_on)
        && until < from
    {
        let message = format!("失效日期 {until} 早于施行日期 {from}，请核对两个日期");
        findings.push(Finding::error("dates_reversed", "expires_on", message));
    }
    if entry.region.name().is_none() {
        let message = format!("区域代码 {} 不在行政区划表里，请核对", entry.region);
        findings.push(Finding::warning("region_unknown", "region", message));
    }
    findings
}

fn check_keywords(entry: &Entry, findings: &mut Vec<Finding>) {
    for keyword in &entry.keywords {
        if keyword.chars().count() > MAX_KEYWORD_CHARS {
            let message = format!("关键字“{keyword}”超过 {MAX_KEYWORD_CHARS} 个字，请缩短");
            findings.push(Finding::warning("keyword_too_long", "keywords", message));
        } else if *keyword == entry.title {
            let message = format!("关键字“{keyword}”与标题相同，请删去");
            findings.push(Finding::warning("keyword_is_title", "keywords", message));
        }
    }
}
