//! The zip container of Office files: opened only where nothing in it unpacks
//! to more than is stated, and the reasons why a file is no such container.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::entry::Finding;

/// Most that the parts of a file may unpack to. Real documents stay below a
/// hundredth of it; a zip bomb does not.
pub(super) const MAX_UNPACKED_BYTES: u64 = 200 * 1024 * 1024;
/// Most parts in a container.
const MAX_PARTS: usize = 10_000;
/// How an OLE file begins: old Office formats, and encrypted new ones.
const OLE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// What a file is by its first bytes, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Zip,
    /// An old Excel workbook.
    OldWorkbook,
    /// An old Word document.
    OldWord,
    /// A new Office file under a password.
    Encrypted,
    Pdf,
    Html,
    Other,
}

pub(super) fn content_of(bytes: &[u8]) -> Content {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Content::Zip;
    }
    if bytes.starts_with(&OLE) {
        // The directory names its streams in UTF-16.
        let names = |stream: &str| {
            let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
            holds(bytes, &name)
        };
        return match () {
            () if names("EncryptedPackage") => Content::Encrypted,
            () if names("WordDocument") => Content::OldWord,
            () => Content::OldWorkbook,
        };
    }
    let start = &bytes[..bytes.len().min(1024)];
    if holds(start, b"%PDF-") {
        return Content::Pdf;
    }
    let start = String::from_utf8_lossy(start).to_ascii_lowercase();
    let is_html =
        ["<!doctype html", "<html", "<head", "<table", "<body"].iter().any(|tag| start.contains(tag));
    if is_html { Content::Html } else { Content::Other }
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Refuses a container that is damaged, encrypted, or unpacks to too much.
pub(super) fn check(bytes: &[u8]) -> Result<(), Finding> {
    let mut archive = open(bytes)?;
    let mut unpacked = 0;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| unreadable(&error))?;
        // The size that the container states may be a lie: count.
        let room = MAX_UNPACKED_BYTES - unpacked + 1;
        unpacked +=
            std::io::copy(&mut part.take(room), &mut std::io::sink()).map_err(|error| damaged(&error))?;
        if unpacked > MAX_UNPACKED_BYTES {
            return Err(too_large());
        }
    }
    Ok(())
}

/// One part's text; `None` where there is no such part.
pub(super) fn part(bytes: &[u8], name: &str) -> Result<Option<String>, Finding> {
    let mut archive = open(bytes)?;
    let part = match archive.by_name(name) {
        Ok(part) => part,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(unreadable(&error)),
    };
    let mut content = Vec::new();
    part.take(MAX_UNPACKED_BYTES + 1).read_to_end(&mut content).map_err(|error| damaged(&error))?;
    if content.len() as u64 > MAX_UNPACKED_BYTES {
        return Err(too_large());
    }
    match super::encoding::decode(&content) {
        Some(text) => Ok(Some(text.into_owned())),
        None => Err(damaged(&"编码不是 UTF-8")),
    }
}

fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Finding> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    if archive.len() > MAX_PARTS {
        return Err(too_large());
    }
    Ok(archive)
}

fn unreadable(error: &zip::result::ZipError) -> Finding {
    match error {
        zip::result::ZipError::UnsupportedArchive(reason) if reason.to_lowercase().contains("password") => {
            encrypted("文件")
        }
        error => damaged(error),
    }
}

fn damaged(error: &dyn std::fmt::Display) -> Finding {
    let message = format!("文件不完整或已损坏，请用 Office 或 WPS 打开后另存一份再导入（{error}）");
    Finding::error("container_damaged", "", message)
}

fn too_large() -> Finding {
    let megabytes = MAX_UNPACKED_BYTES / 1024 / 1024;
    let message = format!("文件解开后超过 {megabytes} MB，没有读；请检查来源，或分成几个文件");
    Finding::error("unpacked_too_large", "", message)
}

/// A file under a password.
pub(super) fn encrypted(what: &str) -> Finding {
    let message = format!("{what} 有密码，读不了；请去掉密码后另存再导入");
    Finding::error("file_encrypted", "", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_that_unpacks_to_too_much_is_refused() {
        use std::io::Write;
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        let zeros = vec![0; 1024 * 1024];
        for part in 0..3 {
            zip.start_file(format!("{part}.xml"), options).unwrap();
            (0..70).for_each(|_| zip.write_all(&zeros).unwrap());
        }
        let bytes = zip.finish().unwrap().into_inner();
        assert!(bytes.len() < 1024 * 1024);
        assert_eq!(check(&bytes).unwrap_err().code, "unpacked_too_large");
    }

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        assert_eq!(content_of(b"PK\x03\x04..."), Content::Zip);
        assert_eq!(content_of(b"%PDF-1.4"), Content::Pdf);
        assert_eq!(content_of(b"\n<HTML><body>"), Content::Html);
        assert_eq!(content_of("编号,标准问".as_bytes()), Content::Other);
    }
}
