//! Where a question probably belongs that has no answer: the department the
//! nearest entries name, where they agree.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rank::{Hit, Results};

/// Hits that vote.
pub(super) const VOTERS: usize = 10;
/// A department is named from this share of the hits' certainty on.
const LEAST_SHARE: f32 = 0.7;
/// With less certainty than this in all its hits together there is nothing to
/// go by.
const LEAST_VOTES: f32 = 0.2;
/// A hit with no more of the question's words than this is about something else,
/// however certain: it votes against all.
const LEAST_COVERAGE: f32 = 0.5;

/// A department with its share of the nearest hits' certainty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Route {
    pub department: String,
    /// 0 to 1; each hit votes with its certainty, and one without a department or
    /// with little of the question against all.
    pub share: f32,
    /// A telephone one of its entries among the hits gives, the best first.
    pub phone: Option<String>,
}

/// The department the first hits name with enough certainty; `None` where they
/// name none, or several.
pub(super) fn route(results: &Results) -> Option<Route> {
    let voters = &results.hits[..results.hits.len().min(VOTERS)];
    let mut votes: BTreeMap<&str, f32> = BTreeMap::new();
    let has_vote = |hit: &&Hit| !department_of(hit).is_empty() && hit.coverage > LEAST_COVERAGE;
    for hit in voters.iter().filter(has_vote) {
        *votes.entry(department_of(hit)).or_default() += hit.confidence;
    }
    let all: f32 = voters.iter().map(|hit| hit.confidence).sum();
    let (department, most) = votes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let share = if all > 0.0 { most / all } else { 0.0 };
    if share < LEAST_SHARE || most < LEAST_VOTES {
        return None;
    }
    let own = voters.iter().filter(|hit| department_of(hit) == department);
    let mut places = own.filter_map(|hit| hit.shown.entry.guide.as_ref()).flat_map(|guide| &guide.places);
    let phone = places.find_map(|place| place.phone.clone());
    Some(Route { department: department.to_owned(), share, phone })
}

fn department_of(hit: &Hit) -> &str {
    hit.shown.entry.department.trim()
}
