//! Texts → vectors: in the library, where the endpoint is asked for what it does
//! not have yet and each batch is kept as it comes (killed anywhere, it goes on
//! from the last batch); and of questions, where the search has doubts.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::entry::Status;
use crate::index::Snapshot;
use crate::library::{AdoptionFilter, Library, LibraryError};
use crate::meaning::{
    Asker, Budgeted, Directions, Endpoint, EndpointError, Role, TextHash, Vector, texts_of,
};
use crate::search::Oracle;
use crate::text::normalise;

/// Longest wait for a batch: long texts on a slow core take seconds each.
const PATIENCE: Duration = Duration::from_secs(120);
/// Pauses before a batch is asked for again.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];

/// Why embedding ended early.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

/// A text that is to have a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub role: Role,
    pub text: String,
}

/// How far embedding is, in texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub total: usize,
}

/// A text the endpoint would not take by itself.
#[derive(Debug)]
pub struct Refusal {
    pub text: String,
    pub reason: EndpointError,
}

/// What of the library has vectors, and what has none yet.
#[derive(Debug, Default)]
pub struct Survey {
    /// Each text once: adopted questions first, then the entries' in the order
    /// of their changes.
    pub missing: Vec<Wanted>,
    /// Texts that have their vector.
    pub known: usize,
    /// Entries with a text that is missing.
    pub waiting: Vec<String>,
    /// How far was looked.
    pub seen: Seen,
}

/// How far the library was looked at; its default is not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    pub last_change: u64,
    pub last_adoption: u64,
}

/// Looks at the adopted questions, if they changed since, and at the published
/// entries that changed since.
pub fn survey(library: &Library, endpoint: &Endpoint, since: Seen) -> Result<Survey, LibraryError> {
    let mut found = Survey { seen: since, ..Survey::default() };
    let mut seen = HashSet::new();
    let mut look = |found: &mut Survey, role, text: &str| -> Result<bool, LibraryError> {
        let hash = TextHash::of(role, text);
        let is_new = seen.insert(hash);
        let is_known = library.has_vector(endpoint.set_name(), hash)?;
        match (is_known, is_new) {
            (true, true) => found.known += 1,
            (false, true) => found.missing.push(Wanted { role, text: text.to_owned() }),
            (_, false) => {}
        }
        Ok(!is_known)
    };
    // Asked first: an adoption in between is looked at twice rather than never.
    found.seen.last_adoption = library.last_adoption()?;
    if found.seen.last_adoption != since.last_adoption {
        for adoption in library.adoptions(&AdoptionFilter::default())? {
            look(&mut found, Role::Question, &adoption.question)?;
        }
    }
    library.changed_since::<LibraryError>(since.last_change, |stored| {
        found.seen.last_change = stored.seq;
        if stored.entry.status != Status::Published {
            return Ok(());
        }
        let mut waits = false;
        for text in texts_of(&stored.entry, endpoint.texts()) {
            waits |= look(&mut found, Role::Passage, &text)?;
        }
        if waits {
            found.waiting.push(stored.entry.id);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Embeds texts and keeps them, in batches of `batch`. A text the endpoint does
/// not take even by itself is left out and told; an endpoint that takes none
/// ends it. `go_on` hears how far it is, and ends it between two batches.
pub fn embed(
    library: &mut Library,
    endpoint: &Endpoint,
    wanted: &[Wanted],
    batch: usize,
    mut go_on: impl FnMut(Progress) -> bool,
) -> Result<Vec<Refusal>, EmbeddingError> {
    let mut begun = expect_dimension(library, endpoint)?;
    let mut refusals = Vec::new();
    let mut progress = Progress { done: 0, total: wanted.len() };
    for same_role in wanted.chunk_by(|one, next| one.role == next.role) {
        for batch in same_role.chunks(batch) {
            let embedded = embed_batch(endpoint, batch, &mut refusals)?;
            if let Some((_, vector)) = embedded.first().filter(|_| !begun) {
                let dimension = u32::try_from(vector.parts().len()).unwrap_or(u32::MAX);
                library.begin_vector_set(endpoint.set_name(), dimension, endpoint.texts())?;
                begun = true;
            }
            library.keep_vectors(endpoint.set_name(), &embedded)?;
            progress.done += batch.len();
            if !go_on(progress) {
                return Ok(refusals);
            }
        }
    }
    Ok(refusals)
}

/// The vectors of texts in their order, from the library where it has them.
pub fn vectors(
    library: &mut Library,
    endpoint: &Endpoint,
    role: Role,
    texts: &[&str],
    mut tell: impl FnMut(Progress),
) -> Result<Vec<Vector>, EmbeddingError> {
    let hashes: Vec<TextHash> = texts.iter().map(|text| TextHash::of(role, text)).collect();
    let mut known = library.vectors_of(endpoint.set_name(), &hashes)?;
    let mut seen: HashSet<TextHash> = known.keys().copied().collect();
    let new = texts.iter().zip(&hashes).filter(|(_, hash)| seen.insert(**hash));
    let wanted: Vec<Wanted> = new.map(|(text, _)| Wanted { role, text: (*text).to_owned() }).collect();
    let refused = embed(library, endpoint, &wanted, endpoint.batch(), |progress| {
        tell(progress);
        true
    })?;
    if let Some(refusal) = refused.into_iter().next() {
        return Err(refusal.reason.into());
    }
    if !wanted.is_empty() {
        known = library.vectors_of(endpoint.set_name(), &hashes)?;
    }
    // All are there: what was not known was just kept.
    Ok(hashes.iter().filter_map(|hash| known.get(hash).cloned()).collect())
}

/// What a request's questions are asked by meaning with. Nobody is asked where
/// the snapshot's vectors are not of this model.
pub fn oracle<'a>(asker: Option<&'a Asker>, snapshot: &Snapshot) -> Budgeted<'a> {
    Budgeted::new(asker.filter(|asker| snapshot.vector_set() == Some(asker.endpoint().set_name())))
}

/// Where questions point: as they stand, which is how adopted ones are
/// remembered, and as they are asked. From the library where it has them, else
/// from the endpoint.
pub fn directions<'q>(
    library: &mut Library,
    endpoint: &Endpoint,
    questions: impl Iterator<Item = &'q str>,
) -> Result<Directions, EmbeddingError> {
    let texts: BTreeSet<String> =
        questions.flat_map(|question| [question.to_owned(), normalise(question)]).collect();
    let asked: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = vectors(library, endpoint, Role::Question, &asked, |_| {})?;
    Ok(texts.into_iter().zip(vectors.into_iter().map(Arc::new)).collect())
}

impl Oracle for Directions {
    fn direction(&self, question: &str) -> Option<Arc<Vector>> {
        self.of(question).cloned()
    }
}

impl Oracle for Budgeted<'_> {
    fn direction(&self, question: &str) -> Option<Arc<Vector>> {
        self.question(question)
    }
}

