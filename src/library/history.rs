//! Places in a library's history. A restored library takes numbers again that
//! were taken before, so a number alone does not say which change is meant:
//! whoever remembers how far he has read remembers the mark of that change too.

use std::fmt;
use std::str::FromStr;

use rusqlite::OptionalExtension;

use super::{Library, LibraryError};

/// Characters of a digest: 64 bits tell the histories of one library apart.
const DIGEST_CHARS: usize = 16;

/// One change of one history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Number of the change; 0 before the first.
    pub seq: u64,
    /// BLAKE3 of what was changed, when and by whom; none where only the number
    /// is known.
    pub digest: Option<String>,
}

impl Mark {
    /// Before the first change of any history.
    pub const START: Mark = Mark { seq: 0, digest: None };

    fn of(seq: u64, id: &str, version: u32, made_at: &str, made_by: &str) -> Mark {
        let text = format!("{seq}\0{id}\0{version}\0{made_at}\0{made_by}");
        let digest = blake3::hash(text.as_bytes()).to_hex()[..DIGEST_CHARS].to_owned();
        Mark { seq, digest: Some(digest) }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.digest {
            Some(digest) => write!(f, "{}-{digest}", self.seq),
            None => write!(f, "{}", self.seq),
        }
    }
}

/// Reads `123` and `123-0123456789abcdef`.
impl FromStr for Mark {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Mark, Self::Err> {
        let (seq, digest) = match text.split_once('-') {
            Some((seq, digest)) => (seq, Some(digest.to_owned())),
            None => (text, None),
        };
        Ok(Mark { seq: seq.parse()?, digest })
    }
}

impl Library {
    /// The change with that number; none where it has not been made.
    pub fn mark_at(&self, seq: u64) -> Result<Option<Mark>, LibraryError> {
        // SQLite's numbers have a sign: no change has a greater one.
        let Ok(number) = i64::try_from(seq) else { return Ok(None) };
        let sql = "SELECT entry_id, version, made_at, made_by FROM revision WHERE seq = ?1";
        let mut query = self.connection.prepare_cached(sql)?;
        let mark = query.query_row([number], |row| {
            let (id, made_at, made_by): (String, String, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
            Ok(Mark::of(seq, &id, row.get(1)?, &made_at, &made_by))
        });
        Ok(mark.optional()?)
    }

    /// Whether a change belongs to this library's history. One known by its
    /// number only belongs to every history that long.
    pub fn has(&self, mark: &Mark) -> Result<bool, LibraryError> {
        if mark.seq == 0 {
            return Ok(true);
        }
        let own = self.mark_at(mark.seq)?;
        Ok(own.is_some_and(|own| mark.digest.is_none() || own.digest == mark.digest))
    }

    /// Whether a change is this library's last.
    pub fn stands_at(&self, mark: &Mark) -> Result<bool, LibraryError> {
        Ok(self.last_change()? == mark.seq && self.has(mark)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Entry, Kind};

    fn library_with(title: &str) -> (tempfile::TempDir, Library) {
        let folder = tempfile::tempdir().unwrap();
        let mut library = Library::open(folder.path()).unwrap();
        let mut loading = library.load("test", "test").unwrap();
        loading.put(&Entry::new("a", Kind::Faq, title), None).unwrap();
        loading.commit().unwrap();
        (folder, library)
    }

    #[test]
    fn the_same_number_in_another_history_is_another_change() {
        let (_folder, library) = library_with("甲");
        let (_other_folder, other) = library_with("乙");
        let mark = library.mark_at(1).unwrap().unwrap();
        let visited = library.changed_since::<LibraryError>(0, |_| Ok(())).unwrap();
        assert_eq!(visited.as_ref(), Some(&mark));
        assert!(library.has(&mark).unwrap() && library.stands_at(&mark).unwrap());
        assert!(!other.has(&mark).unwrap());
        assert_eq!(mark.to_string().parse::<Mark>().unwrap(), mark);
        assert!(other.has(&"1".parse().unwrap()).unwrap());
        assert!(!other.has(&"2".parse().unwrap()).unwrap());
        assert!(other.has(&Mark::START).unwrap() && !other.stands_at(&Mark::START).unwrap());
    }
}
