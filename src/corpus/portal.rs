//! Service-guide records as provincial portals publish them (`TASK_NAME` …,
//! see `../shared/contracts.md`).

use serde_json::{Map, Value};

use crate::entry::{Entry, Finding, GuideParts, Kind, Place, Region, Source};

pub(super) fn entry_of(row: &Map<String, Value>) -> Result<Entry, Finding> {
    let text = |field: &str| {
        let value = row.get(field).and_then(Value::as_str).map(str::trim);
        value.filter(|text| !text.is_empty() && *text != "无").map(str::to_owned)
    };
    let list = |field: &str| -> Vec<String> {
        let values = row.get(field).and_then(Value::as_array).into_iter().flatten();
        values
            .filter_map(|value| Some(value.as_str()?.trim().to_owned()))
            .filter(|item| !item.is_empty())
            .collect()
    };
    let needed = |field: &str| {
        text(field).ok_or_else(|| Finding::error("field_missing", field, format!("缺少字段 {field}，请补上")))
    };
    let region = needed("AREACODE")?;
    let mut entry = Entry::new(needed("TASK_CODE")?, Kind::Guide, needed("TASK_NAME")?);
    entry.region = Region::parse(&region).ok_or_else(|| {
        Finding::error("region_malformed", "AREACODE", format!("区域代码“{region}”不是六位或十二位数字"))
    })?;
    entry.department = text("DEPT_NAME").unwrap_or_default();
    entry.category = text("matter_type").or_else(|| text("TASK_TYPE_TEXT")).unwrap_or_default();
    entry.keywords = list("theme_category").into_iter().filter(|word| word.chars().count() <= 20).collect();
    let place = Place { address: text("handle_location"), phone: text("consult_phone"), ..Place::default() };
    let audience = list("service_object_name");
    let notes = [
        (!audience.is_empty()).then(|| format!("服务对象：{}", audience.join("、"))),
        text("complain_phone").map(|phone| format!("监督电话：{phone}")),
    ];
    let parts = GuideParts {
        conditions: text("accept_standard"),
        materials: list("material_intro"),
        time_limit: time_limit(text("handle_time_limit"), text("handle_time")),
        places: if place == Place::default() { Vec::new() } else { vec![place] },
        online: text("URL").or_else(|| text("online_book_addr")),
        notes: Some(notes.into_iter().flatten().collect::<Vec<_>>().join("\n"))
            .filter(|notes| !notes.is_empty()),
        ..GuideParts::default()
    };
    entry.body = body_of(&parts);
    entry.source = vec![Source { issuer: text("DEPT_NAME"), link: text("URL"), ..Source::default() }];
    entry.guide = Some(parts);
    if entry.body.is_empty() {
        entry.body.clone_from(&entry.title);
    }
    Ok(entry)
}

fn time_limit(promised: Option<String>, legal: Option<String>) -> Option<String> {
    let said = [promised.map(|days| format!("承诺 {days}")), legal.map(|days| format!("法定 {days}"))];
    Some(said.into_iter().flatten().collect::<Vec<_>>().join("，")).filter(|said| !said.is_empty())
}

/// The parts as Markdown under the headings of our own guides.
fn body_of(parts: &GuideParts) -> String {
    let list = |items: &[String]| {
        let lines: Vec<String> = items.iter().map(|item| format!("- {item}")).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    };
    let places: Vec<String> = parts
        .places
        .iter()
        .map(|place| {
            [place.address.as_deref(), place.phone.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" 电话：")
        })
        .collect();
    let sections = [
        ("办理条件", parts.conditions.clone()),
        ("所需材料", list(&parts.materials)),
        ("办理时限", parts.time_limit.clone()),
        ("办理地点", list(&places)),
        ("网上办理", parts.online.clone()),
        ("注意事项", parts.notes.clone()),
    ];
    let written = sections.into_iter().filter_map(|(heading, text)| Some(format!("## {heading}\n{}", text?)));
    written.collect::<Vec<_>>().join("\n\n")
}
