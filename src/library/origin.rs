//! Which file each entry was loaded from: asked to say what a loading would do
//! before it is done.

use rusqlite::OptionalExtension;

use super::{Library, LibraryError};

impl Library {
    /// Whether a file was loaded before with exactly these bytes: a loading
    /// would pass it over.
    pub fn knows_file(&self, origin: &str, file_hash: &blake3::Hash) -> Result<bool, LibraryError> {
        let sql = "SELECT file_hash FROM origin WHERE name = ?1";
        let known: Option<Vec<u8>> =
            self.connection.prepare_cached(sql)?.query_row([origin], |row| row.get(0)).optional()?;
        Ok(known.is_some_and(|known| known == file_hash.as_bytes()))
    }

    /// Files loaded before from below a root.
    pub fn origins_below(&self, root: &str) -> Result<Vec<String>, LibraryError> {
        self.names("SELECT name FROM origin WHERE root = ?1 ORDER BY name", root)
    }

    /// Ids of the entries that stand in a file and are not retired.
    pub fn loaded_from(&self, origin: &str) -> Result<Vec<String>, LibraryError> {
        self.names("SELECT id FROM entry WHERE origin = ?1 AND status <> 'retired' ORDER BY id", origin)
    }

    fn names(&self, sql: &str, key: &str) -> Result<Vec<String>, LibraryError> {
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([key], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
