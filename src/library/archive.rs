//! The file a backup is: a tar under zstd that other programs can read too.
//! First `backup.json` (what it is), then `library.db`, the journal and the
//! editors' files below `files/`, last `checksums.json` with the BLAKE3 of each: a file
//! without it was cut off. Nothing is believed before all of it has been read.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::backup::BackupError;

/// Form of the archive; one that is newer is refused.
const FORMAT: u32 = 1;
const HEAD: &str = "backup.json";
const CHECKSUMS: &str = "checksums.json";
/// The database in an archive.
pub(super) const DATABASE: &str = "library.db";
/// The journal in an archive, where there was one.
pub(super) const JOURNAL: &str = "journal.db";
/// Folder of the editors' files in an archive.
pub(super) const FILES: &str = "files";
/// zstd's own default: faster than the disk, text a quarter of its size.
const LEVEL: i32 = 3;
/// How every zstd file begins.
const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
const BUFFER_BYTES: usize = 256 * 1024;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHead {
    pub format: u32,
    pub program: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// Number of the last change it holds.
    pub last_change: u64,
}

impl BackupHead {
    /// Of a backup made now.
    pub(super) fn now(last_change: u64) -> BackupHead {
        BackupHead {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: jiff::Timestamp::now().to_string(),
            last_change,
        }
    }
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Member {
    name: String,
    bytes: u64,
    blake3: String,
}

/// Writes an archive member by member.
pub(super) struct Packing<W: Write> {
    tar: tar::Builder<zstd::Encoder<'static, W>>,
    members: Vec<Member>,
}

impl<W: Write> Packing<W> {
    pub fn begin(to: W, head: &BackupHead) -> io::Result<Packing<W>> {
        let mut encoder = zstd::Encoder::new(to, LEVEL)?;
        encoder.include_checksum(true)?;
        let mut packing = Packing { tar: tar::Builder::new(encoder), members: Vec::new() };
        let head = serde_json::to_vec_pretty(head)?;
        packing.add(HEAD, head.len() as u64, head.as_slice())?;
        Ok(packing)
    }

    /// Adds a member of exactly `bytes` bytes.
    pub fn add(&mut self, name: &str, bytes: u64, content: impl Read) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o644);
        let mut hashing = Hashing { inner: content, hasher: blake3::Hasher::new() };
        self.tar.append_data(&mut header, name, &mut hashing)?;
        let blake3 = hashing.hasher.finalize().to_hex().to_string();
        self.members.push(Member { name: name.to_owned(), bytes, blake3 });
        Ok(())
    }

    /// Writes the checksums and gives the file back.
    pub fn finish(mut self) -> io::Result<W> {
        let checksums = serde_json::to_vec_pretty(&self.members)?;
        self.add(CHECKSUMS, checksums.len() as u64, checksums.as_slice())?;
        self.tar.into_inner()?.finish()
    }
}

struct Hashing<R> {
    inner: R,
    hasher: blake3::Hasher,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}

/// Unpacks an archive below an empty folder and checks all of it.
pub(super) fn unpack(archive: &Path, into: &Path) -> Result<BackupHead, BackupError> {
    let unreadable = |source| BackupError::Read { path: archive.to_owned(), source };
    let mut file = File::open(archive).map_err(unreadable)?;
    let mut magic = [0; 4];
    let foreign = || BackupError::Foreign { path: archive.to_owned() };
    file.read_exact(&mut magic).map_err(|_| foreign())?;
    if magic != MAGIC {
        return Err(foreign());
    }
    let bad = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => BackupError::Truncated { path: archive.to_owned() },
        _ => BackupError::Damaged { path: archive.to_owned() },
    };
    let decoder = zstd::Decoder::new(magic.as_slice().chain(file)).map_err(bad)?;
    let mut tar = tar::Archive::new(decoder);
    let mut unpacking = Unpacking { archive, into, members: Vec::new(), head: None, is_whole: false };
    for item in tar.entries().map_err(bad)? {
        unpacking.take(item.map_err(bad)?)?;
    }
    if !unpacking.is_whole {
        return Err(BackupError::Truncated { path: archive.to_owned() });
    }
    // To the very end, so that zstd's own checksum has been compared as well.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(bad)?;
    unpacking.head.ok_or_else(foreign)
}

struct Unpacking<'a> {
    archive: &'a Path,
    into: &'a Path,
    members: Vec<Member>,
    head: Option<BackupHead>,
    is_whole: bool,
}

impl Unpacking<'_> {
    fn take(&mut self, mut item: tar::Entry<'_, impl Read>) -> Result<(), BackupError> {
        let damaged = || BackupError::Damaged { path: self.archive.to_owned() };
        let foreign = || BackupError::Foreign { path: self.archive.to_owned() };
        let name = String::from_utf8(item.path_bytes().into_owned()).map_err(|_| damaged())?;
        if !item.header().entry_type().is_file() || self.is_whole || self.head.is_none() != (name == HEAD) {
            return Err(if self.head.is_none() { foreign() } else { damaged() });
        }
        if name == CHECKSUMS {
            let mut text = Vec::new();
            self.read_all(&mut item, |piece| {
                text.extend_from_slice(piece);
                Ok(())
            })?;
            let said: Vec<Member> = serde_json::from_slice(&text).map_err(|_| damaged())?;
            self.is_whole = said == self.members;
            return if self.is_whole { Ok(()) } else { Err(damaged()) };
        }
        if name == HEAD {
            let mut text = Vec::new();
            let member = self.read_all(&mut item, |piece| {
                text.extend_from_slice(piece);
                Ok(())
            })?;
            let head: BackupHead = serde_json::from_slice(&text).map_err(|_| foreign())?;
            if head.format > FORMAT {
                return Err(BackupError::Newer { path: self.archive.to_owned(), program: head.program });
            }
            self.head = Some(head);
            self.members.push(Member { name, ..member });
            return Ok(());
        }
        let to = self.place_of(&name).ok_or_else(damaged)?;
        let member = self.write_to(&to, &mut item)?;
        self.members.push(Member { name, ..member });
        Ok(())
    }

    /// Where a member goes: below the folder and nowhere else.
    fn place_of(&self, name: &str) -> Option<PathBuf> {
        let path = Path::new(name);
        let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        let is_ours = name == DATABASE || name == JOURNAL || path.starts_with(FILES);
        (is_plain && is_ours).then(|| self.into.join(path))
    }

    fn write_to(&self, to: &Path, item: &mut impl Read) -> Result<Member, BackupError> {
        let failed = |source| BackupError::Write { path: to.to_owned(), source };
        let folder = to.parent().unwrap_or(self.into);
        fs::create_dir_all(folder).map_err(failed)?;
        let mut file = File::create(to).map_err(failed)?;
        let member = self.read_all(item, |piece| file.write_all(piece).map_err(failed))?;
        file.sync_all().map_err(failed)?;
        Ok(member)
    }

    /// Reads a member to its end; its name is left to the caller.
    fn read_all(
        &self,
        item: &mut impl Read,
        mut take: impl FnMut(&[u8]) -> Result<(), BackupError>,
    ) -> Result<Member, BackupError> {
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut bytes = 0;
        loop {
            let read = item.read(&mut buffer).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => BackupError::Truncated { path: self.archive.to_owned() },
                _ => BackupError::Damaged { path: self.archive.to_owned() },
            })?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            bytes += read as u64;
            take(&buffer[..read])?;
        }
        Ok(Member { name: String::new(), bytes, blake3: hasher.finalize().to_hex().to_string() })
    }
}
