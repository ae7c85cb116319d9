//! Numbers with a unit in running text: 六个月, 半年, 满18周岁, 3至5年, 30%.
//! Chinese numerals and digits give the same values, and values of one measure
//! share a base unit, so 半年 equals 6个月.

mod reading;
mod units;

pub use reading::quantities;

/// What is counted. Only values of the same measure can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// In days.
    Duration,
    /// In years of age.
    Age,
    /// 两次, 第三次, 首次.
    Times,
    /// A calendar year.
    Year,
    /// In yuan.
    Money,
    /// In percent.
    Share,
    /// 十级伤残, 一级建造师.
    Grade,
    /// 二孩, 三胎, 两个孩子.
    Children,
    /// 首套房, 第二套.
    Homes,
    People,
    /// Penalty points: 扣6分.
    Points,
    /// In square metres.
    Area,
    /// In metres.
    Distance,
}

/// On which side of its number a quantity lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Just this number.
    Exact,
    /// 满三年, 三年以上: the number or more.
    Least,
    /// 不满三年, 三年以内: the number or less.
    Most,
    /// 三至五年, 满一年不满十年, 六十多岁.
    Between,
    /// 每年, 按月: a period that recurs. It states its number and limits nothing.
    Every,
}

/// The unit family a duration is told in. 15日 and 30日 are comparable as days
/// although one of them is a month long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Hours,
    Days,
    Months,
    /// No duration.
    Other,
}

/// A number with its unit, as it stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    pub measure: Measure,
    pub scale: Scale,
    pub bound: Bound,
    /// The numbers as they are written, in the measure's base unit: one, or the
    /// two ends of a range.
    pub numbers: Vec<f64>,
    /// Byte range in the text.
    pub start_byte: usize,
    pub end_byte: usize,
}

/// Relative difference below which two durations are the same: 180 days are six
/// months, 98 days are not three.
const DURATION_TOLERANCE: f64 = 0.02;
/// The same for shares: a third is 33.3 percent.
const SHARE_TOLERANCE: f64 = 0.002;
/// From so many days on a duration is of the size of months.
const MONTH_SIZED_DAYS: f64 = 27.5;

impl Quantity {
    /// Whether both are of one measure and of one size, so that one can rule
    /// the other out: five working days say nothing about three years.
    pub fn is_comparable(&self, other: &Quantity) -> bool {
        self.measure == other.measure
            && (self.scale == other.scale || self.size_scale() == other.size_scale())
    }

    /// Whether both name the same number.
    pub fn is_same(&self, other: &Quantity) -> bool {
        let are_same = |one: f64, other: f64| {
            (one - other).abs() <= self.measure.tolerance() * one.abs().max(other.abs())
        };
        self.measure == other.measure
            && self.numbers.iter().any(|one| other.numbers.iter().any(|other| are_same(*one, *other)))
    }

    /// Whether some value lies within both.
    pub fn overlaps(&self, other: &Quantity) -> bool {
        let (least, most) = self.interval();
        let (other_least, other_most) = other.interval();
        self.measure == other.measure
            && least <= other_most * (1.0 + self.measure.tolerance())
            && other_least <= most * (1.0 + self.measure.tolerance())
    }

    /// The same without what it is a threshold of: of 三年以上 three years.
    pub fn without_bound(&self) -> Quantity {
        let bound = if self.numbers.len() > 1 { Bound::Between } else { Bound::Exact };
        Quantity { bound, ..self.clone() }
    }

    /// Whether it is a threshold or a range.
    pub fn is_limit(&self) -> bool {
        matches!(self.bound, Bound::Least | Bound::Most | Bound::Between)
    }

    fn interval(&self) -> (f64, f64) {
        let least = self.numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.numbers.iter().copied().fold(0.0, f64::max);
        match self.bound {
            Bound::Exact | Bound::Between | Bound::Every => (least, most),
            Bound::Least => (least, f64::INFINITY),
            Bound::Most => (0.0, most),
        }
    }

    fn size_scale(&self) -> Scale {
        let largest = self.numbers.iter().copied().fold(0.0, f64::max);
        match self.measure {
            Measure::Duration if largest >= MONTH_SIZED_DAYS => Scale::Months,
            Measure::Duration if largest >= 1.0 => Scale::Days,
            Measure::Duration => Scale::Hours,
            _ => Scale::Other,
        }
    }
}

impl Measure {
    fn tolerance(self) -> f64 {
        match self {
            Measure::Duration => DURATION_TOLERANCE,
            Measure::Share => SHARE_TOLERANCE,
            _ => 0.0,
        }
    }
}
