//! A direction in an embedding model's space, eight bits a dimension: a quarter
//! of the memory, and cosines within about a hundredth of the model's own.

/// Largest value of a part.
const MOST: f32 = 127.0;

/// A text's direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    parts: Box<[i8]>,
    length: f32,
}

impl Vector {
    /// From a model's numbers; none where they are no direction (empty, all
    /// zero, not finite).
    pub fn of(numbers: &[f32]) -> Option<Vector> {
        let most = numbers.iter().fold(0.0_f32, |most, number| most.max(number.abs()));
        if !most.is_normal() || numbers.iter().any(|number| !number.is_finite()) {
            return None;
        }
        Some(Vector::of_parts(numbers.iter().map(|number| (number / most * MOST).round() as i8).collect()))
    }

    /// As it was kept.
    pub fn from_bytes(bytes: &[u8]) -> Vector {
        Vector::of_parts(bytes.iter().map(|&byte| byte as i8).collect())
    }

    fn of_parts(parts: Box<[i8]>) -> Vector {
        let length = (dot(&parts, &parts) as f32).sqrt();
        Vector { parts, length }
    }

    /// As it is kept: a byte a dimension.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.parts.iter().map(|&part| part as u8).collect()
    }

    /// Its parts.
    pub fn parts(&self) -> &[i8] {
        &self.parts
    }

    /// Length of the parts as they are.
    pub fn length(&self) -> f32 {
        self.length
    }

    /// −1 to 1; 0 where the dimensions differ.
    pub fn cosine(&self, other: &Vector) -> f32 {
        if self.parts.len() != other.parts.len() || self.length == 0.0 || other.length == 0.0 {
            return 0.0;
        }
        dot(&self.parts, &other.parts) as f32 / (self.length * other.length)
    }
}

/// Sum of products. Written so that the compiler makes vector instructions of it.
pub fn dot(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(i16::from(a) * i16::from(b))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_vector_points_where_the_models_did() {
        let numbers: Vec<f32> = (0..384).map(|at| ((at * 37 % 101) as f32 - 50.0) / 700.0).collect();
        let turned: Vec<f32> = numbers.iter().enumerate().map(|(at, n)| n + at as f32 / 4000.0).collect();
        let length = |v: &[f32]| v.iter().map(|n| n * n).sum::<f32>().sqrt();
        let exact = numbers.iter().zip(&turned).map(|(a, b)| a * b).sum::<f32>()
            / (length(&numbers) * length(&turned));
        let (a, b) = (Vector::of(&numbers).unwrap(), Vector::of(&turned).unwrap());
        assert!((a.cosine(&b) - exact).abs() < 0.01, "{} {exact}", a.cosine(&b));
        assert_eq!(Vector::from_bytes(&a.to_bytes()), a);
    }

    #[test]
    fn what_is_no_direction_is_none() {
        for numbers in [&[][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY, 1.0]] {
            assert_eq!(Vector::of(numbers), None, "{numbers:?}");
        }
        let (short, long) = (Vector::of(&[1.0, 0.0]).unwrap(), Vector::of(&[1.0, 0.0, 0.0]).unwrap());
        assert_eq!(short.cosine(&long), 0.0);
    }
}
