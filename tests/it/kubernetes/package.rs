//! Where `prometheus` and `promtool` come from: the machine if it has them, else Debian's package, unpacked into the build
//! folder. Nothing is installed and no service starts; neither needs to be root.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

/// Programs of one version.
#[derive(Debug)]
pub(crate) struct Programs {
    /// The server.
    pub(crate) prometheus: PathBuf,
    /// Loads histories.
    pub(crate) promtool: PathBuf,
}

/// The programs, or `None` with a printed line on machines that neither have nor get them.
pub(crate) fn programs() -> Option<&'static Programs> {
    static PROGRAMS: OnceLock<Result<Programs, String>> = OnceLock::new();
    match PROGRAMS.get_or_init(find) {
        Ok(programs) => Some(programs),
        Err(reason) => {
            say(&format!("skipped: no Prometheus here ({reason})"));
            None
        }
    }
}

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn say(line: &str) {
    println!("{line}");
}

fn find() -> Result<Programs, String> {
    let is_there = |name: &str| {
        let mut asked = Command::new(name);
        asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    };
    if is_there("prometheus") && is_there("promtool") {
        return Ok(Programs { prometheus: "prometheus".into(), promtool: "promtool".into() });
    }
    let unpacked = Path::new(env!("CARGO_TARGET_TMPDIR")).join("prometheus");
    let programs = Programs {
        prometheus: unpacked.join("usr/bin/prometheus"),
        promtool: unpacked.join("usr/bin/promtool"),
    };
    if !programs.prometheus.is_file() {
        fetch(&unpacked)?;
    }
    Ok(programs)
}

/// Downloads the package and unpacks it at `to`, whole or not at all.
fn fetch(to: &Path) -> Result<(), String> {
    let work = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|e| e.to_string())?;
    let own_lists = [
        format!("Dir::State::lists={}", path_in(work.path(), "lists")),
        format!("Dir::Cache={}", path_in(work.path(), "cache")),
        // As root, apt would hand the download to a user who may not write here.
        "APT::Sandbox::User=root".to_owned(),
    ];
    let apt = |words: &[&str], lists: &[String]| {
        let mut command = Command::new("apt-get");
        for option in lists {
            command.args(["-o", option]);
        }
        run(command.args(words).current_dir(work.path()))
    };
    let known = &own_lists[2..];
    if apt(&["-q", "download", "prometheus"], known).is_err() {
        // The lists of the machine are missing or old: take new ones, without changing those of the machine.
        fs::create_dir_all(path_in(work.path(), "lists/partial")).map_err(|e| e.to_string())?;
        fs::create_dir_all(path_in(work.path(), "cache/archives/partial"))
            .map_err(|e| e.to_string())?;
        apt(&["-q", "update"], &own_lists)?;
        apt(&["-q", "download", "prometheus"], &own_lists)?;
    }
    let entries = fs::read_dir(work.path()).map_err(|e| e.to_string())?;
    let package = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|end| end == "deb"))
        .ok_or("apt-get brought no package")?;
    let unpacked = work.path().join("unpacked");
    run(Command::new("dpkg-deb").arg("-x").arg(package).arg(&unpacked))?;
    match fs::rename(&unpacked, to) {
        // Another run of the tests was faster.
        Err(_) if to.join("usr/bin/prometheus").is_file() => Ok(()),
        renamed => renamed.map_err(|e| format!("{}: {e}", to.display())),
    }
}

fn path_in(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

/// Runs a command; its last line of complaint is the error.
fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().display().to_string();
    let output = command.output().map_err(|e| format!("{name}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name}: {}", said.lines().last().unwrap_or("failed")))
}
