//! The tree of files, and what of a Rust file belongs to the program.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The folder of `Cargo.toml`.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// A text file of the repository.
pub(super) struct SourceFile {
    /// Path from the root, with `/`.
    pub(super) path: String,
    /// What is in it.
    pub(super) text: String,
}

impl SourceFile {
    /// Reads a file by its path from the root.
    pub(super) fn read(path: &str) -> Self {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        Self { path: path.to_owned(), text }
    }

    /// The folder or file of `src/` it belongs to: `rule` for `src/rule/expr/lex.rs`, `units` for `src/units.rs`.
    pub(super) fn module(&self) -> &str {
        let inside = self.path.trim_start_matches("src/");
        inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
    }

    /// Its code with empty lines instead of comments, up to its tests.
    pub(super) fn program(&self) -> String {
        let lines = self.text.lines().take(self.program_line_count());
        let code = lines.map(|line| if line.trim_start().starts_with("//") { "" } else { line });
        code.collect::<Vec<_>>().join("\n")
    }

    /// Lines above its tests.
    pub(super) fn program_line_count(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        let tests = lines.windows(2).position(|pair| {
            pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
        });
        tests.unwrap_or(lines.len())
    }

    /// Where one of some texts stands in `text`, whose lines are those of this file.
    pub(super) fn places_of(&self, wanted: &[&str], text: &str) -> Vec<String> {
        let lines = text.lines().enumerate();
        lines
            .filter(|(_, line)| wanted.iter().any(|wanted| line.contains(wanted)))
            .map(|(index, line)| format!("{}:{}: {}", self.path, index + 1, line.trim()))
            .collect()
    }

    /// The paths that this file's modules for tests may have.
    fn test_modules(&self) -> Vec<String> {
        let folder = match self.path.rsplit_once('/') {
            Some((folder, "mod.rs" | "lib.rs" | "main.rs")) => folder,
            _ => self.path.trim_end_matches(".rs"),
        };
        let lines: Vec<&str> = self.text.lines().collect();
        lines
            .windows(2)
            .filter(|pair| pair[0].trim() == "#[cfg(test)]")
            .filter_map(|pair| pair[1].trim().strip_suffix(';')?.split("mod ").nth(1))
            .map(|name| format!("{folder}/{name}"))
            .collect()
    }
}

/// All files in a folder and below with one of these endings, by path. A folder that is absent has none.
pub(super) fn files(folder: &str, endings: &[&str]) -> Vec<SourceFile> {
    let mut found = Vec::new();
    collect(folder, endings, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(folder: &str, endings: &[&str], found: &mut Vec<SourceFile>) {
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&path, endings, found);
        } else if endings.iter().any(|ending| path.ends_with(&format!(".{ending}"))) {
            found.push(SourceFile::read(&path));
        }
    }
}

/// The files of `src/` that are part of the program: not those that only tests compile.
pub(super) fn program_sources() -> Vec<SourceFile> {
    let all = files("src", &["rs"]);
    let of_tests: BTreeSet<String> = all.iter().flat_map(SourceFile::test_modules).collect();
    let is_of_tests = |path: &str| {
        let path = path.trim_end_matches(".rs");
        of_tests.iter().any(|test| path == test || path.starts_with(&format!("{test}/")))
    };
    let sources: Vec<SourceFile> =
        all.into_iter().filter(|file| !is_of_tests(&file.path)).collect();
    assert!(sources.len() > 50, "only {} files found: is this the right folder?", sources.len());
    sources
}
