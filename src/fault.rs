//! What the system says of files and disks, in words an operator can act on.

use std::fmt;
use std::io::{self, ErrorKind};

/// What to do about a full disk; nothing has to be mended by hand.
pub const DISK_FULL: &str = "磁盘满了，请腾出空间再试；原有内容没有动";

/// An error of the system in Chinese, where it is one an operator meets.
pub struct Said<'a>(pub &'a io::Error);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind() {
            _ if is_disk_full(self.0) => f.write_str(DISK_FULL),
            ErrorKind::NotFound => f.write_str("没有这个文件或文件夹"),
            ErrorKind::PermissionDenied => f.write_str("没有权限"),
            ErrorKind::ReadOnlyFilesystem => f.write_str("这个磁盘只读"),
            ErrorKind::IsADirectory => f.write_str("这是文件夹，不是文件"),
            ErrorKind::NotADirectory => f.write_str("这是文件，不是文件夹"),
            _ => write!(f, "{}", self.0),
        }
    }
}

/// Whether there is no room left for what was to be written.
pub fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_in_chinese() {
        let full = io::Error::from_raw_os_error(28);
        assert_eq!(Said(&full).to_string(), DISK_FULL);
    }
}
