//! `moto`, which serves what it serves well: machines, volumes, types and groups. It is installed into the build folder, once
//! for each list of versions; nothing of the machine changes.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

const REQUIREMENTS: &str = include_str!("requirements.txt");
const SERVER: &str = include_str!("moto_server.py");

/// A `moto` that runs until this is dropped, or the tests are.
#[derive(Debug)]
pub(crate) struct Moto {
    /// Where it listens on loopback.
    pub(crate) port: u16,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Moto {
    /// Starts one that holds an estate: accounts, regions in each, and in each region `instances`, `volumes` and `groups` as
    /// `moto_server.py` reads them. `None`: this machine has no Python or cannot install, which was printed.
    pub(crate) fn start(estate: &Value) -> Option<Self> {
        let python = python()?;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("estate.json"), estate.to_string()).unwrap();
        fs::write(path("moto_server.py"), SERVER).unwrap();
        let log = fs::File::create(path("log")).unwrap();
        let mut child = Command::new(python)
            .arg(path("moto_server.py"))
            .arg(path("estate.json"))
            // It ends when this does.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap_or_else(|_| {
            panic!("moto did not start: {}", fs::read_to_string(path("log")).unwrap_or_default())
        });
        Some(Self { port, child, _folder: folder })
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ended = self.child.wait();
    }
}

/// The Python of an environment with everything in it.
fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PYTHON.get_or_init(environment) {
        Ok(python) => Some(python),
        Err(reason) => {
            say(&format!("skipped: no moto here ({reason})"));
            None
        }
    }
}

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn say(line: &str) {
    println!("{line}");
}

fn environment() -> Result<PathBuf, String> {
    let mut hasher = DefaultHasher::new();
    REQUIREMENTS.hash(&mut hasher);
    let name = format!("moto-{:016x}", hasher.finish());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (python, done) = (folder.join("bin/python"), folder.join("installed"));
    // Others may be installing at this moment.
    let lock = fs::File::create(folder.with_extension("lock")).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    if done.is_file() {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            "/dev/stdin",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    let written = pip.stdin.take().map(|mut input| input.write_all(REQUIREMENTS.as_bytes()));
    written.transpose().map_err(|e| e.to_string())?;
    let output = pip.wait_with_output().map_err(|e| e.to_string())?;
    check("pip", &output)?;
    fs::write(done, "").map_err(|e| e.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().display().to_string();
    let output = command.output().map_err(|e| format!("{name}: {e}"))?;
    check(&name, &output)
}

/// The last line of complaint is the error.
fn check(name: &str, output: &std::process::Output) -> Result<(), String> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name}: {}", said.lines().last().unwrap_or("failed")))
}
