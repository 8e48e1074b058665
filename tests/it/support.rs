//! The program as a user starts it: in a folder of its own, with nothing of this machine's environment.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Outcome {
    /// Standard output of a run that ended with 0 and had nothing to complain about.
    pub(crate) fn done(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        self.stdout
    }

    /// The same, as JSON.
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.done()).unwrap()
    }

    /// What a refused run said: exit code 2, and nothing on standard output.
    pub(crate) fn refused(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (2, ""), "{}", self.stderr);
        self.stderr
    }
}

/// A working folder for runs of the program; its home folder is empty.
pub(crate) struct Folder {
    dir: TempDir,
    home: TempDir,
}

impl Folder {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), home: tempfile::tempdir().unwrap() }
    }

    /// One with the files of `fixtures/bundle`.
    pub(crate) fn with_bundle() -> Self {
        let folder = Self::new();
        for name in ["bill.csv", "inventory.csv", "metrics.csv", "invocations.csv"] {
            folder.write(name, fixture(name));
        }
        folder
    }

    /// A path inside.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Reads a text file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Changes a text file: `from` must be in it.
    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} does not hold {from:?}");
        self.write(name, text.replacen(from, to, 1));
    }

    /// Names of all that lies in it.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.dir.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The program, about to start here.
    pub(crate) fn ai_cost(&self) -> Command {
        let mut command = Command::new(program());
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("LANG", "C.UTF-8")
            .current_dir(self.dir.path());
        command
    }

    /// Runs the program with these words as arguments.
    pub(crate) fn run(&self, arguments: &str) -> Outcome {
        outcome(self.ai_cost().args(arguments.split_whitespace()))
    }
}

/// Runs the program in an empty folder.
pub(crate) fn ai_cost(arguments: &str) -> Outcome {
    Folder::new().run(arguments)
}

/// `audit --demo --format json`, which is run once for all tests that only read it.
pub(crate) fn demo_report() -> &'static Value {
    static REPORT: OnceLock<Value> = OnceLock::new();
    REPORT.get_or_init(|| ai_cost("audit --demo --format json").json())
}

/// Runs a command to its end.
pub(crate) fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Where the program is.
pub(crate) fn program() -> PathBuf {
    assert_cmd::cargo::cargo_bin!("ai-cost").to_path_buf()
}

/// A file of `fixtures/bundle`.
pub(crate) fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bundle").join(name);
    fs::read_to_string(path).unwrap()
}

/// A file of the reference data, or `None` with one printed line on machines that do not have them.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub(crate) fn shared_data(file: &str) -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut folders = above.map(|folder| folder.join("shared").join("data"));
    let found = folders.find(|folder| folder.join("README.md").is_file());
    if found.is_none() {
        let name = file.rsplit('/').next().unwrap_or(file);
        println!("skipped: {name} (reference data is not on this machine)");
    }
    found.map(|folder| folder.join(file))
}

/// An amount of the JSON report, in cents.
pub(crate) fn cents(amount: &Value) -> i64 {
    let text = amount.as_str().unwrap();
    let (whole, fraction) = text.split_once('.').unwrap();
    assert_eq!(fraction.len(), 2, "{text}");
    let magnitude: i64 = format!("{}{fraction}", whole.trim_start_matches('-')).parse().unwrap();
    if whole.starts_with('-') { -magnitude } else { magnitude }
}

/// The members of a JSON list.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}
