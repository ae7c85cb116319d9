//! Library → index: opens the generation in use, brings it up to the library's
//! last change, and builds a new one where that is cheaper or the old one is
//! unusable. Library → question memory likewise.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::civil::Date;

use crate::index::{Build, BuildLock, Generation, Generations, IndexError, Listed, Snapshot, Standing};
use crate::library::{Adoption, AdoptionFilter, AuditEvent, Library, LibraryError};
use crate::meaning::{Directions, Role, TextHash};
use crate::memory::QuestionMemory;

/// A full build is cheaper than following from this many changes on.
const REBUILD_FROM_CHANGES: u64 = 20_000;

/// Swaps by other processes that opening sits out.
const MOST_SWAPS: usize = 10;

/// What there is to say while the index is brought up to date.
#[derive(Debug)]
pub enum Notice<'a> {
    /// The generation in use cannot be used; a new one is built.
    Unusable(&'a IndexError),
    Building {
        entries: u64,
    },
    Progress {
        done: u64,
    },
    Built(&'a Build),
    /// Another process is writing the index; what it has committed is used.
    Locked,
}

/// A library's question memory with what it was read from: read again only
/// where that has moved, and shared by the snapshots until then.
#[derive(Clone)]
pub struct Remembered {
    memory: Arc<QuestionMemory>,
    last_adoption: u64,
    /// Its dictionary cut the questions, its synonyms stand in them.
    generation: String,
    /// Adoptions count by their age on it.
    today: Date,
}

impl Remembered {
    /// Reads the library's adoptions, cut with the generation's words.
    pub fn read(library: &Library, generation: &Generation, today: Date) -> Result<Remembered, LibraryError> {
        // Asked first: an adoption in between is read twice rather than never.
        let last_adoption = library.last_adoption()?;
        let adoptions = library.adoptions(&AdoptionFilter::default())?;
        let directions = directions(library, generation, &adoptions)?;
        let memory = QuestionMemory::of_adoptions(generation.words(), &adoptions, &directions, today);
        let memory = Arc::new(memory);
        Ok(Remembered { memory, last_adoption, generation: generation.name.clone(), today })
    }

    /// Whether it would be another one if it were read now; cheap enough to ask
    /// often.
    pub fn is_behind(
        &self,
        library: &Library,
        generation: &Generation,
        today: Date,
    ) -> Result<bool, LibraryError> {
        let is_same = self.generation == generation.name && self.today == today;
        Ok(!is_same || library.last_adoption()? != self.last_adoption)
    }

    /// The generation's present state with this memory.
    pub fn snapshot_of(&self, generation: &Generation) -> Result<Snapshot, IndexError> {
        generation.snapshot()?.with_memory(Arc::clone(&self.memory))
    }
}

/// The directions of adopted questions, as far as they were embedded for the
/// generation's set.
fn directions(
    library: &Library,
    generation: &Generation,
    adoptions: &[Adoption],
) -> Result<Directions, LibraryError> {
    let Some(set) = generation.near() else { return Ok(Directions::default()) };
    let questions: BTreeSet<&String> = adoptions.iter().map(|adoption| &adoption.question).collect();
    let direction = |question: &String| {
        let vector = library.vector_of(&set.name, TextHash::of(Role::Question, question));
        vector.map(|vector| Some((question.clone(), Arc::new(vector?)))).transpose()
    };
    questions.into_iter().filter_map(direction).collect()
}

/// Who puts a generation in use, and why.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// A key's signature, or the command, for the audit log.
    pub actor: &'a str,
    pub reason: Option<&'a str>,
}

/// Keeps an index folder up to a library.
pub struct Indexer {
    generations: Generations,
}

impl Indexer {
    /// For the generations of one folder.
    pub fn new(generations: Generations) -> Indexer {
        Indexer { generations }
    }

