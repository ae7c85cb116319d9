//! What an import would do, for reading and as JSON.

use serde_json::{Value, json};

use crate::entry::FieldChange;
use crate::loading::{Changed, Likeness, Plan, Twin, Whereabouts};

/// Lines of a section that are shown; all are in the JSON.
const SHOWN: usize = 30;

/// The plan as one JSON object, with its sums.
pub(super) fn json(plan: &Plan) -> Value {
    json!({
        "sums": {
            "added": plan.added.len(),
            "changed": plan.changed.len(),
            "conflicts": plan.conflicts.len(),
            "unchanged": plan.unchanged,
            "retired": plan.retired.len(),
            "refused": plan.refused(),
            "twins": plan.twins.len(),
        },
        "added": plan.added,
        "changed": plan.changed,
        "conflicts": plan.conflicts,
        "retired": plan.retired,
        "findings": plan.findings,
        "twins": plan.twins,
    })
}

/// Prints the plan.
pub(super) fn print(plan: &Plan) {
    section(
        "新增",
        plan.added
            .iter()
            .map(|added| format!("{} {}（{}）", added.id, added.title, place(&added.file, added.line))),
    );
    section("修改", plan.changed.iter().map(changed));
    section("冲突（线上也改过：保留线上的，文件里的另存待定）", plan.conflicts.iter().map(changed));
    section("停用（文件里没有了）", plan.retired.iter().map(|named| format!("{} {}", named.id, named.title)));
    section("可能重复", plan.twins.iter().map(twin));
    let (refused, told): (Vec<_>, Vec<_>) = plan.findings.iter().partition(|finding| finding.is_error());
    section("拒收", refused.iter().map(ToString::to_string));
    section("提醒", told.iter().map(ToString::to_string));
    println!(
        "试运行：会新增 {}，修改 {}，未变 {}，停用 {}，冲突 {}，拒收 {}，可能重复 {}；知识库没有改动",
        plan.added.len(),
        plan.changed.len(),
        plan.unchanged,
        plan.retired.len(),
        plan.conflicts.len(),
        refused.len(),
        plan.twins.len()
    );
    println!("去掉 --dry-run 就导入；只要其中几条用 --only 编号，不要其中几条用 --except 编号");
}

fn changed(changed: &Changed) -> String {
    let of = |field: &FieldChange| format!("\n    {}：{}", name_of(&field.field), field.difference);
    format!("{} {}{}", changed.id, changed.title, changed.fields.iter().map(of).collect::<String>())
}

fn section(name: &str, lines: impl ExactSizeIterator<Item = String>) {
    let count = lines.len();
    if count == 0 {
        return;
    }
    println!("{name} {count}：");
    lines.take(SHOWN).for_each(|line| println!("  {line}"));
    if count > SHOWN {
        println!("  ……还有 {}，用 --json 看全部", count - SHOWN);
    }
}

fn place(file: &str, line: usize) -> String {
    if line == 0 { file.to_owned() } else { format!("{file} 第 {line} 行") }
}

fn twin(twin: &Twin) -> String {
    let whereabouts = match twin.other_in {
        Whereabouts::Library => "知识库里的",
        Whereabouts::Import => "这次导入的",
    };
    let by = match twin.by {
        Likeness::SameTitle => "标题相同".to_owned(),
        Likeness::SameNumber => "文号相同".to_owned(),
        Likeness::NearText => format!("正文相似 {:.0}%", twin.share * 100.0),
    };
    format!("{} {} 与{whereabouts} {} {}：{by}", twin.id, twin.title, twin.other_id, twin.other_title)
}

/// What editors call a field.
fn name_of(field: &str) -> &str {
    match field {
        "title" => "标题",
        "kind" => "类型",
        "similar_questions" => "相似问",
        "negative_questions" => "反例问",
        "keywords" => "关键词",
        "category" => "分类",
        "region" => "区域",
        "department" => "部门",
        "body" => "正文",
        "script" => "话术",
        "internal_note" => "内部备注",
        "status" => "状态",
        "effective_from" => "施行日期",
        "expires_on" => "失效日期",
        "next_review_on" => "复核日期",
        "source" => "依据",
        "guide" => "办事指南",
        other => other,
    }
}
