//! All rules of an audit: those compiled in, and a folder of the user's own.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{ParamError, Rule, RuleError};
use crate::{
    fact::{FactSpec, SubjectKind, Value},
    nearest::nearest,
};

// `EMBEDDED: &[(id, path in the repository, text)]`, written by `build.rs` from `rules/*.toml`.
include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// Why rules could not be loaded.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum CatalogError {
    /// The folder or a file in it cannot be read.
    #[error("`{}` could not be read", path.display())]
    #[diagnostic(code(rule::read), help("pass a readable folder of `*.toml` files in UTF-8"))]
    Read {
        /// Folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Two files define one rule.
    #[error("rule `{id}` is defined twice: in `{first}` and in `{second}`")]
    #[diagnostic(
        code(rule::duplicate_id),
        help(
            "rename your file; to change a threshold, set `[rules.{id}] params` in the settings instead"
        )
    )]
    Duplicate {
        /// The id.
        id: String,
        /// File that was read first.
        first: String,
        /// File that was read second.
        second: String,
    },
    /// A rule is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Rule(#[from] Box<RuleError>),
}

/// Rules with unique ids, sorted by id.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    rules: BTreeMap<String, Rule>,
}

impl Catalog {
    /// The rules compiled in. `facts` lists the facts of a kind of subject.
    pub fn embedded(facts: &dyn Fn(SubjectKind) -> Vec<FactSpec>) -> Result<Self, CatalogError> {
        let mut catalog = Self::default();
        for (id, path, text) in EMBEDDED {
            catalog.add(Rule::parse(id, path, text, facts).map_err(Box::new)?)?;
        }
        Ok(catalog)
    }

    /// Adds every `*.toml` of a folder, in the order of their names. Other files are ignored.
    pub fn with_dir(
        mut self,
        folder: &Path,
        facts: &dyn Fn(SubjectKind) -> Vec<FactSpec>,
    ) -> Result<Self, CatalogError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            |source| CatalogError::Read { path, source }
        };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
            let path = entry.map_err(unreadable(folder))?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                paths.push(path);
            }
        }
        paths.sort();
        for path in paths {
            self.add(read(&path, facts)?)?;
        }
        Ok(self)
    }

    fn add(&mut self, rule: Rule) -> Result<(), CatalogError> {
        if let Some(first) = self.rules.get(&rule.id) {
            return Err(CatalogError::Duplicate {
                id: rule.id.clone(),
                first: first.source_name().to_owned(),
                second: rule.source_name().to_owned(),
            });
        }
        self.rules.insert(rule.id.clone(), rule);
        Ok(())
    }

    /// The rules, by id.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The rule of this id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id)
    }

    /// The id most similar to a wrong one.
    pub fn nearest(&self, id: &str) -> Option<&str> {
        nearest(id, self.rules.keys().map(String::as_str))
    }

    /// Leaves a rule out. Whether there was one.
    pub fn remove(&mut self, id: &str) -> bool {
        self.rules.remove(id).is_some()
    }

    /// Sets parameters of a rule. Whether there is such a rule.
    pub fn set_params(
        &mut self,
        id: &str,
        params: &BTreeMap<String, Value>,
    ) -> Result<bool, ParamError> {
        let Some(rule) = self.rules.get_mut(id) else { return Ok(false) };
        *rule = rule.with_params(params)?;
        Ok(true)
    }
}

/// Reads one rule file; its id is the file's stem.
pub(super) fn read(
    path: &Path,
    facts: &dyn Fn(SubjectKind) -> Vec<FactSpec>,
) -> Result<Rule, CatalogError> {
    let text = fs::read_to_string(path)
        .map_err(|source| CatalogError::Read { path: path.to_owned(), source })?;
    let id = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Rule::parse(&id, &path.to_string_lossy(), &text, facts).map_err(Box::new)?)
}

impl Rule {
    /// Reads a rule from its file; its id is the file's stem.
    pub fn read(
        path: &Path,
        facts: &dyn Fn(SubjectKind) -> Vec<FactSpec>,
    ) -> Result<Self, CatalogError> {
        read(path, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fact::specs_of, rule::testing};

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn embedded_rules_are_right_and_their_examples_hold() {
        let catalog = Catalog::embedded(&specs_of).unwrap();
        for rule in catalog.rules() {
            assert!(rule.lint().is_empty(), "{:?}", rule.lint());
            let results = rule.run_examples();
            let failed: Vec<_> = results.into_iter().filter(|result| !result.holds()).collect();
            assert!(failed.is_empty(), "{}: {failed:?}", rule.id);
        }
    }

    #[test]
    fn a_folder_adds_its_rules_sorted_by_id() {
        let folder = folder(&[
            ("our-b.toml", testing::IDLE),
            ("our-a.toml", testing::IDLE),
            ("README.md", "not a rule"),
        ]);
        let mut catalog = Catalog::default().with_dir(folder.path(), &testing::facts).unwrap();
        let ids: Vec<&str> = catalog.rules().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["our-a", "our-b"]);
        assert_eq!(catalog.nearest("our-aa"), Some("our-a"));
        let patient = BTreeMap::from([("min_running_hours".to_owned(), Value::Number(300.0))]);
        assert!(catalog.set_params("our-a", &patient).unwrap());
        let param = &catalog.get("our-a").unwrap().params[0];
        assert_eq!((&param.default, &param.value), (&Value::Number(168.0), &Value::Number(300.0)));
    }

    #[test]
    fn an_id_that_exists_already_is_refused_with_both_files() {
        let (first, second) =
            (folder(&[("x.toml", testing::IDLE)]), folder(&[("x.toml", testing::IDLE)]));
        let catalog = Catalog::default().with_dir(first.path(), &testing::facts).unwrap();
        let error = catalog.with_dir(second.path(), &testing::facts).unwrap_err();
        let path = |folder: &tempfile::TempDir| folder.path().join("x.toml").display().to_string();
        let expected =
            format!("rule `x` is defined twice: in `{}` and in `{}`", path(&first), path(&second));
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = folder(&[("x.toml", "title = 'x'")]);
        fs::write(folder.path().join("a.toml"), [0xff, 0xfe]).unwrap();
        let missing = folder.path().join("none");
        for (path, wrong) in [(missing.as_path(), "none"), (folder.path(), "a.toml")] {
            let error = Catalog::default().with_dir(path, &testing::facts).unwrap_err();
            assert!(error.to_string().ends_with(&format!("{wrong}` could not be read")), "{error}");
        }
    }
}
