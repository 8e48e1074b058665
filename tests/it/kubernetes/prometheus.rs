//! A real Prometheus on loopback with a made history. It ends with the tests, however they end.

use std::{
    fmt::Write as _,
    fs,
    io::Read as _,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use super::{
    openmetrics::History,
    package::{Programs, programs},
    wire,
};

/// Ends the server and takes its data away when our end of its input closes: when the tests are over, or were killed.
const KEEPER: &str = r#"dir=$1; shift
"$@" >"$dir/log" 2>&1 &
server=$!
cat >/dev/null
kill "$server"
wait "$server"
rm -rf "$dir""#;

/// A server that runs.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) port: u16,
    keeper: Child,
}

/// What a server is started with.
pub(crate) struct Setup<'a> {
    /// Writes the history, if there is one.
    pub(crate) history: &'a dyn Fn(&mut History),
    /// Further flags.
    pub(crate) flags: &'a [&'a str],
}

impl Server {
    /// Starts one. `None`: this machine has no Prometheus, which was printed.
    pub(crate) fn start(setup: &Setup<'_>) -> Option<Self> {
        let programs = programs()?;
        // The keeper takes it away, also where no destructor runs.
        let dir = TempDir::new().unwrap().keep();
        load(programs, &dir, setup.history);
        fs::write(dir.join("prometheus.yml"), "global: {}\n").unwrap();
        // A port that is free now may be taken in a moment.
        for _ in 0..3 {
            let server = Self::run(programs, &dir, setup.flags);
            if server.is_ready() {
                return Some(server);
            }
        }
        panic!("{}", fs::read_to_string(dir.join("log")).unwrap_or_default());
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn run(programs: &Programs, dir: &Path, flags: &[&str]) -> Self {
        let port = free_port();
        let path = |name: &str| dir.join(name).display().to_string();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(dir)
            .arg(&programs.prometheus)
            .arg(format!("--config.file={}", path("prometheus.yml")))
            .arg(format!("--storage.tsdb.path={}", path("data")))
            .arg("--storage.tsdb.retention.time=100y")
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--log.level=warn")
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { port, keeper }
    }

    fn is_ready(&self) -> bool {
        (0..300).any(|_| {
            thread::sleep(Duration::from_millis(100));
            wire::get(self.port, "/-/ready").is_some_and(|answer| answer.status == 200)
        })
    }

    /// What it answers to an instant query, as text.
    pub(crate) fn query(&self, expression: &str, second: i64) -> String {
        let mut path = format!("/api/v1/query?time={second}&query=");
        expression.bytes().for_each(|byte| write!(path, "%{byte:02X}").unwrap());
        String::from_utf8(wire::get(self.port, &path).unwrap().body).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ended = self.keeper.wait();
    }
}

/// A port of loopback that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Turns a history into blocks. They span up to 486 hours, the longest that Prometheus itself would make, because
/// `promtool` reads the whole file once per block.
fn load(programs: &Programs, dir: &Path, history: &dyn Fn(&mut History)) {
    let text: PathBuf = dir.join("history");
    let mut writer = History::create(&text);
    history(&mut writer);
    let data = dir.join("data");
    fs::create_dir_all(&data).unwrap();
    if writer.finish() > 0 {
        let output = Command::new(&programs.promtool)
            .args(["tsdb", "create-blocks-from", "openmetrics", "-q", "--max-block-duration=486h"])
            .arg(&text)
            .arg(&data)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "promtool: {said}");
    }
    fs::remove_file(&text).unwrap();
}

#[test]
fn a_server_holds_the_history_it_was_given_and_ends_with_its_keeper() {
    let history = |history: &mut History| {
        history.series("up_once", &[("node", "a\"b")], [(1_790_000_000, 0.25)]);
    };
    let Some(server) = Server::start(&Setup { history: &history, flags: &[] }) else { return };
    let said = server.query("up_once", 1_790_000_060);
    assert!(said.contains(r#""node":"a\"b""#) && said.contains("\"0.25\""), "{said}");
    let port = server.port;
    drop(server);
    let mut rest = Vec::new();
    let gone = TcpStream::connect(("127.0.0.1", port)).map(|mut end| end.read_to_end(&mut rest));
    assert!(gone.is_err(), "something still listens on {port}");
}