    /// The generation in use, holding the library's last change: opened,
    /// followed, or built where it is missing or unusable.
    pub fn open(
        &self,
        library: &Library,
        mut tell: impl FnMut(Notice<'_>),
    ) -> Result<Generation, IndexError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let before = self.generations.current_name()?;
            let opened = match self.generations.open() {
                Ok(Some(generation)) => self.follow(library, generation, &mut tell),
                Ok(None) => self.rebuild_and_open(library, &mut tell),
                Err(error) => Err(error),
            };
            // Another process may swap in a generation and remove the one just
            // being opened or followed.
            let is_swapped = self.generations.current_name()? != before;
            match opened {
                Err(_) if is_swapped && tries < MOST_SWAPS => {}
                Err(error @ IndexError::Unusable { .. }) => {
                    tell(Notice::Unusable(&error));
                    return self.rebuild_and_open(library, tell);
                }
                opened => return opened,
            }
        }
    }

    /// The generation brought up to the library's last change; another one
    /// where another process has swapped one in.
    pub fn follow(
        &self,
        library: &Library,
        generation: Generation,
        mut tell: impl FnMut(Notice<'_>),
    ) -> Result<Generation, IndexError> {
        let generation = match self.generations.current_name()? {
            Some(name) if name != generation.name => match self.generations.open() {
                Ok(Some(newer)) => newer,
                _ => generation,
            },
            Some(_) => generation,
            // Deleted while we served from it.
            None => return self.rebuild_and_open(library, tell),
        };
        let held = generation.mark()?;
        // Ahead of a restored library, or of another history as long.
        let is_foreign = !library.has(&held)?;
        let behind = library.count_changed_since(held.seq)?;
        if is_foreign || behind >= REBUILD_FROM_CHANGES {
            return self.rebuild_and_open(library, tell);
        }
        if behind > 0 {
            match generation.follow(library) {
                Ok(_) => {}
                Err(IndexError::Locked) => tell(Notice::Locked),
                Err(error) => return Err(self.generations.explain(error)),
            }
        }
        Ok(generation)
    }

    /// Whether another process has put a generation in this one's place.
    pub fn is_swapped(&self, generation: &Generation) -> bool {
        self.generations.current_name().is_ok_and(|name| name.as_ref() != Some(&generation.name))
    }

    /// Whether there is something to follow; cheap enough to ask often.
    pub fn is_behind(&self, library: &Library, generation: &Generation) -> Result<bool, IndexError> {
        Ok(self.is_swapped(generation) || !library.stands_at(&generation.mark()?)?)
    }

    /// Builds a new generation from the whole library and puts it in use. No
    /// gate holds here: this is for an index that is missing, unusable or too
    /// far behind, where there is nothing fit to compare with.
    pub fn rebuild(&self, library: &Library, tell: impl FnMut(Notice<'_>)) -> Result<Generation, IndexError> {
        self.rebuild_locked(&self.lock()?, library, tell)
    }

    fn rebuild_locked(
        &self,
        lock: &BuildLock,
        library: &Library,
        tell: impl FnMut(Notice<'_>),
    ) -> Result<Generation, IndexError> {
        let generation = self.build_beside(lock, library, &AtomicBool::new(false), tell)?;
        self.let_in(lock, library, &generation)?;
        Ok(generation)
    }

    /// Waits until no other process builds or swaps, and keeps them waiting.
    pub fn lock(&self) -> Result<BuildLock, IndexError> {
        self.generations.lock()
    }

    /// The same at once; `None` where another one builds.
    pub fn try_lock(&self) -> Result<Option<BuildLock>, IndexError> {
        self.generations.try_lock()
    }

    /// Held by the one process that carries out jobs; `None` where another does.
    pub fn try_lock_jobs(&self) -> Result<Option<BuildLock>, IndexError> {
        self.generations.try_lock_jobs()
    }

    /// The generation in use as it is, however far behind; `None` where there is
    /// none that can be used.
    pub fn in_use(&self) -> Result<Option<Generation>, IndexError> {
        match self.generations.open() {
            Err(IndexError::Unusable { .. }) => Ok(None),
            opened => opened,
        }
    }

    /// Builds a generation beside the one in use. It waits there to be let in,
    /// held back or discarded; if nobody does, the next build removes it.
    pub fn build_beside(
        &self,
        lock: &BuildLock,
        library: &Library,
        stop: &AtomicBool,
        mut tell: impl FnMut(Notice<'_>),
    ) -> Result<Generation, IndexError> {
        tell(Notice::Building { entries: library.stats()?.entries });
        let build = self.generations.build(lock, library, stop, |done| tell(Notice::Progress { done }));
        let build = build.map_err(|error| self.generations.give_up(error))?;
        tell(Notice::Built(&build));
        let generation = self.generations.open_named(&build.generation)?;
        // What was edited meanwhile.
        generation.follow(library).map_err(|error| self.generations.give_up(error))?;
        Ok(generation)
    }

    /// Puts a generation in use, holding the library's last change.
    pub fn let_in(
        &self,
        lock: &BuildLock,
        library: &Library,
        generation: &Generation,
    ) -> Result<(), IndexError> {
        generation.follow(library).map_err(|error| self.generations.explain(error))?;
        self.generations.activate(lock, &generation.name)
    }

    /// Leaves a generation that was just built waiting, and says why.
    pub fn hold_back(&self, lock: &BuildLock, name: &str, why: &str) -> Result<(), IndexError> {
        self.generations.hold_back(lock, name, why)
    }

    /// Removes a generation that was just built.
    pub fn discard(&self, lock: &BuildLock, name: &str) -> Result<(), IndexError> {
        self.generations.discard(lock, name)
    }

    /// Goes back to an earlier generation, or lets in one that waits, for which
    /// a reason is needed. It brings its own synonyms, words and weights, and is
    /// first brought up to the library's last change. Returns the one that was
    /// in use before.
    pub fn activate(
        &self,
        library: &Library,
        lock: &BuildLock,
        name: &str,
        by: Decision<'_>,
    ) -> Result<Option<String>, IndexError> {
        let before = self.generations.current_name()?;
        if before.as_deref() == Some(name) {
            return Ok(before);
        }
        let listed = self.list()?.into_iter().find(|listed| listed.name == name);
        let listed = listed.ok_or_else(|| IndexError::NoGeneration { name: name.to_owned() })?;
        let overrules = listed.standing == Standing::Waiting;
        if overrules && by.reason.is_none() {
            return Err(IndexError::ReasonMissing { name: name.to_owned() });
        }
        let generation = self.generations.open_named(name)?;
        if !library.has(&generation.mark()?)? {
            let reason = "它不是这个知识库的索引".to_owned();
            return Err(IndexError::Unusable { name: name.to_owned(), reason });
        }
        self.let_in(lock, library, &generation)?;
        library.end_waiting_job(name)?;
        library.record(&AuditEvent {
            actor: by.actor,
            action: if overrules { "generation.overruled" } else { "generation.activated" },
            object: name,
            reason: by.reason.unwrap_or_default(),
        })?;
        Ok(before)
    }

    /// Every generation that is there, the newest first.
    pub fn list(&self) -> Result<Vec<Listed>, IndexError> {
        self.generations.list()
    }

    /// Builds unless another process, waited for, has built meanwhile.
    fn rebuild_and_open(
        &self,
        library: &Library,
        tell: impl FnMut(Notice<'_>),
    ) -> Result<Generation, IndexError> {
        let before = self.generations.current_name()?;
        let lock = self.generations.lock()?;
        if self.generations.current_name()? != before
            && let Ok(Some(built)) = self.generations.open()
            && library.stands_at(&built.mark()?)?
        {
            return Ok(built);
        }
        self.rebuild_locked(&lock, library, tell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Entry, Kind};
    use crate::library::{Adoption, Standing as Trust};
    use crate::text::Cutter;

    fn put(library: &mut Library, id: &str) {
        let mut loading = library.load("test", "test").unwrap();
        loading.put(&Entry { body: "答案".to_owned(), ..Entry::new(id, Kind::Faq, id) }, None).unwrap();
        loading.commit().unwrap();
    }

    #[test]
    fn the_memory_is_shared_until_an_adoption_the_generation_or_the_day_changes() {
        let folder = tempfile::tempdir().unwrap();
        let mut library = Library::open(folder.path()).unwrap();
        put(&mut library, "a");
        let generations =
            Generations::new(&folder.path().join("index"), folder.path(), Arc::new(Cutter::new()));
        let indexer = Indexer::new(generations);
        let generation = indexer.open(&library, |_| {}).unwrap();
        let today = jiff::civil::date(2026, 11, 24);
        let remembered = Remembered::read(&library, &generation, today).unwrap();
        let before = remembered.snapshot_of(&generation).unwrap();

        put(&mut library, "b");
        let generation = indexer.follow(&library, generation, |_| {}).unwrap();
        assert!(!remembered.is_behind(&library, &generation, today).unwrap());
        let after = remembered.snapshot_of(&generation).unwrap();
        assert_eq!((before.entries(), after.entries()), (1, 2));
        assert!(std::ptr::eq(before.memory(), after.memory()));

        assert!(remembered.is_behind(&library, &generation, jiff::civil::date(2026, 11, 25)).unwrap());
        indexer.rebuild(&library, |_| {}).unwrap();
        let rebuilt = indexer.open(&library, |_| {}).unwrap();
        assert!(remembered.is_behind(&library, &rebuilt, today).unwrap());
        let remembered = Remembered::read(&library, &rebuilt, today).unwrap();
        assert!(!remembered.is_behind(&library, &rebuilt, today).unwrap());
        let adoption = Adoption {
            question: "问".to_owned(),
            entry_id: "a".to_owned(),
            adopted_by: "坐席".to_owned(),
            adopted_on: today,
            standing: Trust::Seat,
        };
        library.adopt(&[adoption]).unwrap();
        assert!(remembered.is_behind(&library, &rebuilt, today).unwrap());
        let read = Remembered::read(&library, &rebuilt, today).unwrap();
        assert_eq!(read.snapshot_of(&rebuilt).unwrap().memory().len(), 1);
    }
}
