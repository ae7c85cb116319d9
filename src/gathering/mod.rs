//! Journal → list of gaps: the questions of calls that were not helped, put
//! together by meaning, sized by the calls that were lost, given the department
//! they probably belong to. A gap that is there is joined before one is made; one
//! that was closed is opened again where its questions go on failing. Asked of
//! the journal as it stands, it says the same however often it is run.

mod calls;
mod clusters;
mod likeness;
mod measure;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use serde::Serialize;

use crate::embedding::{self, EmbeddingError};
use crate::entry::Region;
use crate::journal::{Journal, JournalError};
use crate::library::{
    GapStatus, GatheredDays, GatheredGap, Gathering, KnownGap, Library, LibraryError, bare,
};
use crate::meaning::{Endpoint, Role, TextHash, Vector};
use crate::text::{Cutter, Synonyms};
use calls::{Heard, Tally};
use clusters::{Clusters, Group};
use likeness::{Pieces, Scale, Weighed};
pub use measure::{BCubed, Labelled, measure_groups};

/// Days that are looked at where nobody says otherwise.
pub const DEFAULT_DAYS: u32 = 28;
/// Questions from fewer calls than this are no gap of their own: nobody else has
/// asked them yet.
const LEAST_CALLS: u64 = 2;
/// Calls lost after closing from which on a gap is open again, where they are
/// also the larger part of those that asked.
const RETURNS_FROM: u64 = 3;
/// Most questions whose direction is asked for in one go, the most asked first.
const MOST_EMBEDDED: usize = 4_000;
/// Wordings of a gap that questions are compared with.
const MOST_COMPARED: usize = 50;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum GatheringError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Embedding(#[from] EmbeddingError),
}

/// What questions are compared with.
pub struct Means<'a> {
    pub words: (&'a Cutter, &'a Synonyms),
    /// None where words alone have to do.
    pub endpoint: Option<&'a Endpoint>,
    /// Texts a request.
    pub batch: usize,
    /// Whether to go on asking the endpoint.
    pub go_on: &'a dyn Fn() -> bool,
}

/// What a pass found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Gathered {
    pub from: Date,
    pub to: Date,
    /// Calls with a question, and those that were lost.
    pub calls: u64,
    pub lost: u64,
    /// Different questions of lost calls.
    pub questions: u64,
    /// Gaps that are new, open again, or turned out to be one with another.
    pub new: u64,
    pub returned: u64,
    pub merged: u64,
    /// Lost calls that are on a gap.
    pub on_gaps: u64,
}

/// Reads the journal's last days and writes what it says of gaps.
pub fn gather(
    library: &mut Library,
    journal: &Journal,
    means: &Means<'_>,
    days: u32,
    now: Zoned,
) -> Result<Gathered, GatheringError> {
    let today = now.date();
    let first = today.saturating_sub(i64::from(days.max(1) - 1).days());
    let kept_from = today.saturating_sub(i64::from(library.settings()?.journal_days).days());
    let heard_from = journal.first_day()?.map_or(today, |day| day.max(first));
    let heard = Heard::read(journal, &library.reported_searches()?, first, now.timestamp())?;
    let known = library.known_gaps()?;
    let directions = directions(library, means, &heard, &known)?;
    let mut tally = Tally::default();
    let merged = assign(&heard, &known, means.words, &directions, &mut tally);
    let mut gathered = Gathered {
        from: first,
        to: today,
        calls: heard.calls,
        lost: heard.lost,
        questions: heard.wordings.iter().filter(|wording| wording.lost > 0).count() as u64,
        merged: merged.len() as u64,
        ..Gathered::default()
    };
    let gaps: Vec<GatheredGap> = tally.into_gaps(&known, &merged, (LEAST_CALLS, RETURNS_FROM));
    gathered.returned = gaps.iter().filter(|gap| gap.returns.is_some()).count() as u64;
    gathered.on_gaps = gaps.iter().flat_map(|gap| &gap.calls).map(|calls| calls.calls).sum();
    let gathering = Gathering { gaps, merged, counted: heard.counted.clone() };
    let days = GatheredDays { first, today, heard_from, kept_from };
    gathered.new = library.keep_gathered(&gathering, days)?.len() as u64;
    Ok(gathered)
}

/// Where a question counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Target {
    /// A gap that is there, by its place.
    Known(usize),
    /// A group of questions that are on none, by number.
    New(usize),
}

/// The groups of one place.
#[derive(Default)]
struct OfPlace {
    /// Gaps that take questions, and groups that may become one.
    open: Clusters,
    targets: Vec<Target>,
    /// What the gaps of each group hold and may not, by wording.
    fenced: Vec<Fence>,
    /// Gaps that were closed: what came before belongs to them.
    closed: Clusters,
    closed_targets: Vec<usize>,
}

