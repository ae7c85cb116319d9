//! What a loading would do, before it is done: the library and the files are
//! read, nothing is written.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Serialize;

use super::twins::{Twin, Twins, Whereabouts};
use super::{Ids, LoadingError, for_each_read, origin_name, root_name, synonym_findings};
use crate::access::Scope;
use crate::corpus::{self, Manifest};
use crate::entry::{self, Entry, FieldChange, Finding, Kind, Status};
use crate::library::{Change, Library, LibraryError};

/// What a loading would do.
#[derive(Debug, Default, Serialize)]
pub struct Plan {
    pub added: Vec<Added>,
    pub changed: Vec<Changed>,
    /// Entries that were edited here since their file was last taken in: what is
    /// here would stay, and the file's content be shown as a conflict.
    pub conflicts: Vec<Changed>,
    pub unchanged: u64,
    /// Entries whose row or file is gone.
    pub retired: Vec<Named>,
    /// Errors are rows that would be refused.
    pub findings: Vec<Finding>,
    /// New and changed entries that repeat one that is there.
    pub twins: Vec<Twin>,
}

/// An entry that would be new.
#[derive(Debug, Clone, Serialize)]
pub struct Added {
    pub id: String,
    pub kind: Kind,
    pub title: String,
    /// File, with the sheet's name where it has sheets.
    pub file: String,
    /// 0 where the whole file is meant.
    pub line: usize,
}

/// An entry that would change.
#[derive(Debug, Clone, Serialize)]
pub struct Changed {
    pub id: String,
    pub title: String,
    pub file: String,
    pub line: usize,
    pub fields: Vec<FieldChange>,
}

/// An entry by its id and title.
#[derive(Debug, Clone, Serialize)]
pub struct Named {
    pub id: String,
    pub title: String,
}

/// An entry of the files.
struct Incoming {
    entry: Entry,
    place: corpus::Place,
    /// The file as the library knows it.
    origin: String,
    /// Its file was loaded before as it is: a loading passes it over.
    is_passed_over: bool,
}

/// What the files hold, and which entries of the library they no longer do.
#[derive(Default)]
pub(super) struct Files {
    incoming: Vec<Incoming>,
    /// Ids with the file they were loaded from.
    pub vanished: Vec<(String, String)>,
    findings: Vec<Finding>,
}

impl Files {
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.incoming.iter().map(|incoming| incoming.entry.id.as_str())
    }
}

impl Plan {
    /// Rows that would be refused.
    pub fn refused(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_error()).count()
    }
}

/// What loading these paths would do.
pub fn plan(library: &Library, paths: &[PathBuf]) -> Result<Plan, LoadingError> {
    plan_within(library, paths, &Scope::default())
}

/// What loading these paths would do for whoever may write only within a scope:
/// the other entries are refused.
pub fn plan_within(library: &Library, paths: &[PathBuf], scope: &Scope) -> Result<Plan, LoadingError> {
    let files = read_files(library, paths)?;
    let mut plan = Plan { findings: files.findings, ..Plan::default() };
    let mut fresh: Vec<&Entry> = Vec::new();
    let mut twins = Twins::default();
    for incoming in &files.incoming {
        let entry = &incoming.entry;
        let (file, line) = (incoming.place.file.to_string(), incoming.place.line);
        let known = if incoming.is_passed_over { None } else { library.entry(&entry.id)? };
        let touched = known.iter().map(|known| &known.entry).chain([entry]);
        if let Some(why) = touched.into_iter().find_map(|entry| scope.forbids_writing(entry)) {
            plan.findings.push(Finding::error("not_yours", "department", why).at(&file, line));
            continue;
        }
        match known {
            None if !incoming.is_passed_over => {
                let (id, title) = (entry.id.clone(), entry.title.clone());
                plan.added.push(Added { id, kind: entry.kind, title, file, line });
                fresh.push(entry);
            }
            Some(known) => {
                let fields = entry::differences(&known.entry, entry);
                let (id, title) = (entry.id.clone(), entry.title.clone());
                let changed = Changed { id, title, file, line, fields };
                match library.foresee(entry, &incoming.origin)? {
                    Change::Added | Change::Changed => {
                        plan.changed.push(changed);
                        fresh.push(entry);
                    }
                    change => {
                        plan.unchanged += u64::from(change == Change::Unchanged);
                        plan.conflicts.extend((change == Change::Conflict).then_some(changed));
                        twins.insert(entry, Whereabouts::Library);
                    }
                }
            }
            None => {
                plan.unchanged += 1;
                twins.insert(entry, Whereabouts::Library);
            }
        }
    }
    for (id, _) in files.vanished {
        if let Some(known) = library.entry(&id)? {
            plan.retired.push(Named { id, title: known.entry.title });
        }
    }
    plan.twins = twins_of(library, &files.incoming, &plan.retired, &fresh, twins)?;
    Ok(plan)
}

