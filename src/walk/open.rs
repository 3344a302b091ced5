//! Reads one file of an untrusted tree: no link is followed, no pipe is waited for, no size is believed.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _},
    path::Path,
};

/// Version control and editors never look further for a sign that a file is not text.
const BINARY_PROBE_BYTES: usize = 8_192;

/// What reading a file gave.
#[derive(Debug)]
pub(super) enum Content {
    Text(String),
    Binary,
    /// Larger than the limit that the caller gave.
    TooLarge,
    Symlink,
    /// A pipe, a socket, a device, or a folder.
    NotRegular,
}

/// Reads the text at `path`, which may have up to `bytes_max` bytes.
pub(super) fn read(path: &Path, bytes_max: u64) -> io::Result<Content> {
    if path.symlink_metadata()?.file_type().is_symlink() {
        return Ok(Content::Symlink);
    }
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if is_link_refused(&error) => return Ok(Content::Symlink),
        Err(error) if is_without_reader(&error) => return Ok(Content::NotRegular),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(Content::NotRegular);
    }
    if metadata.len() > bytes_max {
        return Ok(Content::TooLarge);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    // The file may grow while it is read.
    file.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Ok(Content::TooLarge);
    }
    Ok(decode(bytes).map_or(Content::Binary, Content::Text))
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Did the file become a link after it was listed?
#[cfg(unix)]
fn is_link_refused(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

#[cfg(not(unix))]
fn is_link_refused(_error: &io::Error) -> bool {
    false
}

/// Sockets cannot be opened at all.
#[cfg(unix)]
fn is_without_reader(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENXIO)
}

#[cfg(not(unix))]
fn is_without_reader(_error: &io::Error) -> bool {
    false
}

/// The text of `bytes`; none when they are not text. Bytes that are not UTF-8 become U+FFFD.
pub(super) fn decode(bytes: Vec<u8>) -> Option<String> {
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => Some(decode_utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => Some(decode_utf16(rest, u16::from_be_bytes)),
        [0xEF, 0xBB, 0xBF, rest @ ..] => Some(String::from_utf8_lossy(rest).into_owned()),
        _ if bytes.iter().take(BINARY_PROBE_BYTES).any(|&byte| byte == 0) => None,
        _ => Some(
            String::from_utf8(bytes)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        ),
    }
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_text_and_zero_bytes_are_not() {
        assert_eq!(decode(vec![0xFF, 0xFE, b'a', 0, b'b', 0]).as_deref(), Some("ab"));
        assert_eq!(decode(vec![0xFE, 0xFF, 0, b'a']).as_deref(), Some("a"));
        assert_eq!(decode(vec![0xEF, 0xBB, 0xBF, b'a']).as_deref(), Some("a"));
        assert_eq!(decode(vec![b'a', 0, b'b']), None);
        assert_eq!(decode(vec![b'a', 0xE9]).as_deref(), Some("a\u{FFFD}"));
    }

    #[test]
    fn a_folder_is_not_a_file_and_a_large_file_is_refused() {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        assert!(matches!(read(folder.path(), 10), Ok(Content::NotRegular)));
        let file = folder.path().join("a");
        std::fs::write(&file, "12345678901").expect("it is writable");
        assert!(matches!(read(&file, 10), Ok(Content::TooLarge)));
        assert!(matches!(read(&file, 11), Ok(Content::Text(_))));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_sockets_are_not_opened() {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/etc/passwd", &link).expect("links can be made");
        assert!(matches!(read(&link, 1 << 20), Ok(Content::Symlink)));
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("it is free");
        assert!(matches!(read(&socket, 1 << 20), Ok(Content::NotRegular)));
    }
}
