use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use jiff::civil::Date;

use super::*;

fn asked(question: &str, call: Option<&str>) -> Asked {
    Asked {
        search_id: Uuid::now_v7(),
        at: Timestamp::now(),
        question: question.to_owned(),
        region: None,
        collection: None,
        place: Place { call: call.map(str::to_owned), key_id: "k1".to_owned(), ..Place::default() },
        shown: vec!["a".to_owned(), "b".to_owned(), "c".to_owned(), "d".to_owned()],
        confidence: 0.5,
        answered: None,
        subject: Subject::default(),
    }
}

fn told(search: &Asked, outcome: Outcome, entry_id: Option<&str>) -> Told {
    Told {
        search_id: Some(search.search_id),
        at: Timestamp::now(),
        outcome,
        entry_id: entry_id.map(str::to_owned),
        subject: None,
        department: None,
        satisfaction: None,
        place: Place { key_id: "k1".to_owned(), ..Place::default() },
        note: "打13812345678".to_owned(),
    }
}

/// Writes notes down as the server's thread does, and ends.
fn written(journal: &Journal, notes: impl FnOnce(&Journal)) {
    notes(journal);
    journal.keep(&AtomicBool::new(true));
}

fn always() -> (Date, Date) {
    (Date::ZERO, Date::MAX)
}

#[test]
fn the_last_outcome_of_a_call_is_its_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path(), true);
    let (first, second, third) =
        (asked("甲", Some("call-1")), asked("乙", Some("call-1")), asked("丙", None));
    let safe = Arc::new(Mutex::new(0));
    written(&journal, |journal| {
        let counted = || -> Safe {
            let safe = Arc::clone(&safe);
            Box::new(move |done| {
                done.unwrap();
                *safe.lock().unwrap() += 1;
            })
        };
        let words = [
            told(&first, Outcome::Answered, Some("a")),
            told(&second, Outcome::Dispatched, None),
            told(&third, Outcome::Copied, Some("b")),
            told(&third, Outcome::Answered, Some("b")),
        ];
        for search in [first, second, third] {
            journal.asked(search);
        }
        words.into_iter().for_each(|word| journal.told(word, counted()));
    });
    assert_eq!(*safe.lock().unwrap(), 4);
    let (from, to) = always();
    let figures = journal.instant_answer(from, to).unwrap();
    let expected = InstantAnswer { accepted: 2, answered: 1, dispatched: 1, rate: Some(0.5) };
    assert_eq!(figures, expected);
    let copied = journal.entries_with(Outcome::Copied, Timestamp::UNIX_EPOCH, 10).unwrap();
    assert_eq!(copied, [EntryCount { id: "b".to_owned(), times: 1 }]);
    let shown = journal.shown_since(Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(shown, std::collections::HashSet::from(["a", "b", "c"].map(str::to_owned)));
    let answered = journal.most_answered(Timestamp::UNIX_EPOCH, 10).unwrap();
    // One seat's word alone is none that a generation is held to.
    assert_eq!(answered, []);
}

#[test]
fn who_somebody_is_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path(), true);
    let search = asked("我叫王小明，电话13812345678，身份证21010219900101123X", None);
    let word = told(&search, Outcome::Answered, Some("a"));
    written(&journal, |journal| {
        journal.asked(search);
        journal.told(word, Box::new(|done| done.unwrap()));
    });
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["王小明", "13812345678", "21010219900101123"] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}

#[test]
fn what_is_old_is_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path(), true);
    let old = Timestamp::now() - jiff::SignedDuration::from_hours(24 * 200);
    let (mut before, now) = (asked("旧", None), asked("新", None));
    before.at = old;
    let (first, second) = (before.search_id, now.search_id);
    let word = Told { at: old, ..told(&before, Outcome::Answered, Some("a")) };
    written(&journal, |journal| {
        journal.asked(before);
        journal.asked(now);
        journal.told(word, Box::new(|done| done.unwrap()));
    });
    assert_eq!(journal.question_of(&first).unwrap(), None);
    assert_eq!(journal.question_of(&second).unwrap().as_deref(), Some("新"));
    let (from, to) = always();
    assert_eq!(journal.instant_answer(from, to).unwrap().accepted, 0);
}

#[test]
fn what_was_added_up_of_old_days_is_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path(), true);
    journal.keep_days(365);
    let old = Timestamp::now() - jiff::SignedDuration::from_hours(24 * 200);
    let before = Asked { at: old, region: Region::parse("210102"), ..asked("旧", None) };
    let word = Told { at: old, ..told(&before, Outcome::Copied, Some("a")) };
    written(&journal, |journal| {
        journal.asked(before);
        journal.told(word, Box::new(|done| done.unwrap()));
    });
    assert_eq!(journal.count_days().unwrap(), 1);
    let rows = || {
        let sql = "SELECT (SELECT COUNT(*) FROM counted), (SELECT COUNT(*) FROM waited)";
        let connection = schema::open(&journal.path).unwrap();
        connection.query_row(sql, [], |row| Ok::<(u64, u64), _>((row.get(0)?, row.get(1)?))).unwrap()
    };
    // By six things, of the city, the province and all.
    assert_eq!(rows(), (18, 3));
    journal.keep_days(180);
    written(&journal, |journal| journal.asked(asked("新", None)));
    assert_eq!(rows(), (0, 0));
}

