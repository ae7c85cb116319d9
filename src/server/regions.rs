//! `GET /v1/regions`: what is typed of a region's name, its pinyin or its code
//! → the regions meant, each with those it lies in.

use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::problem::Problem;
use super::search::number;
use crate::entry::{Region, RegionLevel};
use crate::text;

/// Regions where the caller does not say how many, and at most.
const DEFAULT_LIMIT: usize = 40;
const MAX_LIMIT: usize = 200;

/// Names in the standard of codes that are no place: what stands below them is.
const NO_PLACES: [&str; 3] = ["省直辖县级行政区划", "自治区直辖县级行政区划", "市辖区"];

/// Parameters as typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionParameters {
    /// Empty: the provinces.
    #[serde(default)]
    q: String,
    limit: Option<String>,
}

/// The regions meant.
#[derive(Serialize)]
pub struct RegionsView {
    regions: Vec<RegionView>,
}

#[derive(Serialize)]
struct RegionView {
    code: Region,
    name: &'static str,
    level: RegionLevel,
    /// What it lies in, the nearest first, without the country.
    above: Vec<Named>,
}

#[derive(Serialize)]
struct Named {
    code: Region,
    name: &'static str,
}

/// Regions whose name, pinyin or code begins as typed before those that hold
/// what is typed, larger ones first.
pub async fn list(
    _: Caller,
    parameters: Result<Query<RegionParameters>, QueryRejection>,
) -> Result<Json<RegionsView>, Problem> {
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("q", &error.body_text()))?;
    let limit = number(asked.limit, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)?;
    let typed = text::normalise(&asked.q).trim().to_owned();
    let all = Region::all().into_iter().filter(|(_, name)| !NO_PLACES.contains(name));
    let mut meant: Vec<_> = all
        .filter_map(|(region, name)| Some((likeness(&typed, region, name)?, region.level(), region, name)))
        .collect();
    meant.sort_unstable();
    let regions = meant.into_iter().take(limit).map(|(_, level, code, name)| RegionView {
        code,
        name,
        level,
        above: above(code).collect(),
    });
    Ok(Json(RegionsView { regions: regions.collect() }))
}

fn above(region: Region) -> impl Iterator<Item = Named> {
    let places = region.above().into_iter().filter(|(_, name)| !NO_PLACES.contains(name));
    places.map(|(code, name)| Named { code, name })
}

/// How near a region is to what is typed, 0 the nearest; none where it is not meant.
fn likeness(typed: &str, region: Region, name: &str) -> Option<u8> {
    if typed.is_empty() {
        return (region.level() == RegionLevel::Province).then_some(0);
    }
    let is_code = typed.len() >= 2 && region.to_string().starts_with(typed);
    if is_code || name.starts_with(typed) {
        return Some(0);
    }
    if is_typed_as(typed, name) {
        return Some(1);
    }
    name.contains(typed).then_some(2)
}

/// Whether letters begin a name as people type it: whole syllables or first
/// letters, the last one unfinished at will.
fn is_typed_as(letters: &str, name: &str) -> bool {
    if !letters.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return false;
    }
    // What is left of the letters after each way of reading the name so far.
    let mut left: Vec<&str> = vec![letters];
    for character in name.chars() {
        let mut next = Vec::new();
        for rest in left {
            for syllable in text::readings(character) {
                let sound = syllable.letters();
                if sound.starts_with(rest) {
                    return true;
                }
                next.extend([sound, &sound[..1]].into_iter().filter_map(|said| rest.strip_prefix(said)));
            }
        }
        next.sort_unstable();
        next.dedup();
        left = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_typed_by_syllables_and_by_first_letters() {
        for typed in ["s", "sy", "sys", "shen", "sheny", "shenyangshi", "syang"] {
            assert!(is_typed_as(typed, "沈阳市"), "{typed}");
        }
        for typed in ["shenzhen", "ys", "syss", "沈"] {
            assert!(!is_typed_as(typed, "沈阳市"), "{typed}");
        }
    }
}
