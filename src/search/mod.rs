//! Question → ranked, explained answers. No HTTP, no files and no clock: the
//! same snapshot, question and day give the same answer.

mod answer;
mod answer_guard;
mod clarify;
mod confidence;
mod contradiction;
mod departments;
mod doubt;
mod explain;
mod features;
mod follow_up;
mod grouping;
mod highlight;
mod initials;
mod lattice;
mod meaning;
mod named;
mod question;
mod rank;
mod recollection;
mod sound;
mod suggest;
mod terms;

pub use answer::{ANSWER_CONFIDENCE, Answer, AnswerStatus, answer, decide, decide_among, may_answer};
pub use answer_guard::named_source;
pub use clarify::{About, Clarify, ClarifyOption};
pub use confidence::{Searched, confidence_inputs};
pub use departments::Route;
pub use doubt::{has_direction, is_in_doubt};
pub use explain::{Contribution, explain};
pub use follow_up::{follow_up, has_no_matter, says_so};
pub use grouping::KindGroup;
pub use highlight::{Highlight, Snippet};
pub use meaning::Oracle;
pub use question::{MAX_QUESTION_CHARS, Question, Wording};
pub use rank::{Gathered, Hit, Knowing, MatchedBy, Request, Results, Validity, gather, search};
pub use recollection::Remembering;
pub use suggest::{DEFAULT_SUGGESTIONS, MAX_TYPED_CHARS, SuggestRequest, Suggestion, TypedAs, suggest};
pub use terms::phrase_of;
