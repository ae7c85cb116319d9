//! Question → ranked, explained answers. No HTTP, no files and no clock: the
//! same snapshot, question and day give the same answer.

mod answer;
mod highlight;
mod question;
mod rank;

pub use answer::{Answer, AnswerStatus, answer};
pub use highlight::{Highlight, Snippet};
pub use question::{MAX_QUESTION_CHARS, Question};
pub use rank::{Hit, MatchedBy, Request, Results, Validity, search};
