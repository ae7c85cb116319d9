//! The letters of a PDF page with their places. Fonts are read by their own map
//! to Unicode, or by the encodings that Chinese typesetting names without one
//! (GBK-EUC-H, UniGB-UCS2-H).

use std::collections::BTreeMap;

use encoding_rs::{GB18030, UTF_16BE};
use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Encoding, Object, ObjectId};

use super::container::MAX_UNPACKED_BYTES;

/// Deepest stack of saved states that is followed.
const MAX_STATES: usize = 256;

/// A run of letters; lengths in points.
#[derive(Debug, Clone)]
pub(super) struct Fragment {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub size: f32,
    pub text: String,
}

/// What a page shows.
#[derive(Default)]
pub(super) struct PageText {
    pub fragments: Vec<Fragment>,
    /// Characters in a font that says nothing about what they are.
    pub unreadable: usize,
}

enum Letters<'a> {
    Known(Encoding<'a>),
    Gbk,
    Utf16,
    Unknown,
}

/// A transformation as PDF writes it: a b c d e f.
type Matrix = [f32; 6];
const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// `first`, then `second`.
fn product(first: Matrix, second: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = first;
    let [g, h, i, j, k, l] = second;
    [a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l]
}

struct Walk<'a> {
    fonts: BTreeMap<Vec<u8>, Letters<'a>>,
    font: Option<Vec<u8>>,
    size: f32,
    leading: f32,
    page: Matrix,
    saved: Vec<Matrix>,
    line: Matrix,
    text: Matrix,
    found: PageText,
}

impl PageText {
    pub fn read(pdf: &Document, page: ObjectId, content: &[u8]) -> PageText {
        let dictionaries = pdf.get_page_fonts(page).unwrap_or_default();
        let mapped: Vec<(Vec<u8>, Option<Dictionary>, &Dictionary)> =
            dictionaries.into_iter().map(|(name, font)| (name, only_map(font), font)).collect();
        let fonts = mapped
            .iter()
            .map(|(name, map, font)| (name.clone(), letters_of(pdf, map.as_ref(), font)))
            .collect();
        let mut walk = Walk {
            fonts,
            font: None,
            size: 12.0,
            leading: 0.0,
            page: IDENTITY,
            saved: Vec::new(),
            line: IDENTITY,
            text: IDENTITY,
            found: PageText::default(),
        };
        for operation in Content::decode_iter(content).flatten() {
            walk.step(&operation);
        }
        walk.found
    }
}

/// The font without its encoding, so that its own map to Unicode counts.
fn only_map(font: &Dictionary) -> Option<Dictionary> {
    font.has(b"ToUnicode").then(|| {
        let mut font = font.clone();
        font.remove(b"Encoding");
        font
    })
}

fn letters_of<'a>(pdf: &'a Document, map: Option<&'a Dictionary>, font: &'a Dictionary) -> Letters<'a> {
    let limit = usize::try_from(MAX_UNPACKED_BYTES).unwrap_or(usize::MAX);
    let own = map.and_then(|map| map.get_font_encoding_with_limit(pdf, limit).ok());
    if let Some(own @ Encoding::UnicodeMapEncoding(_)) = own {
        return Letters::Known(own);
    }
    let encoding = font.get_deref(b"Encoding", pdf).and_then(Object::as_name).unwrap_or_default();
    let encoding = String::from_utf8_lossy(encoding);
    match encoding.as_ref() {
        name if name.starts_with("GB") => Letters::Gbk,
        name if name.starts_with("UniGB-UCS2") || name.starts_with("UniGB-UTF16") => Letters::Utf16,
        _ if font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Type0") => {
            Letters::Unknown
        }
        _ => font.get_font_encoding_with_limit(pdf, limit).map_or(Letters::Unknown, Letters::Known),
    }
}

impl Walk<'_> {
    fn step(&mut self, operation: &Operation) {
        let number =
            |at: usize| operation.operands.get(at).and_then(|value| value.as_float().ok()).unwrap_or(0.0);
        let matrix = || std::array::from_fn(number);
        match operation.operator.as_str() {
            "q" if self.saved.len() < MAX_STATES => self.saved.push(self.page),
            "Q" => self.page = self.saved.pop().unwrap_or(self.page),
            "cm" => self.page = product(matrix(), self.page),
            "BT" => (self.text, self.line) = (IDENTITY, IDENTITY),
            "Tf" => {
                self.font =
                    operation.operands.first().and_then(|name| name.as_name().ok()).map(<[u8]>::to_vec);
                self.size = number(1);
            }
            "TL" => self.leading = number(0),
            "Tm" => (self.text, self.line) = (matrix(), matrix()),
            "Td" => self.move_line(number(0), number(1)),
            "TD" => {
                self.leading = -number(1);
                self.move_line(number(0), number(1));
            }
            "T*" => self.move_line(0.0, -self.leading),
            "Tj" => self.show(operation.operands.first()),
            "'" => {
                self.move_line(0.0, -self.leading);
                self.show(operation.operands.first());
            }
            "\"" => {
                self.move_line(0.0, -self.leading);
                self.show(operation.operands.get(2));
            }
            "TJ" => {
                let pieces = operation.operands.first().and_then(|array| array.as_array().ok());
                for piece in pieces.into_iter().flatten() {
                    match piece.as_float() {
                        Ok(back) => self.advance(-back / 1000.0 * self.size),
                        Err(_) => self.show(Some(piece)),
                    }
                }
            }
            _ => {}
        }
    }

    fn move_line(&mut self, x: f32, y: f32) {
        self.line = product([1.0, 0.0, 0.0, 1.0, x, y], self.line);
        self.text = self.line;
    }

    fn advance(&mut self, x: f32) {
        self.text = product([1.0, 0.0, 0.0, 1.0, x, 0.0], self.text);
    }

    fn show(&mut self, shown: Option<&Object>) {
        let Some(Object::String(bytes, _)) = shown else { return };
        let letters = self.font.as_ref().and_then(|font| self.fonts.get(font));
        let text = match letters {
            Some(Letters::Known(encoding)) => encoding.bytes_to_string(bytes).unwrap_or_default(),
            Some(Letters::Gbk) => GB18030.decode_without_bom_handling(bytes).0.into_owned(),
            Some(Letters::Utf16) => UTF_16BE.decode_without_bom_handling(bytes).0.into_owned(),
            Some(Letters::Unknown) | None => {
                self.found.unreadable += bytes.len().div_ceil(2);
                return;
            }
        };
        let lost = |sign: &char| *sign == '\u{FFFD}' || ('\u{E000}'..='\u{F8FF}').contains(sign);
        self.found.unreadable += text.chars().filter(lost).count();
        let text: String =
            text.chars().filter(|sign| !lost(sign) && (!sign.is_control() || *sign == '\n')).collect();
        // Chinese letters are as wide as they are high, others about half.
        let ems: f32 = text.chars().map(|sign| if sign.is_ascii() { 0.5 } else { 1.0 }).sum();
        let place = product(self.text, self.page);
        let scale = place[2].hypot(place[3]);
        let width = ems * self.size * place[0].hypot(place[1]);
        if width.is_finite() && place[4].is_finite() && place[5].is_finite() {
            let fragment = Fragment {
                x: place[4],
                y: place[5],
                width: width.abs(),
                size: (self.size * scale).abs(),
                text,
            };
            self.found.fragments.push(fragment);
        }
        self.advance(ems * self.size);
    }
}
