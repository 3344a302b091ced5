//! Where a report goes: standard output, or a file that is whole or absent.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result};

/// Writes to standard output. A reader that went away is not an error: it has seen enough.
///
/// # Errors
/// When the text could not be written, for example to a full device.
pub fn to_stdout(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// Replaces the file at `path`: it holds the old text or the new, never a part.
///
/// # Errors
/// When the folder does not exist or is not writable, or the device is full.
pub fn to_file(path: &Path, text: &str) -> Result<()> {
    let context = || format!("cannot write {}", path.display());
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        // A device or a pipe is written to, not replaced.
        return fs::write(path, text).with_context(context);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gapcheck-");
    #[cfg(unix)]
    builder.permissions(permissions(path));
    let mut file = builder.tempfile_in(folder.unwrap_or(Path::new("."))).with_context(context)?;
    file.write_all(text.as_bytes()).with_context(context)?;
    file.as_file().sync_all().with_context(context)?;
    file.persist(path).map_err(|error| error.error).with_context(context)?;
    Ok(())
}

/// Those of the file that is replaced, else the usual ones; the process's umask still takes bits away.
/// Temporary files would be private, but reports are meant to be read by others.
#[cfg(unix)]
fn permissions(path: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path)
        .map_or_else(|_| fs::Permissions::from_mode(0o666), |found| found.permissions())
}
