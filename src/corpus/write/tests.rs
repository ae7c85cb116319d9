use jiff::civil::{Date, date};
use proptest::option::of;
use proptest::prelude::*;
use proptest::strategy::Strategy;

use super::*;
use crate::corpus::{Manifest, SourceFile, read};
use crate::entry::{DocumentPart, GuideParts, Place, Region, Source, Status};

/// Texts with every sign a format could stumble over, but no space at the ends:
/// readers trim.
fn text() -> impl Strategy<Value = String> {
    "[甲乙“”：；，。|\"'#\\\\/,:{}\\[\\]&*!%@`~a-z0-9-]{1,6}([ \\n\\t|\"。—-]{0,3}[丙丁、（）=?|\"a-z0-9]{1,4}){0,3}"
}

fn day() -> impl Strategy<Value = Date> {
    (1i16..30).prop_map(|day| date(2026, 1, 1).saturating_add(jiff::Span::new().days(day)))
}

fn source() -> impl Strategy<Value = Source> {
    (of(text()), of(text()), of(text()), of(text()), of(day()), of(text())).prop_map(
        |(title, article, number, issuer, date, link)| Source { title, article, number, issuer, date, link },
    )
}

fn guide() -> impl Strategy<Value = GuideParts> {
    let texts = || proptest::collection::vec(text(), 0..3);
    let place = (of(text()), of(text()), of(text()), of(text()))
        .prop_map(|(name, address, hours, phone)| Place { name, address, hours, phone });
    let places = proptest::collection::vec(place, 0..2);
    (of(text()), texts(), texts(), of(text()), places, texts(), of(text())).prop_map(
        |(conditions, materials, steps, fee, places, legal_basis, notes)| GuideParts {
            conditions,
            materials,
            steps,
            fee,
            places,
            legal_basis,
            notes,
            ..GuideParts::default()
        },
    )
}

fn part() -> impl Strategy<Value = DocumentPart> {
    (text(), of(day()), of(text()), proptest::collection::vec(text(), 0..2)).prop_map(
        |(title, edition, article, headings)| DocumentPart {
            document_id: title.clone(),
            document_title: title,
            edition,
            article,
            headings,
        },
    )
}

prop_compose! {
    fn entry()(
        (id, title, body) in (text(), text(), text()),
        (kind, status, region) in (0..3usize, 0..4usize, 0..3usize),
        lists in proptest::array::uniform3(proptest::collection::vec(text(), 0..3)),
        (category, department) in (text(), text()),
        (script, internal_note) in (of(text()), of(text())),
        (effective_from, next_review_on) in (of(day()), of(day())),
        (supersedes, superseded_by) in (of(text()), of(text())),
        source in proptest::collection::vec(source(), 0..3),
        (guide, part) in (of(guide()), of(part())),
    ) -> Entry {
        let [similar_questions, negative_questions, keywords] = lists;
        let regions = [Region::NATIONAL, Region::from_code(210_000), Region::from_code(210_102)];
        Entry {
            similar_questions, negative_questions, keywords, category, department, body, script,
            internal_note, effective_from, next_review_on, supersedes, superseded_by, source, guide, part,
            region: regions[region],
            status: [Status::Draft, Status::Review, Status::Published, Status::Retired][status],
            ..Entry::new(id, Kind::ALL[kind], title)
        }
    }
}

fn read_all(text: &str, ending: &str) -> Vec<Entry> {
    let relative = format!("a.{ending}");
    let file = SourceFile { path: relative.clone().into(), relative, bytes: 0 };
    read(&file, text.as_bytes(), &Manifest::default()).entries
}

proptest! {
    #[test]
    fn jsonl_holds_every_entry(entry in entry()) {
        let line = write(&entry, Format::Jsonl).unwrap();
        prop_assert_eq!(line.matches('\n').count(), 1);
        prop_assert_eq!(read_all(&line, "jsonl"), [entry]);
    }

    #[test]
    fn a_table_holds_an_entry_whole_or_says_what_it_cannot(entry in entry()) {
        let said = write(&entry, Format::Csv).map(|row| read_all(&format!("{}{row}", header()), "csv"));
        match said {
            Ok(read) => prop_assert_eq!(read, [entry]),
            Err(finding) => prop_assert!(finding.message.contains(&entry.id), "{}", finding),
        }
    }

    #[test]
    fn a_document_holds_an_entry_whole_or_says_what_it_cannot(entry in entry()) {
        match write(&entry, Format::Markdown).map(|text| read_all(&text, "md")) {
            Ok(read) => prop_assert_eq!(read, [entry]),
            Err(finding) => prop_assert!(finding.message.contains(&entry.id), "{}", finding),
        }
    }

    #[test]
    fn a_plain_question_fits_every_format(entry in entry()) {
        // Without the signs that part the values of a table's cell.
        let plain = |text: &str| text.replace(['|', '\n', ';', '；', ',', '，', '、'], "");
        let list = |texts: &[String]| -> Vec<String> {
            texts.iter().map(|text| plain(text).trim().to_owned()).filter(|text| !text.is_empty()).collect()
        };
        let entry = Entry {
            kind: Kind::Faq, status: Status::Published, guide: None, part: None,
            supersedes: None, superseded_by: None,
            similar_questions: list(&entry.similar_questions),
            negative_questions: list(&entry.negative_questions),
            keywords: list(&entry.keywords),
            source: vec![Source { title: Some("某办法".to_owned()), ..Source::default() }],
            ..entry
        };
        for format in [Format::Jsonl, Format::Csv, Format::Markdown] {
            prop_assert!(write(&entry, format).is_ok(), "{:?}: {:?}", format, write(&entry, format));
        }
    }
}

#[test]
fn what_a_table_cannot_hold_is_named() {
    let bar = vec!["一|二".to_owned()];
    let entry =
        Entry { body: "正文".to_owned(), similar_questions: bar, ..Entry::new("a", Kind::Faq, "问") };
    let finding = write(&entry, Format::Csv).unwrap_err();
    assert_eq!((finding.code, finding.field.as_str()), ("format_holds_less", "similar_questions"));
    let retired = Entry { similar_questions: Vec::new(), status: Status::Retired, ..entry };
    assert_eq!(write(&retired, Format::Csv).unwrap_err().field, "status");
    assert!(write(&retired, Format::Jsonl).is_ok());
}
