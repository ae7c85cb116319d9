//! Questions of one meaning together: each joins the group it is most like on
//! average over all of the group's questions (group-average linkage, one pass,
//! the most asked first), or begins one. An average lets no single neighbour
//! pull two matters into one, and is a sum over postings, so that no pair is
//! ever looked at.

use std::collections::HashMap;

use super::likeness::{Scale, Weighed};

/// From this average likeness on a question belongs to a group; by words alone,
/// and where directions are known (`docs/measurements.md`).
pub const BY_WORDS: f32 = 0.30;
pub const BY_MEANING: f32 = 0.45;

/// Groups of questions, one place's.
#[derive(Default)]
pub struct Clusters {
    clusters: Vec<Cluster>,
    /// By piece: the groups whose questions hold it, in order, with the sum of
    /// its weights.
    postings: HashMap<u32, Vec<(u32, f32)>>,
    /// Likeness sums by group, all zero between two questions.
    sums: Vec<f32>,
}

#[derive(Default)]
struct Cluster {
    questions: f32,
    /// Sum of the directions of length 1, and of how many.
    direction: Vec<f32>,
    directed: f32,
}

/// A group's place among those of its clusters.
pub type Group = usize;

impl Clusters {
    /// The group a question belongs to, of those it may; none where it is like none.
    pub fn nearest(
        &mut self,
        scale: &Scale,
        question: &Weighed,
        may: impl Fn(Group) -> bool,
    ) -> Option<Group> {
        let mut touched: Vec<u32> = Vec::new();
        for (piece, weight) in &question.pieces {
            for &(group, of_group) in self.postings.get(piece).into_iter().flatten() {
                let sum = &mut self.sums[group as usize];
                if *sum == 0.0 {
                    touched.push(group);
                }
                *sum += weight * of_group;
            }
        }
        if question.direction.is_some() {
            let directed = (0_u32..).zip(&self.clusters).filter(|(_, cluster)| cluster.directed > 0.0);
            touched
                .extend(directed.map(|(group, _)| group).filter(|&group| self.sums[group as usize] == 0.0));
        }
        let unit = question.direction.as_ref().map(|direction| unit(direction.parts(), direction.length()));
        let mut best: Option<(f32, u32)> = None;
        for &group in &touched {
            let cluster = &self.clusters[group as usize];
            let words = self.sums[group as usize] / cluster.questions;
            let cosine = unit.as_ref().and_then(|unit| cluster.cosine(unit));
            let threshold = if cosine.is_some() { BY_MEANING } else { BY_WORDS };
            // How far above its threshold: likenesses of both kinds compare.
            let above = scale.fused(words, cosine) - threshold;
            let is_better = best.is_none_or(|(most, first)| above > most || (above == most && group < first));
            if above >= 0.0 && is_better && may(group as Group) {
                best = Some((above, group));
            }
        }
        touched.iter().for_each(|&group| self.sums[group as usize] = 0.0);
        best.map(|(_, group)| group as Group)
    }

    /// A new group without questions.
    pub fn begin(&mut self) -> Group {
        self.clusters.push(Cluster::default());
        self.sums.push(0.0);
        self.clusters.len() - 1
    }

    /// Adds a question to a group.
    pub fn add(&mut self, group: Group, question: &Weighed) {
        let cluster = &mut self.clusters[group];
        cluster.questions += 1.0;
        if let Some(direction) = &question.direction {
            let unit = unit(direction.parts(), direction.length());
            cluster.direction.resize(unit.len(), 0.0);
            cluster.direction.iter_mut().zip(&unit).for_each(|(sum, part)| *sum += part);
            cluster.directed += 1.0;
        }
        for &(piece, weight) in &question.pieces {
            let postings = self.postings.entry(piece).or_default();
            match postings.binary_search_by_key(&(group as u32), |(of, _)| *of) {
                Ok(at) => postings[at].1 += weight,
                Err(at) => postings.insert(at, (group as u32, weight)),
            }
        }
    }
}

impl Cluster {
    /// The mean cosine to the group's directions; none where it has none, or of
    /// another dimension.
    fn cosine(&self, unit: &[f32]) -> Option<f32> {
        if self.directed == 0.0 || self.direction.len() != unit.len() {
            return None;
        }
        let product: f32 = self.direction.iter().zip(unit).map(|(sum, part)| sum * part).sum();
        Some(product / self.directed)
    }
}

fn unit(parts: &[i8], length: f32) -> Vec<f32> {
    parts.iter().map(|&part| f32::from(part) / length.max(f32::MIN_POSITIVE)).collect()
}
