//! Where output goes: whole files or none, a pipe that may close, and what a terminal can show.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::{cli::ColorChoice, error::Error, settings::env::Environment};

/// Writes a file as a whole: readers see the old content or all of the new, and after an error the old.
///
/// A path that is no regular file, such as `/dev/null` or a named pipe, is written to directly.
pub fn write_file<E: From<Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    let refuse = |source: io::Error| refusal(path, source);
    // Through a link, the file behind it is replaced and not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_absent| path.to_owned());
    let old = fs::metadata(&target).ok();
    match &old {
        Some(old) if old.is_dir() => {
            return Err(refuse(io::ErrorKind::IsADirectory.into()).into());
        }
        Some(old) if !old.is_file() => {
            let mut file = fs::OpenOptions::new().write(true).open(&target).map_err(refuse)?;
            write(&mut file)?;
            return Ok(file.flush().map_err(refuse)?);
        }
        _ => {}
    }
    let mut draft = draft_beside(&target, old.as_ref()).map_err(refuse)?;
    {
        let mut buffer = BufWriter::new(draft.as_file_mut());
        write(&mut buffer)?;
        buffer.flush().map_err(refuse)?;
    }
    draft.persist(&target).map_err(|error| refuse(error.error))?;
    Ok(())
}

/// A temporary file in the same folder, because only a rename inside a file system is atomic. It vanishes unless it is
/// persisted, and has the rights that the file has or would get.
fn draft_beside(target: &Path, old: Option<&fs::Metadata>) -> io::Result<tempfile::NamedTempFile> {
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ai-cost-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    // The kind alone: the system's message would name the temporary file.
    let draft = builder.tempfile_in(folder).map_err(|error| io::Error::from(error.kind()))?;
    if let Some(old) = old {
        draft.as_file().set_permissions(old.permissions())?;
    }
    Ok(draft)
}

fn refusal(path: &Path, source: io::Error) -> Error {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let help = match (source.kind(), folder) {
        (io::ErrorKind::NotFound, Some(folder)) => {
            format!("create the folder first: mkdir -p {}", folder.display())
        }
        (io::ErrorKind::IsADirectory, _) => "this is a folder: name a file in it".to_owned(),
        _ => "check that the folder exists, can be written to and has space".to_owned(),
    };
    Error::Write { path: path.to_owned(), help, source }
}

/// A writer for standard output. Once the reader has gone, the rest is dropped without an error.
#[derive(Debug)]
pub struct Pipe<W> {
    inner: W,
    is_closed: bool,
}

impl<W: Write> Pipe<W> {
    /// Writes to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, is_closed: false }
    }

    /// Whether the reader has gone: then the program ends with 0, whatever it found.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    fn unless_closed<T>(&mut self, result: io::Result<T>, dropped: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(dropped)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.unless_closed(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let result = self.inner.flush();
        self.unless_closed(result, ())
    }
}

/// Whether to write colours: the command line decides, else only a terminal that can show them, unless `NO_COLOR` is set.
pub fn has_color(choice: ColorChoice, is_terminal: bool, environment: &Environment) -> bool {
    let is_set = |name: &str| environment.get(name).is_some_and(|value| !value.is_empty());
    let is_dumb = environment.get("TERM").is_some_and(|terminal| terminal == "dumb");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => is_terminal && !is_set("NO_COLOR") && !is_dumb,
    }
}

/// Columns when nobody says how many there are.
pub const DEFAULT_WIDTH: usize = 80;

/// Columns to fill: as asked for, else `COLUMNS`, else the size of the terminal, else 80.
pub fn width(asked: Option<u16>, terminal: Option<u16>, environment: &Environment) -> usize {
    let columns = environment.get("COLUMNS").and_then(|columns| columns.trim().parse().ok());
    [asked, columns, terminal]
        .into_iter()
        .flatten()
        .find(|&columns| columns > 0)
        .map_or(DEFAULT_WIDTH, usize::from)
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn write_text(path: &Path, text: &str) -> Result<(), Error> {
        write_file(path, |out| {
            out.write_all(text.as_bytes()).map_err(|source| Error::Stdout { source })
        })
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write_text(&path, "a long first report").unwrap();
        write_text(&path, "second").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(names(folder.path()), ["report.json"]);
    }

    #[test]
    fn an_error_half_way_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write_text(&path, "old").unwrap();
        let result: Result<(), Error> = write_file(&path, |out| {
            out.write_all(b"half of the new").unwrap();
            Err(Error::Stdout { source: io::ErrorKind::StorageFull.into() })
        });
        assert!(result.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["report.json"]);
    }

    #[test]
    fn a_missing_folder_is_named_with_the_command_that_creates_it() {
        let error = write_text(Path::new("no/such/report.json"), "x").unwrap_err();
        assert_eq!(
            error.to_string(),
            "could not write no/such/report.json; nothing was left there"
        );
        assert_eq!(error.help().unwrap().to_string(), "create the folder first: mkdir -p no/such");
    }

    #[test]
    fn a_folder_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_text(folder.path(), "x").unwrap_err();
        assert_eq!(error.help().unwrap().to_string(), "this is a folder: name a file in it");
    }

    #[cfg(unix)]
    #[test]
    fn rights_and_links_survive_a_replacement() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("report.json"), folder.path().join("latest"));
        write_text(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        write_text(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        use std::os::unix::fs::FileTypeExt as _;
        write_text(Path::new("/dev/null"), "x").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }

    /// A reader that leaves after `left` bytes.
    struct Leaving {
        left: usize,
    }

    impl Write for Leaving {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.left);
            self.left -= taken;
            if taken == 0 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error_but_is_remembered() {
        let mut pipe = Pipe::new(Leaving { left: 3 });
        pipe.write_all(b"abc").unwrap();
        assert!(!pipe.is_closed());
        pipe.write_all(b"def").unwrap();
        pipe.flush().unwrap();
        assert!(pipe.is_closed());
    }

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn colours_are_for_terminals_whose_user_wants_them() {
        let none = environment(&[]);
        assert!(has_color(ColorChoice::Auto, true, &none));
        assert!(!has_color(ColorChoice::Auto, false, &none));
        assert!(!has_color(ColorChoice::Auto, true, &environment(&[("NO_COLOR", "1")])));
        assert!(has_color(ColorChoice::Auto, true, &environment(&[("NO_COLOR", "")])));
        assert!(!has_color(ColorChoice::Auto, true, &environment(&[("TERM", "dumb")])));
        assert!(has_color(ColorChoice::Always, false, &environment(&[("NO_COLOR", "1")])));
        assert!(!has_color(ColorChoice::Never, true, &none));
    }

    #[test]
    fn the_width_is_asked_for_or_declared_or_seen_or_eighty() {
        let declared = environment(&[("COLUMNS", "100")]);
        assert_eq!(width(Some(60), Some(120), &declared), 60);
        assert_eq!(width(None, Some(120), &declared), 100);
        assert_eq!(width(None, Some(120), &environment(&[("COLUMNS", "wide")])), 120);
        assert_eq!(width(None, None, &environment(&[("COLUMNS", "0")])), 80);
    }
}
