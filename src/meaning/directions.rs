//! Directions of questions that are known before they are asked: a replay asks
//! by meaning as a caller would, and waits for nobody.

use std::collections::HashMap;
use std::sync::Arc;

use super::Vector;

/// By text, where it points.
#[derive(Debug, Clone, Default)]
pub struct Directions(HashMap<String, Arc<Vector>>);

impl Directions {
    /// Where a text points, if that is known.
    pub fn of(&self, text: &str) -> Option<&Arc<Vector>> {
        self.0.get(text)
    }

    /// Whether none is known: everything is asked by words then.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Arc<Vector>)> for Directions {
    fn from_iter<T: IntoIterator<Item = (String, Arc<Vector>)>>(known: T) -> Directions {
        Directions(known.into_iter().collect())
    }
}