/// The wordings of gaps, and those that were taken out of them.
#[derive(Default)]
struct Fence {
    within: HashSet<String>,
    without: HashSet<String>,
}

impl Fence {
    fn of(gap: &KnownGap) -> Fence {
        Fence {
            within: gap.questions.iter().map(|text| bare(text)).collect(),
            without: gap.taken_out.clone(),
        }
    }

    /// Whether nothing would come back that was taken out of one of the two.
    fn may_join(&self, other: &Fence) -> bool {
        self.within.is_disjoint(&other.without) && self.without.is_disjoint(&other.within)
    }

    fn join(&mut self, other: Fence) {
        self.within.extend(other.within);
        self.without.extend(other.without);
    }
}

/// Puts every question on its gap, or with others like it. Returns the gaps that
/// are one with an earlier one.
fn assign<'h>(
    heard: &'h Heard,
    known: &[KnownGap],
    words: (&Cutter, &Synonyms),
    directions: &HashMap<String, Arc<Vector>>,
    tally: &mut Tally<'h>,
) -> Vec<(String, String)> {
    let pieces: Vec<Option<Pieces>> =
        heard.wordings.iter().map(|wording| Pieces::of(words, &wording.text, &wording.first_hit)).collect();
    let hits: HashMap<(Option<Region>, &str), &str> = heard
        .wordings
        .iter()
        .map(|wording| ((wording.region, wording.bare.as_str()), wording.first_hit.as_str()))
        .collect();
    let compared = |gap: &KnownGap| gap.questions.iter().take(MOST_COMPARED).cloned().collect::<Vec<_>>();
    let of_gaps: Vec<Vec<(String, Option<Pieces>)>> = known
        .iter()
        .map(|gap| {
            let pieces = |text: &str| {
                let hit = hits.get(&(gap.region, bare(text).as_str())).copied().unwrap_or_default();
                Pieces::of(words, text, hit)
            };
            compared(gap).into_iter().map(|text| (text.clone(), pieces(&text))).collect()
        })
        .collect();
    let lost = heard.wordings.iter().zip(&pieces).filter(|(wording, _)| wording.lost > 0);
    let all = lost.filter_map(|(_, pieces)| pieces.as_ref());
    let mut scale = Scale::of(all.chain(of_gaps.iter().flatten().filter_map(|(_, pieces)| pieces.as_ref())));
    // In an order of their own: the sums of floats stay the same.
    let mut texts: Vec<&String> = directions.keys().collect();
    texts.sort_unstable();
    scale.learn_cosines(&texts.iter().map(|text| Arc::clone(&directions[*text])).collect::<Vec<_>>());
    let weigh = |text: &str, pieces: &Pieces| scale.weigh(pieces, directions.get(text).cloned());

    let mut places: HashMap<Option<Region>, OfPlace> = HashMap::new();
    let mut by_text: HashMap<(Option<Region>, String), usize> = HashMap::new();
    let mut merged = Vec::new();
    let mut in_order: Vec<usize> = (0..known.len()).collect();
    in_order.sort_by_key(|&place| (known[place].status != GapStatus::Open, place));
    for place in in_order {
        let gap = &known[place];
        let of_place = places.entry(gap.region).or_default();
        let weighed: Vec<Weighed> =
            of_gaps[place].iter().filter_map(|(text, pieces)| Some(weigh(text, pieces.as_ref()?))).collect();
        if gap.status == GapStatus::Closed {
            let group = of_place.closed.begin();
            weighed.iter().for_each(|question| of_place.closed.add(group, question));
            of_place.closed_targets.push(place);
            continue;
        }
        let fence = Fence::of(gap);
        let same =
            (gap.status == GapStatus::Open).then(|| same_group(&scale, of_place, &weighed, &fence)).flatten();
        let group = match same {
            Some(group) => {
                if let Target::Known(earlier) = of_place.targets[group] {
                    merged.push((gap.id.clone(), known[earlier].id.clone()));
                }
                group
            }
            None => {
                of_place.targets.push(Target::Known(place));
                of_place.fenced.push(Fence::default());
                of_place.open.begin()
            }
        };
        of_place.fenced[group].join(fence);
        weighed.iter().for_each(|question| of_place.open.add(group, question));
        if let Target::Known(of) = of_place.targets[group] {
            for (text, _) in &of_gaps[place] {
                by_text.entry((gap.region, bare(text))).or_insert(of);
            }
            by_text.extend(gap.put_back.iter().map(|text| ((gap.region, bare(text)), of)));
        }
    }
    let closed_by_text: HashMap<(Option<Region>, String), usize> = (0..)
        .zip(known)
        .filter(|(_, gap)| gap.status == GapStatus::Closed)
        .flat_map(|(place, gap)| gap.questions.iter().map(move |text| ((gap.region, bare(text)), place)))
        .collect();

    let mut new = 0;
    for at in heard.most_lost_first() {
        let wording = &heard.wordings[at];
        let of_place = places.entry(wording.region).or_default();
        let key = (wording.region, wording.bare.clone());
        let weighed = pieces[at].as_ref().map(|pieces| weigh(&wording.text, pieces));
        let closed = closed_by_text.get(&key).copied().or_else(|| {
            let OfPlace { closed, closed_targets, .. } = of_place;
            let may = |group: Group| !known[closed_targets[group]].taken_out.contains(&wording.bare);
            Some(closed_targets[closed.nearest(&scale, weighed.as_ref()?, may)?])
        });
        let settled = closed.and_then(|place| known[place].settled_at);
        let open = by_text.get(&key).map(|&place| Target::Known(place)).or_else(|| {
            let weighed = weighed.as_ref()?;
            let may = |group: Group| !of_place.fenced[group].without.contains(&wording.bare);
            let group = of_place.open.nearest(&scale, weighed, may).or_else(|| {
                // What fails after a gap was closed is that gap's, where no other is open.
                (closed.is_none() && wording.lost > 0).then(|| {
                    of_place.targets.push(Target::New(new));
                    of_place.fenced.push(Fence::default());
                    new += 1;
                    of_place.open.begin()
                })
            })?;
            // A gap that is there stays what it is about; a group becomes it.
            if let (Target::New(_), true) = (of_place.targets[group], wording.lost > 0) {
                of_place.open.add(group, weighed);
            }
            Some(of_place.targets[group])
        });
        tally.put(wording, closed.map(|place| (Target::Known(place), settled)), open);
    }
    merged
}

