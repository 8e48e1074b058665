//! Histories as text in the format `OpenMetrics`, which `promtool` turns into blocks.

use std::{
    fmt::Write as _,
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

/// Labels of a series, in any order.
pub(crate) type Labels<'a> = [(&'a str, &'a str)];

/// A file that is being written.
pub(crate) struct History {
    file: BufWriter<File>,
    line: String,
    sample_count: u64,
}

impl History {
    /// An empty one.
    pub(crate) fn create(path: &Path) -> Self {
        let file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
        Self { file, line: String::new(), sample_count: 0 }
    }

    /// Adds a series: seconds and values, in the order of time.
    pub(crate) fn series(
        &mut self,
        name: &str,
        labels: &Labels<'_>,
        samples: impl IntoIterator<Item = (i64, f64)>,
    ) {
        let line = &mut self.line;
        line.clear();
        line.push_str(name);
        let mut before = '{';
        for (key, value) in labels {
            let value = value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n");
            write!(line, "{before}{key}=\"{value}\"").unwrap();
            before = ',';
        }
        line.push_str(if before == ',' { "} " } else { " " });
        let series = line.len();
        for (second, value) in samples {
            line.truncate(series);
            writeln!(line, "{value} {second}").unwrap();
            self.file.write_all(line.as_bytes()).unwrap();
            self.sample_count += 1;
        }
    }

    /// Ends the file, and returns how many samples are in it.
    pub(crate) fn finish(mut self) -> u64 {
        self.file.write_all(b"# EOF\n").unwrap();
        self.file.flush().unwrap();
        self.sample_count
    }
}
