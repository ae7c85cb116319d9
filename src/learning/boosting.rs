//! Fits the ranker's trees: LambdaMART (Burges 2010) from the linear scores, with
//! second-order leaves (Chen and Guestrin 2016), over histograms of at most 64
//! bins. Deterministic.

use crate::ranking::{Forest, ForestInput, INPUT_COUNT, Node, descending};

/// How large a tree may grow.
const MOST_LEAVES: usize = 12;
/// Share of a tree's value that is added.
const SHRINKAGE: f32 = 0.08;
/// A leaf holds at least so many candidates.
const LEAST_ROWS: u32 = 50;
/// Pull of leaves towards zero.
const RIDGE: f32 = 0.05;
/// Pairs count when one of the two is among so many first ones.
const TRUNCATION: usize = 12;
/// Of the inputs, one in so many is hidden from a tree, and of the questions
/// one in so many: trees that differ generalise better.
const HIDE_ONE_INPUT_IN: u64 = 2;
const HIDE_ONE_CASE_IN: u64 = 4;
const BINS: usize = 64;

/// One question: the inputs of its best candidates, what they
/// score before, and which are right.
#[derive(Debug, Clone)]
pub struct BoostingCase {
    pub inputs: Vec<ForestInput>,
    /// Beside the inputs: what the candidates score before.
    pub start: Vec<f32>,
    pub right: Vec<bool>,
    pub weight: f32,
}

/// Sums over rows: gradient, curvature, and how many rows.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    gradient: f32,
    curvature: f32,
    rows: u32,
}

impl Sums {
    fn gain(self) -> f32 {
        self.gradient * self.gradient / (self.curvature + RIDGE)
    }

    fn value(self) -> f32 {
        -SHRINKAGE * self.gradient / (self.curvature + RIDGE)
    }

    fn minus(self, other: Sums) -> Sums {
        Sums {
            gradient: self.gradient - other.gradient,
            curvature: self.curvature - other.curvature,
            rows: self.rows - other.rows,
        }
    }

    fn add(&mut self, other: Sums) {
        self.gradient += other.gradient;
        self.curvature += other.curvature;
        self.rows += other.rows;
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

/// Fits so many trees to cases; those without a right candidate, or with right
/// ones only, teach nothing.
pub fn fit_forest(cases: &[&BoostingCase], trees: u64) -> Forest {
    let is_useful = |case: &&&BoostingCase| case.right.contains(&true) && case.right.contains(&false);
    let cases: Vec<&BoostingCase> = cases.iter().filter(is_useful).copied().collect();
    let mut forest = Forest::default();
    if cases.is_empty() {
        return forest;
    }
    let table = Table::of(&cases);
    let mut scores: Vec<f32> = cases.iter().flat_map(|case| case.start.iter().copied()).collect();
    // On average a question counts 1.
    let unit = cases.len() as f32 / cases.iter().map(|case| case.weight).sum::<f32>();
    for tree in 0..trees {
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
    let mut sums = vec![Sums { rows: 1, ..Sums::default() }; scores.len()];
    let mut rows = Vec::with_capacity(scores.len());
    let mut start = 0;
    for (number, case) in (0_u64..).zip(cases) {
        let past = start + case.right.len();
        if !mixed(tree << 40 | number).is_multiple_of(HIDE_ONE_CASE_IN) {
            add_lambdas(case, &scores[start..past], case.weight * unit, &mut sums[start..past]);
            rows.extend(start as u32..past as u32);
        }
        start = past;
    }
    (sums, rows)
}

/// For every pair of a right and a wrong candidate: how wrong their order is,
/// times what swapping them would change of the NDCG. Both are scaled as
/// LightGBM does it: by the distance of the scores, and by the question's sum.
fn add_lambdas(case: &BoostingCase, scores: &[f32], weight: f32, sums: &mut [Sums]) {
    let order = descending(scores);
    let discount = |rank: usize| 1.0 / ((rank + 2) as f32).log2();
    let right = case.right.iter().filter(|right| **right).count();
    let ideal: f32 = (0..right.min(TRUNCATION)).map(discount).sum();
    let is_spread = scores[order[0]] != scores[order[order.len() - 1]];
    let mut all = 0.0;
    let mut own = vec![(0.0_f32, 0.0_f32); scores.len()];
    for (right_rank, &good) in order.iter().enumerate().filter(|(_, at)| case.right[**at]) {
        for (wrong_rank, &bad) in order.iter().enumerate().filter(|(_, at)| !case.right[**at]) {
            if right_rank.min(wrong_rank) >= TRUNCATION {
                break;
            }
            let distance = scores[good] - scores[bad];
            let mut change = (discount(right_rank) - discount(wrong_rank)).abs() / ideal;
            if is_spread {
                change /= 0.01 + distance.abs();
            }
            let doubt = 1.0 / (1.0 + distance.exp());
            let (lambda, curvature) = (doubt * change, doubt * (1.0 - doubt) * change);
            own[good].0 -= lambda;
            own[bad].0 += lambda;
            own[good].1 += curvature;
            own[bad].1 += curvature;
            all += 2.0 * lambda;
        }
    }
    let scale = if all > 0.0 { weight * (1.0 + all).log2() / all } else { 0.0 };
    for (sum, (lambda, curvature)) in sums.iter_mut().zip(own) {
        sum.gradient = scale * lambda;
        sum.curvature = scale * curvature;
    }
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
            let of_row = sums[row as usize];
            own.add(of_row);
            let bins = &self.bins[row as usize];
            for (of_input, &input) in histogram.iter_mut().zip(inputs) {
                of_input[usize::from(bins[input]) % BINS].add(of_row);
            }
        }
        grown.nodes.push(Node { input: None, threshold: 0.0, left: 0, value: own.value() });
        grown.bins.push(0);
        let mut best: Option<Split> = None;
        for (of_input, &input) in histogram.iter().zip(inputs) {
            let mut left = Sums::default();
            for (bin, sums) in of_input.iter().enumerate().take(self.bounds[input].len()) {
                left.add(*sums);
                let right = own.minus(left);
                if left.rows < LEAST_ROWS || right.rows < LEAST_ROWS {
                    continue;
                }
                let gain = left.gain() + right.gain() - own.gain();
                if gain > best.map_or(1e-6, |split| split.gain) {
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
                start: vec![0.0; 3],
                right: vec![false, true, false],
                weight: 1.0,
            }
        };
        let cases: Vec<BoostingCase> = (0..200).map(case).collect();
        let forest = fit_forest(&cases.iter().collect::<Vec<_>>(), 160);
        let firsts = cases.iter().filter(|case| {
            let score: Vec<f32> = case.inputs.iter().map(|input| forest.score(input)).collect();
            score[1] > score[0] && score[1] > score[2]
        });
        assert_eq!(firsts.count(), 200);
    }
}
