//! Fits the ranker's weights to questions whose answers are known: a linear
//! model under the listwise softmax loss (Cao et al. 2007, ListNet's top-one
//! form), by full-batch Adam. Deterministic: the same cases give the same
//! weights.

use crate::search::{FEATURE_COUNT, FeatureVector, Ranking};

/// Steps of the fit; the loss has settled well before.
const STEPS: usize = 400;
const STEP_SIZE: f32 = 0.08;
/// Pull of the weights (of standardised features) towards zero.
const RIDGE: f32 = 3e-4;

/// One question: its candidates in numbers, and which of them are right.
#[derive(Debug, Clone)]
pub struct Case {
    pub features: Vec<FeatureVector>,
    pub right: Vec<bool>,
    /// How much the question counts.
    pub weight: f32,
}

/// Fits weights to cases; cases without a right candidate teach nothing.
pub fn fit<'a>(cases: impl Iterator<Item = &'a Case> + Clone) -> Ranking {
    let useful = cases.filter(|case| case.right.contains(&true));
    let scales = scales(useful.clone());
    let mut weights = [0.0_f32; FEATURE_COUNT];
    let (mut first, mut second) = ([0.0_f32; FEATURE_COUNT], [0.0_f32; FEATURE_COUNT]);
    for step in 1..=STEPS {
        let mut gradient = weights.map(|weight| RIDGE * weight);
        let total: f32 = useful.clone().map(|case| case.weight).sum();
        for case in useful.clone() {
            add_gradient(case, &weights, &scales, case.weight / total, &mut gradient);
        }
        for at in 0..FEATURE_COUNT {
            first[at] = 0.9 * first[at] + 0.1 * gradient[at];
            second[at] = 0.999 * second[at] + 0.001 * gradient[at] * gradient[at];
            let mean = first[at] / (1.0 - 0.9_f32.powi(step as i32));
            let spread = second[at] / (1.0 - 0.999_f32.powi(step as i32));
            weights[at] -= STEP_SIZE * mean / (spread.sqrt() + 1e-8);
        }
    }
    for (weight, scale) in weights.iter_mut().zip(scales) {
        *weight /= scale;
    }
    Ranking { weights }
}

/// Standard deviation of every feature within its question, at least 0.001.
fn scales<'a>(cases: impl Iterator<Item = &'a Case>) -> FeatureVector {
    let mut squares = [0.0_f64; FEATURE_COUNT];
    let mut count = 0.0_f64;
    for case in cases {
        let rows = case.features.len() as f32;
        for at in 0..FEATURE_COUNT {
            let mean = case.features.iter().map(|row| row[at]).sum::<f32>() / rows;
            squares[at] += case.features.iter().map(|row| f64::from(row[at] - mean).powi(2)).sum::<f64>();
        }
        count += f64::from(rows);
    }
    squares.map(|square| (square / count.max(1.0)).sqrt().max(1e-3) as f32)
}

/// Gradient of −ln(share of the softmax that falls on right candidates).
fn add_gradient(
    case: &Case,
    weights: &FeatureVector,
    scales: &FeatureVector,
    share: f32,
    gradient: &mut FeatureVector,
) {
    let mut scaled = *weights;
    scaled.iter_mut().zip(scales).for_each(|(weight, scale)| *weight /= scale);
    let dot = |row: &FeatureVector| -> f32 { row.iter().zip(&scaled).map(|(x, w)| x * w).sum() };
    let scores: Vec<f32> = case.features.iter().map(dot).collect();
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    let odds: Vec<f32> = scores.iter().map(|score| (score - highest).exp()).collect();
    let all: f32 = odds.iter().sum();
    let right: f32 = odds.iter().zip(&case.right).filter(|(_, right)| **right).map(|(odds, _)| odds).sum();
    for ((row, odds), is_right) in case.features.iter().zip(&odds).zip(&case.right) {
        let wanted = if *is_right { odds / right.max(f32::MIN_POSITIVE) } else { 0.0 };
        let pull = share * (odds / all - wanted);
        for at in 0..FEATURE_COUNT {
            gradient[at] += pull * row[at] / scales[at];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feature_that_tells_right_from_wrong_gets_the_weight() {
        let case = |at: usize| {
            let mut features = vec![[0.0; FEATURE_COUNT]; 5];
            features.iter_mut().enumerate().for_each(|(row, f)| f[1] = (row * 7 % 5) as f32 / 5.0);
            features[at][0] = 1.0;
            Case { features, right: (0..5).map(|row| row == at).collect(), weight: 1.0 }
        };
        let cases: Vec<Case> = (0..5).map(case).collect();
        let ranking = fit(cases.iter());
        assert!(ranking.weights[0] > 10.0 * ranking.weights[1].abs(), "{:?}", ranking.weights);
    }
}
