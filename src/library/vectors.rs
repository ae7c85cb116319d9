//! Vectors of texts, kept by model and text: what was embedded once is never
//! embedded again, whatever becomes of the entries. The vectors of one model
//! are a set; a set is used once it is complete, until then the one before.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, TransactionBehavior, params};
use serde::Serialize;

use super::{Library, LibraryError};
use crate::meaning::{TextHash, Texts, Vector};

/// The vectors of one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VectorSet {
    /// The model's name, with all that makes its vectors differ.
    pub name: String,
    pub dimension: u32,
    /// Which texts of entries it holds.
    pub texts: Texts,
    /// Since when every text had a vector; none while it is being filled.
    pub completed_at: Option<String>,
}

impl Library {
    /// The set that is searched by: of the complete ones the last begun.
    pub fn vector_set(&self) -> Result<Option<VectorSet>, LibraryError> {
        Ok(self.vector_sets()?.into_iter().find(|set| set.completed_at.is_some()))
    }

    /// All sets, the last begun first.
    pub fn vector_sets(&self) -> Result<Vec<VectorSet>, LibraryError> {
        let sql = "SELECT name, dimension, texts, completed_at FROM vector_set ORDER BY number DESC";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([], |row| {
            let texts: String = row.get(2)?;
            Ok(VectorSet {
                name: row.get(0)?,
                dimension: row.get(1)?,
                texts: serde_json::from_str(&texts).unwrap_or_default(),
                completed_at: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Begins a set, or goes on with one; other texts than before make it
    /// incomplete.
    pub fn begin_vector_set(
        &mut self,
        name: &str,
        dimension: u32,
        texts: &Texts,
    ) -> Result<(), LibraryError> {
        let texts = serde_json::to_string(texts).unwrap_or_default();
        let sql = "INSERT INTO vector_set (name, dimension, texts) VALUES (?1, ?2, ?3)
                   ON CONFLICT (name) DO UPDATE SET
                     completed_at = CASE WHEN texts = excluded.texts THEN completed_at END,
                     texts = excluded.texts";
        self.connection.prepare_cached(sql)?.execute(params![name, dimension, texts])?;
        Ok(())
    }

    /// Says that every text has its vector.
    pub fn complete_vector_set(&mut self, name: &str) -> Result<(), LibraryError> {
        let sql = "UPDATE vector_set SET completed_at = ?2 WHERE name = ?1 AND completed_at IS NULL";
        self.connection.prepare_cached(sql)?.execute(params![name, jiff::Timestamp::now().to_string()])?;
        Ok(())
    }

    /// Keeps vectors, all or none.
    pub fn keep_vectors(&mut self, set: &str, vectors: &[(TextHash, Vector)]) -> Result<(), LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "INSERT OR REPLACE INTO vector (set_name, hash, vector) VALUES (?1, ?2, ?3)";
        for (hash, vector) in vectors {
            transaction.prepare_cached(sql)?.execute(params![set, hash.0, vector.to_bytes()])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// The vector of a text in a set.
    pub fn vector_of(&self, set: &str, hash: TextHash) -> Result<Option<Vector>, LibraryError> {
        let sql = "SELECT vector FROM vector WHERE set_name = ?1 AND hash = ?2";
        let found = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![set, hash.0], |row| Ok(Vector::from_bytes(row.get_ref(0)?.as_blob()?)));
        Ok(found.optional()?)
    }

    /// Whether a text has a vector in a set.
    pub fn has_vector(&self, set: &str, hash: TextHash) -> Result<bool, LibraryError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM vector WHERE set_name = ?1 AND hash = ?2)";
        Ok(self.connection.prepare_cached(sql)?.query_row(params![set, hash.0], |row| row.get(0))?)
    }

    /// The same of many; those without a vector are left out.
    pub fn vectors_of(
        &self,
        set: &str,
        hashes: &[TextHash],
    ) -> Result<HashMap<TextHash, Vector>, LibraryError> {
        let found = hashes.iter().map(|&hash| Ok(self.vector_of(set, hash)?.map(|vector| (hash, vector))));
        found.filter_map(Result::transpose).collect()
    }

    /// How many vectors a set holds.
    pub fn count_vectors(&self, set: &str) -> Result<u64, LibraryError> {
        let sql = "SELECT count(*) FROM vector WHERE set_name = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([set], |row| row.get(0))?)
    }
}
