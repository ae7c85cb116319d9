//! Found by meaning: texts as vectors of an embedding model, in which near
//! meanings are near directions whatever words they use. The vectors come from
//! an endpoint outside; without one nothing here is asked, and jida is as it is.

mod asker;
mod directions;
mod endpoint;
mod settings;
mod texts;
mod vector;

pub use asker::{Asker, Budgeted, Outcome};
pub use directions::Directions;
pub use endpoint::{Endpoint, EndpointError};
pub use settings::Settings;
pub use texts::{Embedded, Role, TextHash, Texts, texts_of};
pub use vector::{Vector, dot};
