//! What texts must not say: clouds in expressions, real accounts, paths of one machine.

use super::source::{SourceFile, files, root};

/// Account numbers that are nobody's: the ones clouds use in their own documentation.
const EXAMPLE_ACCOUNTS: [&str; 7] = [
    "000000000000",
    "111122223333",
    "123456789012",
    "444455556666",
    "777788889999",
    "999900001111",
    "999999999999",
];

/// Account numbers of the demo: these digits, zeros, and a count.
const DEMO_ACCOUNTS: [&str; 2] = ["2000000000", "3000000000"];

/// Parts of paths that only one machine has.
pub(super) const OF_ONE_MACHINE: [&str; 2] = ["/root/", "/work/"];

/// Words of one cloud or of its commands.
const CLOUDS: [&str; 12] = [
    "aws",
    "azure",
    "az ",
    "gcp",
    "gcloud",
    "google",
    "ec2",
    "sagemaker",
    "cloudwatch",
    "bedrock",
    "vertex",
    "kubectl",
];

/// Tables of a rule file whose texts are evaluated, and the keys in them that are not.
const EXPRESSIONS: [(&str, &[&str]); 2] = [("judge", &[]), ("action", &["do"])];

/// Everything that a reader of the repository sees, but for this file.
pub(super) fn public_texts() -> Vec<SourceFile> {
    let mut texts: Vec<SourceFile> = ["src", "tests", "rules", "docs", "benches", "fixtures"]
        .iter()
        .flat_map(|folder| files(folder, &["rs", "md", "toml", "csv", "json", "ndjson", "py"]))
        .collect();
    let at_root = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "build.rs", "Cargo.toml"];
    let at_root = at_root.iter().filter(|name| root().join(name).exists());
    texts.extend(at_root.map(|name| SourceFile::read(name)));
    texts.retain(|text| text.path != "tests/it/house/words.rs");
    texts
}

/// Where the expressions of a rule name a cloud.
pub(super) fn clouds_in_expressions(path: &str, text: &str) -> Vec<String> {
    let rule: toml::Table = text.parse().unwrap();
    let expressions: Vec<(&str, &str)> = EXPRESSIONS
        .iter()
        .flat_map(|(table, prose)| {
            let table = rule[*table].as_table().unwrap();
            let is_evaluated = |key: &str| !prose.contains(&key);
            table.iter().filter(move |(key, _)| is_evaluated(key))
        })
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        .collect();
    assert!(expressions.len() >= 3, "{path}: where are its expressions?");
    expressions
        .into_iter()
        .filter(|(_, expression)| {
            let expression = expression.to_lowercase();
            CLOUDS.iter().any(|cloud| expression.contains(cloud))
        })
        .map(|(key, expression)| format!("{path}: {key} = {expression}"))
        .collect()
}

/// Numbers of twelve digits that may be somebody's account.
pub(super) fn unknown_accounts(path: &str, text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    let is_account = |word: &str| word.len() == 12 && word.bytes().all(|b| b.is_ascii_digit());
    let is_example = |word: &str| {
        EXAMPLE_ACCOUNTS.contains(&word)
            || DEMO_ACCOUNTS.iter().any(|account| word.starts_with(account))
    };
    text.split(|c| !is_part(c))
        .filter(|word| is_account(word) && !is_example(word))
        .map(|word| format!("{path}: {word}"))
        .collect()
}

#[test]
fn a_cloud_in_an_expression_is_found_and_one_in_a_command_is_not() {
    let rule = "[judge]\nscope = 'is_new'\ntrust = 'is_seen'\nwhen = \"provider = 'aws'\"\n\
        [action]\ndo = 'stop'\n[action.change]\naws = 'aws ec2 stop-instances'";
    assert_eq!(clouds_in_expressions("x", rule), ["x: when = provider = 'aws'"]);
}

#[test]
fn only_twelve_digits_that_are_no_example_look_like_an_account() {
    let text =
        "arn:aws:iam::210987654321:root 111122223333 1790000000000 0.210987654321 a210987654321";
    assert_eq!(unknown_accounts("x", text), ["x: 210987654321"]);
}
