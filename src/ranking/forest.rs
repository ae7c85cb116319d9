//! Regression trees that correct the linear score of the best candidates: what
//! a weighted sum cannot say (a long run counts more in a short question, a
//! likeness more where the words tell little). Trained in `crate::learning`,
//! read and explained like the weights.

use serde::{Deserialize, Serialize};

use super::{FEATURE_COUNT, FEATURES, FeatureVector, Row};

/// The features, then the class of the entry and its place by the linear score.
pub const INPUT_COUNT: usize = FEATURE_COUNT + 3;
/// A candidate as the trees see it.
pub type ForestInput = [f32; INPUT_COUNT];

const MORE_INPUTS: [&str; INPUT_COUNT - FEATURE_COUNT] = ["class_code", "linear_lead", "linear_rank"];

/// A node of a tree: a question about an input, or a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredNode", into = "StoredNode")]
pub struct Node {
    /// Which input is asked; none in a leaf.
    pub input: Option<u16>,
    /// At most this: left, else right.
    pub threshold: f32,
    /// Place of the left node in the tree; the right one follows it.
    pub left: u16,
    /// What candidates that come here are worth on average; in a leaf, what
    /// the tree adds.
    pub value: f32,
}

/// Input (−1 in a leaf), threshold, left, value.
type StoredNode = (i32, f32, u16, f32);

impl From<StoredNode> for Node {
    fn from((input, threshold, left, value): StoredNode) -> Node {
        Node { input: u16::try_from(input).ok(), threshold, left, value }
    }
}

impl From<Node> for StoredNode {
    fn from(node: Node) -> StoredNode {
        let rounded = |value: f32| (f64::from(value) * 1e5).round() as f32 / 1e5;
        (node.input.map_or(-1, i32::from), node.threshold, node.left, rounded(node.value))
    }
}

/// Trees whose values are added up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forest {
    pub trees: Vec<Vec<Node>>,
}

/// Trees as they stand in a file, with the names of the inputs they ask.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ForestFile {
    inputs: Vec<String>,
    trees: Vec<Vec<Node>>,
}

/// Trees that ask an input this program does not have, or that do not hold together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("排序树不能用：{0}")]
pub struct ForestError(String);

/// The inputs of candidates, best first by linear score: their features, class,
/// and place; equals have one rank.
pub fn inputs(rows: &[&Row], linear: &[f32]) -> Vec<ForestInput> {
    let mut inputs = Vec::with_capacity(rows.len());
    let mut rank_of_score = 0;
    for (rank, row) in rows.iter().enumerate() {
        if rank == 0 || linear[rank] != linear[rank - 1] {
            rank_of_score = rank;
        }
        let mut input = [0.0; INPUT_COUNT];
        let (features, more) = input.split_at_mut(FEATURE_COUNT);
        features.copy_from_slice(&row.features);
        more.copy_from_slice(&[
            row.class as usize as f32,
            linear[rank] - linear[0],
            1.0 / ((rank_of_score + 1) as f32).sqrt(),
        ]);
        inputs.push(input);
    }
    inputs
}

impl Forest {
    /// What the trees add to a candidate's linear score.
    pub fn score(&self, input: &ForestInput) -> f32 {
        self.trees.iter().map(|tree| path(tree, input).last().map_or(0.0, |node| node.value)).sum()
    }

    /// The same by feature: what each question on the way changed. What the
    /// class and the place by linear score changed is left out.
    pub fn contributions(&self, input: &ForestInput) -> FeatureVector {
        let mut by_feature = [0.0; FEATURE_COUNT];
        for tree in &self.trees {
            let mut before: Option<&Node> = None;
            for node in path(tree, input) {
                if let Some(asked) = before
                    && let Some(of_feature) =
                        asked.input.and_then(|input| by_feature.get_mut(usize::from(input)))
                {
                    *of_feature += node.value - asked.value;
                }
                before = Some(node);
            }
        }
        by_feature
    }

    /// As it is written to a file.
    pub fn to_file(&self) -> ForestFile {
        let names = FEATURES.iter().map(|feature| feature.name).chain(MORE_INPUTS);
        ForestFile { inputs: names.map(str::to_owned).collect(), trees: self.trees.clone() }
    }

    /// From a file: its inputs are found by name, and every tree is checked to
    /// lead only forward.
    pub fn of_file(file: &ForestFile) -> Result<Forest, ForestError> {
        let known: Vec<&str> = FEATURES.iter().map(|feature| feature.name).chain(MORE_INPUTS).collect();
        let mut places = Vec::new();
        for name in &file.inputs {
            let place = known.iter().position(|known| known == name);
            places.push(place.ok_or_else(|| ForestError(format!("没有特征 {name}")))? as u16);
        }
        let mut trees = file.trees.clone();
        for (number, tree) in trees.iter_mut().enumerate() {
            let length = tree.len();
            for (at, node) in tree.iter_mut().enumerate() {
                let Some(input) = node.input else { continue };
                let left = usize::from(node.left);
                let place = places.get(usize::from(input)).filter(|_| left > at && left + 1 < length);
                let place = place.ok_or_else(|| ForestError(format!("第 {} 棵树已损坏", number + 1)))?;
                node.input = Some(*place);
            }
        }
        Ok(Forest { trees })
    }
}

/// The nodes a candidate comes by, from the root to its leaf.
fn path<'a>(tree: &'a [Node], input: &'a ForestInput) -> impl Iterator<Item = &'a Node> {
    let mut next = tree.first();
    std::iter::from_fn(move || {
        let node = next?;
        next = node.input.and_then(|asked| {
            let goes_right = input[usize::from(asked)] > node.threshold;
            tree.get(usize::from(node.left) + usize::from(goes_right))
        });
        Some(node)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forest() -> Forest {
        let leaf = |value| Node { input: None, threshold: 0.0, left: 0, value };
        let root = Node { input: Some(1), threshold: 0.5, left: 1, value: 0.1 };
        Forest { trees: vec![vec![root, leaf(-1.0), leaf(2.0)]] }
    }

    #[test]
    fn a_candidate_is_worth_the_leaves_it_falls_into() {
        let mut input = [0.0; INPUT_COUNT];
        assert_eq!(forest().score(&input), -1.0);
        input[1] = 0.6;
        assert_eq!(forest().score(&input), 2.0);
        assert!((forest().contributions(&input)[1] - 1.9).abs() < 1e-6);
    }

    #[test]
    fn a_file_gives_the_same_trees_and_a_damaged_one_is_refused() {
        let file = forest().to_file();
        let text = serde_json::to_string(&file).unwrap();
        assert_eq!(Forest::of_file(&serde_json::from_str(&text).unwrap()), Ok(forest()));
        let mut unknown = file.clone();
        unknown.inputs[1] = "nonsense".to_owned();
        assert!(Forest::of_file(&unknown).is_err());
        let mut circular = file;
        circular.trees[0][0].left = 0;
        assert!(Forest::of_file(&circular).is_err());
    }
}
