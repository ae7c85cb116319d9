//! What BM25 has to know of the whole index: how long entries are, and how rare terms
//! are, by pool.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::{DocAddress, SegmentReader};

use super::IndexError;
use super::candidates::Place;
use super::facts::FactTable;
use super::plan::Area;
use super::schema::Fields;
use super::scoring::{AREA_WEIGHTS, Cut, POOL_COUNT, Pool};

/// BM25 as Robertson et al. give it, with the usual constants.
pub(super) const K1: f32 = 1.2;
pub(super) const B: f32 = 0.75;
/// Lengths are stored in one byte each.
pub(super) const LENGTH_CODES: usize = 256;

/// Statistics of the whole index that BM25 needs.
pub(super) struct Statistics {
    /// By pool and cut, by length code: K1 × (1 − B + B × length ÷ mean length). The
    /// mean is geometric: a few documents of a hundred pages would make every answer
    /// look short.
    pub(super) length_factor: [[Box<[f32; LENGTH_CODES]>; 2]; POOL_COUNT],
    /// By segment and cut: each document's joined length as a code.
    pub(super) length_codes: Vec<[Vec<u8>; 2]>,
    /// Entries of each pool.
    entries: [u64; POOL_COUNT],
}

impl Statistics {
    pub fn read(
        segments: &[SegmentReader],
        fields: &Fields,
        facts: &FactTable,
    ) -> Result<Statistics, IndexError> {
        let mut entries = [0; POOL_COUNT];
        let mut logarithms = [[0.0_f64; 2]; POOL_COUNT];
        let mut length_codes = Vec::with_capacity(segments.len());
        for (ordinal, segment) in (0..).zip(segments) {
            let reader = |area: Area| segment.get_fieldnorms_reader(fields.of(area));
            let lengths: Vec<FieldNormReader> =
                Area::ALL.into_iter().map(reader).collect::<Result<_, _>>()?;
            let mut codes = Cut::ALL.map(|_| Vec::with_capacity(segment.max_doc() as usize));
            for doc in 0..segment.max_doc() {
                let pool = facts.of(Place(DocAddress::new(ordinal, doc))).pool();
                entries[pool as usize] += 1;
                for cut in Cut::ALL {
                    let of_area = |&area: &Area| {
                        AREA_WEIGHTS[area as usize] * lengths[area as usize].fieldnorm(doc) as f32
                    };
                    let length: f32 = pool.areas(cut).iter().map(of_area).sum();
                    logarithms[pool as usize][cut as usize] += f64::from(length + 1.0).ln();
                    codes[cut as usize].push(FieldNormReader::fieldnorm_to_id(length.round() as u32));
                }
            }
            length_codes.push(codes);
        }
        let factors = |sum: f64, entries: u64| {
            let mean = ((sum / entries.max(1) as f64).exp() as f32).max(1.0);
            let mut factors = Box::new([0.0; LENGTH_CODES]);
            for (code, factor) in factors.iter_mut().enumerate() {
                let length = FieldNormReader::id_to_fieldnorm(code as u8);
                *factor = K1 * (1.0 - B + B * length as f32 / mean);
            }
            factors
        };
        let of_pool = |pool: Pool| logarithms[pool as usize].map(|sum| factors(sum, entries[pool as usize]));
        Ok(Statistics { length_factor: Pool::ALL.map(of_pool), length_codes, entries })
    }

    /// How rare a term is, by pool, from the number of each pool's entries that hold
    /// it: the mean of how rare it is there and how rare it is in all. What all of a
    /// library's answers say tells none of them apart, however rare it is in laws;
    /// and a few answers are too few to tell a common word by.
    pub fn idf(&self, frequencies: [u64; POOL_COUNT]) -> [f32; POOL_COUNT] {
        let all = frequencies.iter().sum();
        if all == 0 {
            return [0.0; POOL_COUNT];
        }
        let overall = inverse_frequency(self.entries.iter().sum(), all);
        std::array::from_fn(|pool| (inverse_frequency(self.entries[pool], frequencies[pool]) + overall) / 2.0)
    }

    /// How rare what this many entries hold is in all.
    pub fn overall_idf(&self, frequency: u64) -> f32 {
        inverse_frequency(self.entries.iter().sum(), frequency)
    }
}

/// ln(1 + (N − n + 0.5) ÷ (n + 0.5)), Robertson and Spärck Jones.
pub(super) fn inverse_frequency(entries: u64, holding: u64) -> f32 {
    let n = holding as f32;
    let others = entries.saturating_sub(holding) as f32;
    (1.0 + (others + 0.5) / (n + 0.5)).ln()
}
