use std::collections::HashMap;

use super::*;
use crate::entry::{Kind, Region, Severity};

fn reading(name: &str, text: &str) -> Reading {
    let file = SourceFile { path: name.into(), relative: name.to_owned(), bytes: 0 };
    read(&file, text.as_bytes(), &Manifest::default())
}

#[test]
fn every_bad_row_is_named_and_the_good_ones_are_read() {
    let reading = reading(
        "faq.csv",
        "编号,标准问,答案,区域,怪列\na,问,答,210100,x\nb,,答,210100,x\nc,问,答,沈阳,x\na,问,答,,x\n",
    );
    assert_eq!(reading.entries.len(), 1);
    assert_eq!(reading.entries[0].region, Region::parse("210100").unwrap());
    let errors: Vec<(usize, &str)> =
        reading.findings.iter().filter(|finding| finding.is_error()).map(|f| (f.line, f.code)).collect();
    assert_eq!(errors, [(3, "title_missing"), (4, "region_malformed"), (5, "id_duplicate")]);
    assert!(reading.findings.iter().any(|f| f.severity == Severity::Warning && f.code == "column_unknown"));
}

#[test]
fn sources_of_a_row_are_paired_by_position() {
    let reading = reading(
        "faq.csv",
        "编号,标准问,答案,依据,条款,发布日期\na,问,答,甲法|乙法,第一条|第二条,2020-01-01|2021/2/3\n",
    );
    let sources = &reading.entries[0].source;
    assert_eq!(sources[1].title.as_deref(), Some("乙法"));
    assert_eq!(sources[1].date.map(|day| day.to_string()).as_deref(), Some("2021-02-03"));
}

#[test]
fn a_guide_is_read_with_its_parts() {
    let text = "---\nid: guide-a\nkind: guide\ntitle: 甲\ndepartment: 乙\nsource:\n  - title: 丙法\n    article: 第一条\n---\n## 办理条件\n年满十八岁\n## 所需材料\n- 身份证\n- 户口簿\n## 怪栏目\n丁\n";
    let reading = reading("a.md", text);
    let guide = reading.entries[0].guide.as_ref().unwrap();
    assert_eq!(guide.materials, ["身份证", "户口簿"]);
    assert_eq!(reading.entries[0].kind, Kind::Guide);
    assert!(reading.findings.iter().any(|finding| finding.code == "guide_heading_unknown"));
    assert!(!reading.findings.iter().any(Finding::is_error));
}

#[test]
fn an_unknown_front_matter_field_is_refused_with_its_line() {
    let reading = reading("a.md", "---\nid: guide-a\nkind: guide\ntitel: 甲\n---\n");
    assert!(reading.entries.is_empty());
    assert_eq!((reading.findings[0].line, reading.findings[0].code), (4, "front_matter_malformed"));
}

#[test]
fn an_evaluation_file_is_refused_and_broken_json_is_named() {
    let reading = reading("q.jsonl", "{\"question\":\"问\",\"relevant\":[]}\n{\"id\":\n");
    let codes: Vec<_> = reading.findings.iter().map(|finding| (finding.line, finding.code)).collect();
    assert_eq!(codes, [(1, "evaluation_row"), (2, "json_malformed")]);
}

#[test]
fn our_own_corpus_reads_without_an_error() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let manifest = Manifest::beside(&corpus).unwrap();
    let mut kinds = HashMap::new();
    for file in files(&corpus).unwrap() {
        let reading = read(&file, &std::fs::read(&file.path).unwrap(), &manifest);
        let errors: Vec<_> = reading.findings.iter().filter(|finding| finding.is_error()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        for entry in reading.entries {
            assert!(
                entry.source.iter().any(|source| source.title.is_some()),
                "{} rests on nothing",
                entry.id
            );
            *kinds.entry(entry.kind).or_insert(0) += 1;
        }
    }
    assert!(kinds.values().sum::<i32>() >= 300 && kinds.len() == 3, "{kinds:?}");
}

#[test]
fn a_date_that_says_more_than_a_day_is_refused() {
    let reading = reading(
        "faq.csv",
        "编号,标准问,答案,施行日期\na,问,答,2021年1月1日\nb,问,答,2021-01-01至2022-02-02\n",
    );
    assert_eq!(reading.entries.len(), 1);
    assert_eq!((reading.findings[0].line, reading.findings[0].code), (3, "date_malformed"));
}

#[test]
fn an_amount_at_the_start_of_a_line_keeps_its_digits() {
    let text = "---\nid: guide-a\nkind: guide\ntitle: 甲\n---\n## 办理流程\n1. 甲\n3.5元另付\n2、乙\n";
    let reading = reading("a.md", text);
    assert_eq!(reading.entries[0].guide.as_ref().unwrap().steps, ["甲3.5元另付", "乙"]);
}

#[test]
fn every_article_a_labelled_question_names_is_read() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !data.is_dir() {
        println!("skipped: {} is not there", data.display());
        return;
    }
    let mut ids = std::collections::HashSet::new();
    for file in files(&data.join("laws")).unwrap() {
        let reading = read(&file, &std::fs::read(&file.path).unwrap(), &Manifest::default());
        assert!(!reading.findings.iter().any(Finding::is_error), "{:?}", reading.findings);
        ids.extend(reading.entries.into_iter().map(|entry| entry.id));
    }
    let questions = std::fs::read_to_string(data.join("questions.jsonl")).unwrap();
    for line in questions.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        for id in row["relevant"].as_array().unwrap().iter().filter_map(serde_json::Value::as_str) {
            assert!(ids.contains(id), "{id}");
        }
    }
}
