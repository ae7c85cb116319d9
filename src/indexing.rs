//! Library → index: opens the generation in use, brings it up to the library's
//! last change, and builds a new one where that is cheaper or the old one is
//! unusable. Library → question memory likewise.

use std::sync::Arc;

use jiff::civil::Date;

use crate::index::{Build, BuildLock, Generation, Generations, IndexError, Snapshot};
use crate::library::{AdoptionFilter, Library, LibraryError};
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
        let memory = Arc::new(QuestionMemory::of_adoptions(generation.words(), &adoptions, today));
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

    /// Builds a new generation from the whole library and swaps it in.
    pub fn rebuild(&self, library: &Library, tell: impl FnMut(Notice<'_>)) -> Result<Build, IndexError> {
        self.build(&self.generations.lock()?, library, tell)
    }

    fn build(
        &self,
        lock: &BuildLock,
        library: &Library,
        mut tell: impl FnMut(Notice<'_>),
    ) -> Result<Build, IndexError> {
        tell(Notice::Building { entries: library.stats()?.entries });
        let build = self.generations.build(lock, library, |done| tell(Notice::Progress { done }));
        let build = build.map_err(|error| self.generations.give_up(error))?;
        tell(Notice::Built(&build));
        Ok(build)
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
        let build = self.build(&lock, library, tell)?;
        let unusable =
            || IndexError::Unusable { name: build.generation, reason: "建好后打不开".to_owned() };
        self.generations.open()?.ok_or_else(unusable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Entry, Kind};
    use crate::library::{Adoption, Standing};
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
            standing: Standing::Seat,
        };
        library.adopt(&[adoption]).unwrap();
        assert!(remembered.is_behind(&library, &rebuilt, today).unwrap());
        let read = Remembered::read(&library, &rebuilt, today).unwrap();
        assert_eq!(read.snapshot_of(&rebuilt).unwrap().memory().len(), 1);
    }
}