#[test]
fn a_district_has_the_same_figures_counted_and_added_up() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path(), true);
    let at = Timestamp::now() - jiff::SignedDuration::from_hours(48);
    // A busy district, one with a call less, a city's own.
    let (many, few) = (adding::MANY, adding::MANY - 1);
    written(&journal, |journal| {
        for (code, calls) in [("210102", many), ("210104", few), ("210100", many)] {
            for number in 0..calls {
                let mut search = Asked { at, region: Region::parse(code), ..asked("甲", None) };
                search.place.line = Some(if number % 4 == 0 { Line::Web } else { Line::Line8890 });
                search.subject = Subject::of(&format!("主题{}", number % 3), "");
                let later = at + jiff::SignedDuration::from_secs((number % 7) as i64);
                let copied = Told { at: later, ..told(&search, Outcome::Copied, Some("b")) };
                journal.asked(search);
                if number % 2 == 0 {
                    journal.told(copied, Box::new(|done| done.unwrap()));
                }
            }
        }
    });
    let day = at.to_zoned(jiff::tz::TimeZone::system()).date();
    let figures = || {
        let mut figures = Vec::new();
        for code in ["210102", "210104", "210100", "210000"] {
            for line in [None, Some(Line::Web)] {
                let selection = Selection { from: day, to: day, line, region: Region::parse(code) };
                let groups = By::ALL.map(|by| journal.groups(&selection, by).unwrap());
                figures.push((
                    code,
                    journal.counts(&selection).unwrap().calls,
                    groups,
                    journal.waited(&selection).unwrap(),
                ));
            }
        }
        figures
    };
    let counted = figures();
    let of_all_lines = counted.iter().step_by(2).map(|(_, calls, ..)| *calls as usize);
    assert!(of_all_lines.eq([many, few, many + few + many, many + few + many]));
    assert_eq!(journal.count_days().unwrap(), 1);
    assert_eq!(figures(), counted);
    let connection = schema::open(&journal.path).unwrap();
    let mut places = connection.prepare("SELECT DISTINCT place FROM counted ORDER BY 1").unwrap();
    let places: Vec<String> = places.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(places, ["", "21", "2101", "210102"]);
}

/// Calls of version 3, and what it had added up: a wrong number, so that it shows where it is read.
const OF_VERSION_3: &str = "
INSERT INTO call (id, at, day, hour, line, region, topic, outcome, searches, copied, waited) VALUES
  ('c1', 1790000000000, '2026-09-21', 8, '8890', '210102', '供热', 'answered', 1, 1, 10),
  ('c2', 1790000001000, '2026-09-21', 9, '12345', '210100', '供热', 'dispatched', 2, 1, 20),
  ('c3', 1790000002000, '2026-09-21', 9, '12345', '220203', '户籍', 'answered', 1, 1, 40),
  ('c4', 1790000003000, '2026-09-21', 9, '', '', '', 'answered', 1, 0, NULL);
INSERT INTO counted VALUES ('all', '2026-09-21', '8890', '210100', '', 99, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO waited VALUES ('2026-09-21', '8890', '210100', 99, 99);
PRAGMA user_version = 3;";

#[test]
fn a_journal_of_version_3_is_added_up_anew() {
    let folder = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(folder.path().join(JOURNAL_FILE)).unwrap();
    for migration in &schema::MIGRATIONS[..3] {
        old.execute_batch(&migration.concat()).unwrap();
    }
    old.execute_batch(OF_VERSION_3).unwrap();
    drop(old);
    let journal = Journal::new(folder.path(), true);
    let day = Date::constant(2026, 9, 21);
    let figures = |code: &str| {
        let region = Region::parse(code);
        let selection = Selection { from: day, to: day, line: None, region };
        let Counts { calls, answered, searches, .. } = journal.counts(&selection).unwrap();
        (calls, answered, searches, journal.waited(&selection).unwrap().median_seconds)
    };
    let cities = || {
        let selection = Selection { from: day, to: day, line: None, region: None };
        let cities = journal.groups(&selection, By::City).unwrap().into_iter();
        cities.map(|city| (city.key, city.counts.calls)).collect::<Vec<_>>()
    };
    let assert_right = || {
        assert_eq!(figures("000000"), (4, 3, 5, Some(20.0)));
        assert_eq!(figures("210000"), (2, 1, 3, Some(15.0)));
        assert_eq!(figures("210100"), (2, 1, 3, Some(15.0)));
        assert_eq!(figures("210102"), (1, 1, 1, Some(10.0)));
        assert_eq!(figures("220203"), (1, 1, 1, Some(40.0)));
        assert_eq!(figures("210200"), (0, 0, 0, None));
        let expected = [("", 1), ("210100", 2), ("220200", 1)].map(|(key, calls)| (key.to_owned(), calls));
        assert_eq!(cities(), expected);
    };
    // Counted from the calls until the day is added up.
    assert_right();
    assert_eq!(journal.count_days().unwrap(), 1);
    assert_right();
    assert_eq!(journal.count_days().unwrap(), 0);
}

#[test]
fn a_journal_that_is_off_writes_nothing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path(), false);
    let search = asked("甲", None);
    let word = told(&search, Outcome::Answered, None);
    written(&journal, |journal| {
        journal.asked(search);
        journal.told(word, Box::new(|done| assert!(matches!(done, Err(JournalError::Off)))));
    });
    assert!(!folder.path().join(JOURNAL_FILE).exists());
}

#[test]
fn a_journal_that_cannot_be_written_counts_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(JOURNAL_FILE)).unwrap();
    let journal = Journal::new(folder.path(), true);
    let search = asked("甲", None);
    let word = told(&search, Outcome::Answered, None);
    written(&journal, |journal| {
        journal.asked(search);
        journal.told(word, Box::new(|done| assert!(done.is_err())));
    });
    assert_eq!(journal.lost(), 1);
}
