//! Fits the ranker's trees: gradient boosting from the linear scores under the
//! same listwise softmax loss (Friedman 2001; second order as Chen and Guestrin
//! 2016 give it), over histograms of at most 64 bins. Deterministic.

use crate::ranking::{Forest, ForestInput, INPUT_COUNT, Node};

/// Trees and how large each may grow.
const TREES: usize = 160;
const MOST_LEAVES: usize = 12;
/// Share of a tree's value that is added.
const SHRINKAGE: f32 = 0.08;
/// A leaf holds at least this much curvature (Σ p(1 − p) × weight).
const LEAST_CURVATURE: f32 = 1.5;
/// Pull of leaves towards zero.
const RIDGE: f32 = 4.0;
/// Of the inputs, one in so many is hidden from a tree, and of the questions
/// one in so many: trees that differ generalise better.
const HIDE_ONE_INPUT_IN: u64 = 2;
const HIDE_ONE_CASE_IN: u64 = 4;
const BINS: usize = 64;

/// One question: the inputs of its best candidates, their linear scores, and
/// which are right.
#[derive(Debug, Clone)]
pub struct BoostingCase {
    pub inputs: Vec<ForestInput>,
    pub linear: Vec<f32>,
    pub right: Vec<bool>,
    pub weight: f32,
}

/// Sums over rows: gradient and curvature.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    gradient: f32,
    curvature: f32,
}

impl Sums {
    fn gain(self) -> f32 {
        self.gradient * self.gradient / (self.curvature + RIDGE)
    }

    fn value(self) -> f32 {
        -SHRINKAGE * self.gradient / (self.curvature + RIDGE)
    }

    fn minus(self, other: Sums) -> Sums {
        Sums { gradient: self.gradient - other.gradient, curvature: self.curvature - other.curvature }
    }

    fn add(&mut self, gradient: f32, curvature: f32) {
        self.gradient += gradient;
        self.curvature += curvature;
    }
}

/// A leaf that may still be split.
struct Open {
    node: usize,
    rows: Vec<u32>,
    best: Option<Split>,
}

/// The best question to ask in a leaf.
#[derive(Clone, Copy)]
struct Split {
    gain: f32,
    input: usize,
    /// Rows of this bin and below go left.
    bin: u8,
}

/// The rows of all cases, binned.
struct Table {
    /// Row by row, a bin for each input.
    bins: Vec<[u8; INPUT_COUNT]>,
    /// By input: the upper bound of each bin but the last.
    bounds: Vec<Vec<f32>>,
}

/// A well-mixed number from a number (splitmix64, Steele et al. 2014).
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Fits trees to cases; those without a right candidate, or with right ones
/// only, teach nothing.
pub fn fit_forest(cases: &[BoostingCase]) -> Forest {
    let is_useful = |case: &&BoostingCase| case.right.contains(&true) && case.right.contains(&false);
    let cases: Vec<&BoostingCase> = cases.iter().filter(is_useful).collect();
    let mut forest = Forest::default();
    if cases.is_empty() {
        return forest;
    }
    let table = Table::of(&cases);
    let mut scores: Vec<f32> = cases.iter().flat_map(|case| case.linear.iter().copied()).collect();
    // On average a question counts 1.
    let unit = cases.len() as f32 / cases.iter().map(|case| case.weight).sum::<f32>();
    for tree in 0..TREES as u64 {
        let (sums, rows) = gradients(&cases, &scores, unit, tree);
        let seen = |input: &usize| !mixed(tree << 32 | *input as u64).is_multiple_of(HIDE_ONE_INPUT_IN);
        let inputs: Vec<usize> = (0..INPUT_COUNT).filter(seen).collect();
        let grown = table.grow(&sums, rows, &inputs);
        for (row, score) in scores.iter_mut().enumerate() {
            *score += table.value(&grown, row);
        }
        forest.trees.push(table.unbinned(grown));
    }
    forest
}

/// Gradient and curvature of every row, and the rows this tree sees.
fn gradients(cases: &[&BoostingCase], scores: &[f32], unit: f32, tree: u64) -> (Vec<Sums>, Vec<u32>) {
    let mut sums = Vec::with_capacity(scores.len());
    let mut rows = Vec::with_capacity(scores.len());
    for (number, case) in (0_u64..).zip(cases) {
        let start = sums.len();
        let own = &scores[start..start + case.right.len()];
        let highest = own.iter().copied().fold(f32::MIN, f32::max);
        let odds: Vec<f32> = own.iter().map(|score| (score - highest).exp()).collect();
        let all: f32 = odds.iter().sum();
        let right: f32 =
            odds.iter().zip(&case.right).filter(|(_, right)| **right).map(|(odds, _)| odds).sum();
        for (odds, is_right) in odds.iter().zip(&case.right) {
            let share = odds / all;
            let wanted = if *is_right { odds / right.max(f32::MIN_POSITIVE) } else { 0.0 };
            sums.push(Sums {
                gradient: case.weight * unit * (share - wanted),
                curvature: case.weight * unit * (share * (1.0 - share)).max(1e-4),
            });
        }
        if !mixed(tree << 40 | number).is_multiple_of(HIDE_ONE_CASE_IN) {
            rows.extend(start as u32..sums.len() as u32);
        }
    }
    (sums, rows)
}

/// A tree while it is grown: thresholds are bins.
struct Grown {
    nodes: Vec<Node>,
    bins: Vec<u8>,
}