/// The group of an open gap that holds all of a gap's questions, or that they all
/// belong to.
fn same_group(scale: &Scale, of_place: &mut OfPlace, questions: &[Weighed], fence: &Fence) -> Option<Group> {
    let OfPlace { open, fenced, .. } = of_place;
    let may = |group: Group| fenced[group].may_join(fence);
    let holds = |group: &Group| fence.within.is_subset(&fenced[*group].within) && may(*group);
    if let Some(group) = (0..fenced.len()).find(holds) {
        return Some(group);
    }
    let mut groups = questions.iter().map(|question| open.nearest(scale, question, may));
    let first = groups.next()??;
    groups.all(|group| group == Some(first)).then_some(first)
}

/// The directions of the lost questions, the most asked first, and of the gaps'
/// own; empty where the library is not searched by this endpoint's model.
fn directions(
    library: &mut Library,
    means: &Means<'_>,
    heard: &Heard,
    known: &[KnownGap],
) -> Result<HashMap<String, Arc<Vector>>, GatheringError> {
    let mut directions = HashMap::new();
    let Some(endpoint) = means.endpoint else { return Ok(directions) };
    let set = library.vector_set()?;
    if !set.is_some_and(|set| set.name == endpoint.set_name() && set.texts == *endpoint.texts()) {
        return Ok(directions);
    }
    let of_gaps = known.iter().flat_map(|gap| gap.questions.iter().take(MOST_COMPARED));
    let lost = heard.most_lost_first().into_iter().map(|at| &heard.wordings[at]);
    let lost = lost.take_while(|wording| wording.lost > 0).map(|wording| &wording.text);
    let mut texts: Vec<&str> = of_gaps.chain(lost).map(String::as_str).collect();
    let mut seen = HashSet::new();
    texts.retain(|text| seen.insert(*text));
    texts.truncate(MOST_EMBEDDED);
    let mut wanted = Vec::new();
    for text in &texts {
        if !library.has_vector(endpoint.set_name(), TextHash::of(Role::Question, text))? {
            wanted.push(embedding::Wanted { role: Role::Question, text: (*text).to_owned() });
        }
    }
    // What the endpoint does not give now is compared by words, and asked for next time.
    if let Err(error) = embedding::embed(library, endpoint, &wanted, means.batch, |_| (means.go_on)()) {
        match error {
            EmbeddingError::Library(error) => return Err(error.into()),
            EmbeddingError::Endpoint(error) => {
                tracing::warn!(%error, "gaps are gathered by words where directions are missing: {error}");
            }
        }
    }
    for text in texts {
        if let Some(vector) = library.vector_of(endpoint.set_name(), TextHash::of(Role::Question, text))? {
            directions.insert(text.to_owned(), Arc::new(vector));
        }
    }
    Ok(directions)
}

/// The day some days before a moment, for the journal.
fn start_of(day: Date) -> Timestamp {
    day.to_zoned(jiff::tz::TimeZone::system()).map(|at| at.timestamp()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
