//! Question → ranked, explained answers. No HTTP, no files and no clock: the
//! same snapshot, question and day give the same answer.

mod answer;
mod features;
mod highlight;
mod model;
mod named;
mod question;
mod rank;
mod terms;

pub use answer::{Answer, AnswerStatus, answer};
pub use features::{CLASS_COUNT, Class, FEATURE_COUNT, FEATURES, Feature, FeatureVector, Row};
pub use highlight::{Highlight, Snippet};
pub use model::{ClassWeights, Ranking, RankingFile, Telling};
pub use question::{MAX_QUESTION_CHARS, Question};
pub use rank::{Gathered, Hit, MatchedBy, Request, Results, Validity, gather, search};