/// Binds the endpoint to the dimension of its set, if the set has been begun;
/// returns whether it has.
pub fn expect_dimension(library: &Library, endpoint: &Endpoint) -> Result<bool, LibraryError> {
    let sets = library.vector_sets()?;
    let set = sets.iter().find(|set| set.name == endpoint.set_name());
    if let Some(set) = set {
        endpoint.expect_dimension(set.dimension);
    }
    Ok(set.is_some_and(|set| set.texts == *endpoint.texts()))
}

/// Says that every text has its vector.
pub fn complete(library: &mut Library, endpoint: &Endpoint) -> Result<(), LibraryError> {
    let sets = library.vector_sets()?;
    if let Some(set) = sets.iter().find(|set| set.name == endpoint.set_name()) {
        // Without new vectors the set may still be one of other texts.
        library.begin_vector_set(&set.name, set.dimension, endpoint.texts())?;
        library.complete_vector_set(&set.name)?;
    }
    Ok(())
}

fn embed_batch(
    endpoint: &Endpoint,
    batch: &[Wanted],
    refusals: &mut Vec<Refusal>,
) -> Result<Vec<(TextHash, Vector)>, EmbeddingError> {
    let error = match ask(endpoint, batch) {
        Ok(embedded) => return Ok(embedded),
        Err(error) if batch.len() < 2 || !may_be_a_text(&error) => return Err(error.into()),
        Err(error) => error,
    };
    let mut embedded = Vec::with_capacity(batch.len());
    let mut refused = Vec::new();
    for one in batch {
        match ask(endpoint, std::slice::from_ref(one)) {
            Ok(mut vector) => embedded.append(&mut vector),
            Err(reason) if may_be_a_text(&reason) => refused.push(Refusal { text: one.text.clone(), reason }),
            Err(reason) => return Err(reason.into()),
        }
    }
    // It was not one of the texts.
    if embedded.is_empty() {
        return Err(error.into());
    }
    refusals.append(&mut refused);
    Ok(embedded)
}

/// Asks for texts of one role; asks again where waiting may help.
fn ask(endpoint: &Endpoint, batch: &[Wanted]) -> Result<Vec<(TextHash, Vector)>, EndpointError> {
    let Some(Wanted { role, .. }) = batch.first() else { return Ok(Vec::new()) };
    let texts: Vec<&str> = batch.iter().map(|wanted| wanted.text.as_str()).collect();
    let mut pauses = PAUSES.into_iter();
    loop {
        match endpoint.embed(*role, &texts, PATIENCE) {
            Ok(vectors) => {
                let hashes = texts.iter().map(|text| TextHash::of(*role, text));
                return Ok(hashes.zip(vectors).collect());
            }
            Err(error) => match pauses.next().filter(|_| is_passing(&error)) {
                Some(pause) => std::thread::sleep(pause),
                None => return Err(error),
            },
        }
    }
}

/// Whether the same request may be answered in a moment.
fn is_passing(error: &EndpointError) -> bool {
    match error {
        EndpointError::Unreachable { .. } | EndpointError::Late(_) => true,
        EndpointError::Refused { status, .. } => *status == 429 || *status >= 500,
        _ => false,
    }
}

/// Whether another text might have been answered.
fn may_be_a_text(error: &EndpointError) -> bool {
    match error {
        EndpointError::Unreachable { .. } | EndpointError::Late(_) | EndpointError::Dimension { .. } => false,
        EndpointError::Refused { status, .. } => !matches!(status, 401 | 403 | 404 | 429),
        _ => true,
    }
}
