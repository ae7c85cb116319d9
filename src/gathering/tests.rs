use std::sync::atomic::AtomicBool;

use jiff::{SignedDuration, ToSpan, Zoned};
use uuid::Uuid;

use super::clusters::Clusters;
use super::likeness::{Pieces, Scale};
use super::*;
use crate::journal::{Asked, Outcome, Place, Subject, Told};
use crate::library::{Gap, GapFilter, GapOrder, GapStep};

struct Hotline {
    _folder: tempfile::TempDir,
    library: Library,
    journal: Journal,
    cutter: Cutter,
    now: Zoned,
}

impl Hotline {
    fn new() -> Hotline {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path()).unwrap();
        let journal = Journal::new(folder.path(), true);
        // Noon: no call of a test falls on another day than it says.
        let noon = Zoned::now().date().at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::system()).unwrap();
        Hotline { _folder: folder, library, journal, cutter: Cutter::new(), now: noon }
    }

    /// A call some days from now that was answered, or dispatched.
    fn call(&self, days: i64, question: &str, outcome: Outcome) {
        let at = self.now.checked_add(days.days()).unwrap().timestamp();
        let place = Place { call: Some(Uuid::now_v7().to_string()), ..Place::default() };
        let search_id = Uuid::now_v7();
        self.journal.asked(Asked {
            search_id,
            at,
            question: question.to_owned(),
            region: None,
            collection: None,
            place: place.clone(),
            shown: vec!["a".to_owned()],
            confidence: 0.5,
            answered: None,
            subject: Subject::default(),
        });
        let told = Told {
            search_id: Some(search_id),
            at: at + SignedDuration::from_mins(5),
            outcome,
            entry_id: None,
            subject: None,
            department: Some("民航局".to_owned()),
            satisfaction: None,
            place,
            note: String::new(),
        };
        self.journal.told(told, Box::new(|done| done.unwrap()));
    }

    fn gather(&mut self, days_from_now: i64) -> Gathered {
        self.journal.keep(&AtomicBool::new(true));
        let (synonyms, _) = Synonyms::parse("");
        let means = Means { words: (&self.cutter, &synonyms), endpoint: None, batch: 1, go_on: &|| true };
        let now = self.now.checked_add(days_from_now.days()).unwrap();
        gather(&mut self.library, &self.journal, &means, DEFAULT_DAYS, now).unwrap()
    }

    fn gaps(&self) -> Vec<Gap> {
        let filter =
            GapFilter { status: None, department: None, order: GapOrder::Size, after: None, limit: 50 };
        self.library.gaps(&filter).unwrap()
    }
}

const PARROT: &str = "鹦鹉上飞机要什么证";

#[test]
fn what_closing_changed_is_told_and_a_gap_that_goes_on_failing_is_open_again() {
    let mut hotline = Hotline::new();
    for day in 1..=10 {
        hotline.call(-day, PARROT, Outcome::Dispatched);
    }
    hotline.call(-1, "带鹦鹉上飞机要什么证", Outcome::Answered);
    hotline.call(-2, PARROT, Outcome::Answered);
    assert_eq!(hotline.gather(0).new, 1);
    let id = hotline.gaps()[0].id.clone();
    let close = GapStep::Close { entry_id: "parrot".to_owned() };
    hotline.library.settle_gap(&id, &close, ("甲", "写好了")).unwrap().unwrap();
    assert_eq!(hotline.library.effect_of_closing().unwrap().gaps, 0);

    for day in 1..=9 {
        hotline.call(day, PARROT, Outcome::Answered);
    }
    hotline.call(3, "鹦鹉能带上飞机吗要什么证", Outcome::Dispatched);
    let found = hotline.gather(12);
    assert_eq!((found.new, found.returned), (0, 0), "{found:?}");
    let gap = hotline.gaps().remove(0);
    assert_eq!((gap.status, gap.calls), (GapStatus::Closed, 11), "{gap:?}");
    let effect = gap.effect.unwrap();
    let course =
        |course: crate::library::Course| (course.days, course.calls, course.accepted, course.answered);
    assert_eq!(course(effect.before), (10, 12, 12, 2));
    assert_eq!(course(effect.since), (12, 10, 10, 9));
    assert!((effect.before.calls_per_week.unwrap() - 8.4).abs() < 1e-9);
    let whole = hotline.library.effect_of_closing().unwrap();
    assert_eq!((whole.gaps, whole.effect), (1, effect));

    for _ in 0..20 {
        hotline.call(13, PARROT, Outcome::Dispatched);
    }
    assert_eq!(hotline.gather(14).returned, 1);
    let gap = hotline.gaps().remove(0);
    assert_eq!((gap.status, gap.effect.is_none()), (GapStatus::Open, true));
    assert!(gap.returned_at.is_some() && gap.reason.unwrap().contains("21 通"));
    assert_eq!(hotline.gather(14).returned, 0);
}

#[test]
fn what_is_too_old_to_be_kept_goes_and_what_was_counted_stays_until_then() {
    let mut hotline = Hotline::new();
    for _ in 0..3 {
        hotline.call(0, PARROT, Outcome::Dispatched);
    }
    hotline.gather(0);
    // Out of the days that are looked at, but within those that are kept.
    hotline.gather(60);
    let gap = hotline.gaps().remove(0);
    assert_eq!((gap.calls, gap.calls_per_week), (3, 0.0));
    hotline.gather(200);
    assert_eq!(hotline.gaps(), []);
}

#[test]
fn questions_join_what_they_are_like_on_average() {
    let cutter = Cutter::new();
    let (synonyms, _) = Synonyms::parse("退休金, 养老金");
    let questions = [
        "养老金认证在哪里办",
        "退休金认证在哪里办",
        "养老金认证怎么办",
        "公积金提取在哪里办",
        "公积金提取需要什么材料",
        "你好",
    ];
    let pieces: Vec<Option<Pieces>> =
        questions.iter().map(|question| Pieces::of((&cutter, &synonyms), question, "")).collect();
    assert!(pieces[5].is_none(), "a greeting asks nothing");
    let pieces: Vec<Pieces> = pieces.into_iter().flatten().collect();
    let scale = Scale::of(&pieces);
    let mut clusters = Clusters::default();
    let groups: Vec<usize> = pieces
        .iter()
        .map(|pieces| {
            let weighed = scale.weigh(pieces, None);
            let group = clusters.nearest(&scale, &weighed, |_| true).unwrap_or_else(|| clusters.begin());
            clusters.add(group, &weighed);
            group
        })
        .collect();
    assert_eq!(groups, [0, 0, 0, 1, 1]);
}

#[test]
fn b_cubed_agrees_with_a_count_by_hand() {
    // Two groups: one of a, a, b; one of b. Precision: (2·2/3 + 1/3 + 1) / 4.
    let scores = BCubed::of(&[(1, "a"), (1, "a"), (1, "b"), (2, "b")]);
    assert!((scores.precision - (4.0 / 3.0 + 1.0 / 3.0 + 1.0) / 4.0).abs() < 1e-9);
    assert!((scores.recall - (2.0 + 0.5 + 0.5) / 4.0).abs() < 1e-9);
    assert_eq!((scores.groups, scores.meanings, scores.questions), (2, 2, 4));
}