impl Table {
    fn of(cases: &[&BoostingCase]) -> Table {
        let rows: usize = cases.iter().map(|case| case.inputs.len()).sum();
        let mut bins = vec![[0; INPUT_COUNT]; rows];
        let mut bounds = Vec::with_capacity(INPUT_COUNT);
        for input in 0..INPUT_COUNT {
            let values = || cases.iter().flat_map(|case| case.inputs.iter()).map(|row| row[input]);
            let own = bounds_of(values().collect());
            for (row, value) in values().enumerate() {
                bins[row][input] = own.partition_point(|bound| *bound < value) as u8;
            }
            bounds.push(own);
        }
        Table { bins, bounds }
    }

    fn grow(&self, sums: &[Sums], rows: Vec<u32>, inputs: &[usize]) -> Grown {
        let mut grown = Grown { nodes: Vec::new(), bins: Vec::new() };
        let mut open = vec![self.open(&mut grown, rows, sums, inputs)];
        for _ in 1..MOST_LEAVES {
            let gain = |open: &Open| open.best.map_or(0.0, |split| split.gain);
            let best = (0..open.len()).max_by(|&a, &b| gain(&open[a]).total_cmp(&gain(&open[b])));
            let Some((at, split)) = best.and_then(|at| open[at].best.map(|split| (at, split))) else { break };
            let parent = open.swap_remove(at);
            let is_left = |row: &u32| self.bins[*row as usize][split.input] <= split.bin;
            let (left, right): (Vec<u32>, Vec<u32>) = parent.rows.iter().partition(|row| is_left(row));
            grown.nodes[parent.node].input = Some(split.input as u16);
            grown.nodes[parent.node].left = grown.nodes.len() as u16;
            grown.bins[parent.node] = split.bin;
            open.push(self.open(&mut grown, left, sums, inputs));
            open.push(self.open(&mut grown, right, sums, inputs));
        }
        grown
    }

    fn open(&self, grown: &mut Grown, rows: Vec<u32>, sums: &[Sums], inputs: &[usize]) -> Open {
        let mut own = Sums::default();
        let mut histogram = vec![[Sums::default(); BINS]; inputs.len()];
        for &row in &rows {
            let Sums { gradient, curvature } = sums[row as usize];
            own.add(gradient, curvature);
            let bins = &self.bins[row as usize];
            for (of_input, &input) in histogram.iter_mut().zip(inputs) {
                of_input[usize::from(bins[input]) % BINS].add(gradient, curvature);
            }
        }
        grown.nodes.push(Node { input: None, threshold: 0.0, left: 0, value: own.value() });
        grown.bins.push(0);
        let mut best: Option<Split> = None;
        for (of_input, &input) in histogram.iter().zip(inputs) {
            let mut left = Sums::default();
            for (bin, sums) in of_input.iter().enumerate().take(self.bounds[input].len()) {
                left.add(sums.gradient, sums.curvature);
                let right = own.minus(left);
                if left.curvature < LEAST_CURVATURE || right.curvature < LEAST_CURVATURE {
                    continue;
                }
                let gain = left.gain() + right.gain() - own.gain();
                if gain > best.map_or(1e-4, |split| split.gain) {
                    best = Some(Split { gain, input, bin: bin as u8 });
                }
            }
        }
        Open { node: grown.nodes.len() - 1, rows, best }
    }

    fn value(&self, grown: &Grown, row: usize) -> f32 {
        let mut at = 0;
        while let Some(input) = grown.nodes[at].input {
            let goes_right = self.bins[row][usize::from(input)] > grown.bins[at];
            at = usize::from(grown.nodes[at].left) + usize::from(goes_right);
        }
        grown.nodes[at].value
    }

    /// The tree with thresholds in the inputs' own units.
    fn unbinned(&self, grown: Grown) -> Vec<Node> {
        let with_threshold = |(mut node, bin): (Node, u8)| {
            if let Some(input) = node.input {
                node.threshold = self.bounds[usize::from(input)][usize::from(bin)];
            }
            node
        };
        grown.nodes.into_iter().zip(grown.bins).map(with_threshold).collect()
    }
}

/// Upper bounds of at most 64 bins of about equally many values, each once.
fn bounds_of(mut values: Vec<f32>) -> Vec<f32> {
    values.sort_by(f32::total_cmp);
    let last = values.last().copied();
    let mut bounds: Vec<f32> =
        (1..BINS).filter_map(|bin| values.get(bin * values.len() / BINS).copied()).collect();
    bounds.dedup();
    bounds.retain(|bound| Some(*bound) != last);
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_learn_what_no_weighted_sum_says() {
        // Right is the candidate with one of two inputs high, not both, not none.
        let case = |at: usize| {
            let row = |high: [bool; 2]| {
                let mut input = [0.0; INPUT_COUNT];
                input[..2].copy_from_slice(&high.map(|high| if high { 1.0 } else { 0.0 }));
                input
            };
            let right = if at.is_multiple_of(2) { [true, false] } else { [false, true] };
            BoostingCase {
                inputs: vec![row([true, true]), row(right), row([false, false])],
                linear: vec![0.0; 3],
                right: vec![false, true, false],
                weight: 1.0,
            }
        };
        let cases: Vec<BoostingCase> = (0..200).map(case).collect();
        let forest = fit_forest(&cases);
        let firsts = cases.iter().filter(|case| {
            let score: Vec<f32> = case.inputs.iter().map(|input| forest.score(input)).collect();
            score[1] > score[0] && score[1] > score[2]
        });
        assert_eq!(firsts.count(), 200);
    }
}