pub(super) fn read_files(library: &Library, paths: &[PathBuf]) -> Result<Files, LoadingError> {
    let mut files = Files::default();
    let mut ids = Ids::default();
    let mut kept_of: Vec<(String, HashSet<String>)> = Vec::new();
    for path in paths {
        let root = root_name(path);
        let mut seen = HashSet::new();
        for_each_read(corpus::files(path)?, &Manifest::beside(path)?, |mut read| {
            ids.refuse_duplicates(&mut read);
            let origin = origin_name(&root, &read.file);
            let is_refused = read.reading.findings.iter().any(Finding::is_error);
            let is_passed_over = !is_refused && library.knows_file(&origin, &read.hash)?;
            // A row that cannot be read is not a row that is gone.
            if !is_refused && !is_passed_over {
                let kept = read.reading.entries.iter().map(|entry| entry.id.clone()).collect();
                kept_of.push((origin.clone(), kept));
            }
            seen.insert(origin.clone());
            files.findings.extend(read.reading.findings);
            let entries = read.reading.entries.into_iter().zip(read.reading.places);
            files.incoming.extend(entries.map(|(entry, place)| Incoming {
                entry,
                place,
                origin: origin.clone(),
                is_passed_over,
            }));
            Ok(())
        })?;
        files.findings.extend(synonym_findings(path));
        if path.is_dir() && !seen.is_empty() {
            let known = library.origins_below(&root)?;
            let gone = known.into_iter().filter(|origin| !seen.contains(origin));
            kept_of.extend(gone.map(|origin| (origin, HashSet::new())));
        }
    }
    let incoming: HashSet<&str> = files.incoming.iter().map(|incoming| incoming.entry.id.as_str()).collect();
    for (origin, kept) in kept_of {
        let gone = library.loaded_from(&origin)?.into_iter();
        // A row that moved to another file is not gone.
        let gone = gone.filter(|id| !kept.contains(id) && !incoming.contains(id.as_str()));
        files.vanished.extend(gone.map(|id| (id, origin.clone())));
    }
    Ok(files)
}

/// The twins of new and changed entries in the library and among themselves.
fn twins_of(
    library: &Library,
    incoming: &[Incoming],
    retired: &[Named],
    fresh: &[&Entry],
    mut twins: Twins,
) -> Result<Vec<Twin>, LibraryError> {
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    let incoming = incoming.iter().map(|incoming| incoming.entry.id.as_str());
    let going: HashSet<&str> = incoming.chain(retired.iter().map(|named| named.id.as_str())).collect();
    library.changed_since(0, |stored| {
        if stored.entry.status != Status::Retired && !going.contains(stored.entry.id.as_str()) {
            twins.insert(&stored.entry, Whereabouts::Library);
        }
        Ok::<(), LibraryError>(())
    })?;
    let mut found = Vec::new();
    let mut asked = HashSet::new();
    for entry in fresh {
        let document = entry.part.as_ref().map_or(entry.id.as_str(), |part| part.document_id.as_str());
        if asked.insert(document) {
            found.extend(twins.of(entry));
        }
        twins.insert(entry, Whereabouts::Import);
    }
    Ok(found)
}
