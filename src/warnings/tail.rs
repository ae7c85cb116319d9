//! How unusual a count is: the chance of that many or more where so many are
//! expected, counts varying as a negative binomial of that mean and variance
//! (a Poisson where they vary no more than by chance).

/// Terms smaller than this share of the sum change nothing.
const NEGLIGIBLE: f64 = 1e-17;

/// `P(X >= count)`.
pub fn chance_of(count: u32, mean: f64, variance: f64) -> f64 {
    if count == 0 {
        return 1.0;
    }
    if mean <= 0.0 {
        return 0.0;
    }
    let spread = Spread::of(mean, variance);
    if f64::from(count) > mean {
        spread.sum_from(count).min(1.0)
    } else {
        let below: f64 = spread.sum_below(count);
        (1.0 - below).clamp(0.0, 1.0)
    }
}

/// A distribution by the ratio of each chance to the one before.
struct Spread {
    ln_zero: f64,
    ratio: Ratio,
}

enum Ratio {
    /// λ / (k + 1)
    Poisson(f64),
    /// (k + r) (1 - p) / (k + 1)
    Binomial { size: f64, other: f64 },
}

impl Spread {
    fn of(mean: f64, variance: f64) -> Spread {
        // Nearly a Poisson: a size beyond this only loses digits.
        let size = mean * mean / (variance - mean).max(f64::MIN_POSITIVE);
        if variance <= mean || size > 1e9 {
            return Spread { ln_zero: -mean, ratio: Ratio::Poisson(mean) };
        }
        let p = mean / variance;
        Spread { ln_zero: size * p.ln(), ratio: Ratio::Binomial { size, other: 1.0 - p } }
    }

    fn ratio(&self, at: u32) -> f64 {
        let at = f64::from(at);
        match self.ratio {
            Ratio::Poisson(mean) => mean / (at + 1.0),
            Ratio::Binomial { size, other } => (at + size) * other / (at + 1.0),
        }
    }

    fn sum_from(&self, count: u32) -> f64 {
        let ln_first = (0..count).fold(self.ln_zero, |ln, at| ln + self.ratio(at).ln());
        let (mut sum, mut term) = (1.0, 1.0);
        for at in count.. {
            term *= self.ratio(at);
            sum += term;
            // Beyond the mean the ratios only fall.
            if term < sum * NEGLIGIBLE || at == u32::MAX - 1 {
                break;
            }
        }
        (ln_first + f64::ln(sum)).exp()
    }

    fn sum_below(&self, count: u32) -> f64 {
        let mut ln = self.ln_zero;
        let mut sum = 0.0;
        for at in 0..count {
            sum += ln.exp();
            ln += self.ratio(at).ln();
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(got: f64, expected: f64) {
        assert!((got / expected - 1.0).abs() < 1e-6, "{got} is not {expected}");
    }

    /// Values of R: `ppois(k-1, m, lower=F)`, `pnbinom(k-1, size, mu=m, lower=F)`,
    /// reckoned anew with exact fractions.
    #[test]
    fn tails_are_those_of_the_textbook() {
        is_near(chance_of(1, 1.0, 1.0), 1.0 - (-1.0_f64).exp());
        is_near(chance_of(3, 1.0, 1.0), 1.0 - 2.5 * (-1.0_f64).exp());
        // Size 1 is a geometric: P(X >= k) = (m / (1 + m))^k.
        is_near(chance_of(10, 4.0, 20.0), 0.8_f64.powi(10));
        is_near(chance_of(2, 4.0, 20.0), 0.8_f64.powi(2));
        is_near(chance_of(60, 4.0, 20.0), 0.8_f64.powi(60));
    }

    #[test]
    fn none_is_certain_and_more_is_rarer() {
        assert_eq!(chance_of(0, 3.0, 5.0), 1.0);
        assert_eq!(chance_of(1, 0.0, 0.0), 0.0);
        for (mean, variance) in [(0.01, 0.01), (0.5, 0.9), (7.0, 7.0), (40.0, 160.0), (5_000.0, 9_000.0)] {
            let mut before = 1.0;
            for count in 1..200 {
                let now = chance_of(count * (1 + mean as u32 / 50), mean, variance);
                assert!((0.0..=before + 1e-12).contains(&now), "{count} at {mean}, {variance}: {now}");
                before = now;
            }
        }
    }
}
