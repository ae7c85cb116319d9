//! The columns of a table by the names that hotlines give them. A name is
//! compared without blanks, width, asterisks and remarks in brackets.

use crate::entry::Kind;
use crate::text::normalise;

/// Fields and the names of their columns, as [`plain`] leaves them.
pub(super) const COLUMNS: [(&str, &[&str]); 21] = [
    ("id", &["编号", "id", "知识编号", "条目编号", "知识id"]),
    ("kind", &["类型", "kind", MATERIAL, "知识类型", "条目类型"]),
    (
        "title",
        &[
            "标准问",
            "标题",
            "问题",
            "title",
            "标准问题",
            "问法",
            "问句",
            "知识标题",
            "问题标题",
            "主问题",
            "事项名称",
        ],
    ),
    (
        "similar_questions",
        &[
            "相似问",
            "相似问题",
            "similar_questions",
            "相似问法",
            "扩展问",
            "扩展问题",
            "扩展问法",
            "其他问法",
        ],
    ),
    ("negative_questions", &["反例问", "negative_questions", "反例", "反例问题"]),
    (
        "body",
        &[
            "答案",
            "内容",
            "正文",
            "body",
            "回答",
            "答复",
            "解答",
            "标准答案",
            "答复内容",
            "回复",
            "回复内容",
            "知识内容",
        ],
    ),
    ("script", &["话术", "script", "标准话术", "答复口径"]),
    ("category", &["分类", "类目", "category", "类别", "知识分类", "所属分类", "所属类目", "问题分类"]),
    ("region", &["区域", "region", "区域代码", "行政区划", "行政区划代码", "地区代码"]),
    (
        "department",
        &[
            "部门",
            "发文单位",
            "department",
            "责任部门",
            "承办单位",
            "责任单位",
            "主管部门",
            "承办部门",
            "业务部门",
            "所属部门",
        ],
    ),
    ("keywords", &["关键词", "关键字", "keywords", "标签"]),
    ("internal_note", &["内部备注", "internal_note", "内部说明"]),
    ("source.title", &["依据", "政策依据", "法律依据", "依据文件"]),
    ("source.article", &["条款", "依据条款"]),
    ("source.number", &["文号", "发文字号", "文件编号", "发文文号"]),
    ("source.issuer", &["发文机关", "发布机构", "发布单位", "制定机关"]),
    ("source.date", &["发布日期", "成文日期", "发文日期", "印发日期", "发布时间"]),
    (
        "effective_from",
        &["施行日期", "effective_from", "生效日期", "有效期起", "生效时间", "实施日期", "开始日期"],
    ),
    (
        "expires_on",
        &["失效日期", "expires_on", "有效期至", "有效期止", "截止日期", "失效时间", "到期日期", "终止日期"],
    ),
    ("next_review_on", &["复核日期", "next_review_on", "下次复核日期"]),
    ("source.link", &["链接", "link", "网址", "原文链接", "来源链接"]),
];

/// 材料性质: the column that only the import form of a city has
/// (`contracts.md` 5, Xinyang 2021).
pub(super) const MATERIAL: &str = "材料性质";

/// The field that a column stands for.
pub(super) fn field_of(name: &str) -> Option<&'static str> {
    let name = plain(name);
    COLUMNS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(field, _)| *field)
}

/// A column's name without blanks, width, asterisks and bracketed remarks.
pub(super) fn plain(name: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for character in normalise(name).chars() {
        match character {
            '(' | '[' | '【' | '〔' => depth += 1,
            ')' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            '*' | ':' | '：' => {}
            _ if character.is_whitespace() || depth > 0 => {}
            _ => kept.push(character),
        }
    }
    kept.to_lowercase()
}

/// A kind by its name in a table. 通知公告 and 业务指引 are a body's own texts and
/// no answers to a question: policies.
pub(super) fn kind_of(name: &str) -> Option<Kind> {
    let name = plain(name);
    let bare = name.strip_suffix('类').unwrap_or(&name);
    match bare {
        "办事指南" | "服务指南" | "指南" => Some(Kind::Guide),
        "法律法规" | "政策文件" | "政策法规" | "规范性文件" | "政策" | "通知公告" | "业务指引" => {
            Some(Kind::Policy)
        }
        "热点问答" | "日常咨询" | "常见问题" | "问答" | "常见问答" | "咨询" => {
            Some(Kind::Faq)
        }
        _ => Kind::parse(bare),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_known_by_its_usual_names() {
        for (name, field) in [
            ("标准问题 *", "title"),
            ("  答　案（必填）", "body"),
            ("扩展问", "similar_questions"),
            ("承办单位：", "department"),
            ("有效期至\n[yyyy-mm-dd]", "expires_on"),
            ("ＩＤ", "id"),
            ("关键字【逗号分隔】", "keywords"),
        ] {
            assert_eq!(field_of(name), Some(field), "{name}");
        }
        assert_eq!(field_of("序号"), None);
    }

    #[test]
    fn the_natures_of_the_import_form_are_kinds() {
        for (name, kind) in [
            ("办事指南", Kind::Guide),
            ("法律法规", Kind::Policy),
            ("日常咨询类", Kind::Faq),
            ("通知公告", Kind::Policy),
            ("faq", Kind::Faq),
        ] {
            assert_eq!(kind_of(name), Some(kind), "{name}");
        }
        assert_eq!(kind_of("新闻"), None);
    }
}
