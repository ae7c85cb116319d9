//! Golden questions that people write down: `cases.txt`, a table of editors'
//! cases (question, where the entry has to be, its id), and labelled files, a
//! JSON object a line. What cannot be used is named and left out.

use serde_json::Value;

use super::golden::{Expectation, Golden, Origin};
use crate::entry::Finding;

/// Name of the editors' cases below the corpus folder.
pub const CASES: &str = "cases.txt";

/// The columns of the cases, each by its Chinese and its English name.
const COLUMNS: [[&str; 2]; 3] = [["问题", "question"], ["期望", "expectation"], ["编号", "entry"]];

fn expectation(cell: &str) -> Option<Expectation> {
    match cell {
        "第一" | "first" => Some(Expectation::First),
        "前三" | "among_three" => Some(Expectation::AmongThree),
        "不出现" | "absent" => Some(Expectation::Absent),
        _ => None,
    }
}

/// Reads cases: comma-separated with a header; a line that begins with `#` is a
/// remark. `file` is named in findings.
pub fn read_cases(file: &str, text: &str) -> (Vec<Golden>, Vec<Finding>) {
    let text = text.trim_start_matches('\u{FEFF}');
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let (mut cases, mut findings) = (Vec::new(), Vec::new());
    let header = reader.headers().cloned().unwrap_or_default();
    let places = COLUMNS.map(|names| header.iter().position(|name| names.contains(&name)));
    let [Some(question), Some(expected), Some(entry)] = places else {
        if !header.is_empty() {
            let message = "表头要有“问题,期望,编号”三列，请补上";
            findings.push(Finding::error("column_missing", "", message).at(file, 1));
        }
        return (cases, findings);
    };
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, |position| position.line() as usize);
                let message = "这一行读不出来，请检查引号，并存为 UTF-8";
                findings.push(Finding::error("csv_malformed", "", message).at(file, line));
                continue;
            }
        };
        let line = record.position().map_or(0, |position| position.line() as usize);
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let refused = |code, field, message: String| Finding::error(code, field, message).at(file, line);
        match (cell(question), expectation(cell(expected)), cell(entry)) {
            ("", _, _) => findings.push(refused("case_question_missing", "问题", "没有问题，请补上".into())),
            (_, None, _) => {
                let message = format!("“{}”不认得，请写第一、前三或不出现", cell(expected));
                findings.push(refused("case_expectation_unknown", "期望", message));
            }
            (_, _, "") => findings.push(refused("case_entry_missing", "编号", "没有条目编号，请补上".into())),
            (question, Some(expectation), entry) => cases.push(Golden {
                question: question.to_owned(),
                entries: vec![entry.to_owned()],
                expectation,
                origin: Origin::Case,
            }),
        }
    }
    (cases, findings)
}

/// Reads labelled questions: `{"question": …, "relevant": [ids]}` a line.
pub fn labelled_of(file: &str, text: &str) -> (Vec<Golden>, Vec<Finding>) {
    let (mut labelled, mut findings) = (Vec::new(), Vec::new());
    for (line, row) in (1..).zip(text.lines()).filter(|(_, row)| !row.trim().is_empty()) {
        let refused = |code, message: &str| Finding::error(code, "", message).at(file, line);
        let Ok(row) = serde_json::from_str::<Value>(row) else {
            findings.push(refused("labelled_malformed", "这一行不是 JSON，请改正"));
            continue;
        };
        let ids = row["relevant"]
            .as_array()
            .map(|ids| ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect::<Vec<String>>());
        match (row["question"].as_str(), ids) {
            (Some(question), Some(entries)) if !question.trim().is_empty() && !entries.is_empty() => {
                labelled.push(Golden {
                    question: question.to_owned(),
                    entries,
                    expectation: Expectation::AmongThree,
                    origin: Origin::Labelled,
                });
            }
            _ => findings.push(refused(
                "labelled_incomplete",
                "要有 question（文字）和 relevant（条目编号的列表，至少一个），请补上",
            )),
        }
    }
    (labelled, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_read_by_their_chinese_names_and_bad_lines_are_named() {
        let text = "# 注\n编号,问题,期望\na,怎么落户,第一\nb,怎么落户,不出现\nc,怎么落户,第二\n,怎么落户,前三\na,,第一\n";
        let (cases, findings) = read_cases("cases.txt", text);
        let read: Vec<_> = cases.iter().map(|case| (case.entries[0].as_str(), case.expectation)).collect();
        assert_eq!(read, [("a", Expectation::First), ("b", Expectation::Absent)]);
        let found: Vec<_> = findings.iter().map(|finding| (finding.line, finding.code)).collect();
        assert_eq!(
            found,
            [(5, "case_expectation_unknown"), (6, "case_entry_missing"), (7, "case_question_missing")]
        );
    }

    #[test]
    fn cases_without_a_header_are_refused_and_none_are_none() {
        assert_eq!(read_cases("c", "怎么落户,第一,a\n").1[0].code, "column_missing");
        assert_eq!(read_cases("c", ""), (Vec::new(), Vec::new()));
    }

    #[test]
    fn labelled_lines_that_cannot_be_used_are_named() {
        let text = "{\"question\":\"问\",\"relevant\":[\"a\"]}\n不是\n{\"question\":\"问\"}\n";
        let (labelled, findings) = labelled_of("f", text);
        assert_eq!(labelled[0].entries, ["a"]);
        let found: Vec<_> = findings.iter().map(|finding| (finding.line, finding.code)).collect();
        assert_eq!(found, [(2, "labelled_malformed"), (3, "labelled_incomplete")]);
    }
}
