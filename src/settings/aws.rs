//! `[aws]`: which accounts and regions are read, under which role, and what that may cost.

use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::{
    file::set,
    list::List,
    scalar::{Flag, Found, Rate, Scalar, ScalarVisitor, scalars, text, text_schema},
};

/// What is decided about AWS. It holds no secrets: credentials come from AWS's own chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Aws {
    /// Regions; empty, or `all`: every region that an account has switched on.
    pub regions: Vec<String>,
    /// Accounts; empty: that of the credentials.
    pub accounts: Vec<String>,
    /// Whether all accounts of the organisation are read.
    pub organization: bool,
    /// Role that is assumed in other accounts.
    pub role_name: String,
    /// What the role wants to hear besides. Empty: nothing.
    pub external_id: String,
    /// Most that requests may cost.
    pub max_api_cost_usd: f64,
    /// Namespaces in which `CloudWatch` agents write.
    pub agent_namespaces: Vec<String>,
    /// Bills instead of Cost Explorer: files, or folders and objects in S3.
    pub exports: Vec<String>,
    /// Longest wait for one answer.
    pub timeout_seconds: f64,
    /// Times that one request is sent at most.
    pub attempt_count: u8,
}

impl Default for Aws {
    fn default() -> Self {
        Self {
            regions: Vec::new(),
            accounts: Vec::new(),
            organization: false,
            role_name: "ai-cost".to_owned(),
            external_id: String::new(),
            max_api_cost_usd: 5.0,
            agent_namespaces: vec!["CWAgent".to_owned()],
            exports: Vec::new(),
            timeout_seconds: 30.0,
            attempt_count: 5,
        }
    }
}

/// `[aws]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct AwsFile {
    /// Regions; empty, or `all`: every region that an account has switched on.
    regions: Option<List<AwsRegion>>,
    /// Accounts; empty: that of the credentials.
    accounts: Option<List<AccountId>>,
    /// Whether all accounts of the organisation are read.
    organization: Option<Flag>,
    /// Role that is assumed in other accounts.
    role_name: Option<RoleName>,
    /// What the role wants to hear besides; empty: nothing.
    external_id: Option<ExternalId>,
    /// Most that requests may cost, in dollars; what would pass it is not asked for.
    max_api_cost_usd: Option<Rate>,
    /// Namespaces in which `CloudWatch` agents write.
    agent_namespaces: Option<List<Namespace>>,
    /// Bills instead of Cost Explorer: files, or `s3://bucket/prefix`.
    exports: Option<List<Export>>,
    /// Longest wait for one answer.
    timeout_seconds: Option<Rate>,
    /// Times that one request is sent at most.
    attempt_count: Option<AttemptCount>,
}

impl AwsFile {
    pub(super) fn apply(self, aws: &mut Aws) {
        set(&mut aws.regions, self.regions);
        set(&mut aws.accounts, self.accounts);
        set(&mut aws.organization, self.organization);
        set(&mut aws.role_name, self.role_name);
        set(&mut aws.external_id, self.external_id);
        set(&mut aws.max_api_cost_usd, self.max_api_cost_usd);
        set(&mut aws.agent_namespaces, self.agent_namespaces);
        set(&mut aws.exports, self.exports);
        set(&mut aws.timeout_seconds, self.timeout_seconds);
        set(&mut aws.attempt_count, self.attempt_count);
    }
}

scalars! {
    /// A region of AWS.
    AwsRegion(String) = "a region of AWS, such as `eu-west-1`, or `all`",
        found => text(found).filter(|name| *name == "all" || is_region(name)).map(str::to_owned),
        schema json_schema!({ "type": "string", "pattern": "^(all|[a-z]+(-[a-z]+)+-[0-9]+)$" });
    /// An account of AWS.
    AccountId(String) = "the id of an AWS account: a text of twelve digits",
        found => text(found).filter(|id| is_account_id(id)).map(str::to_owned),
        help matches!(found, Found::Integer(_))
            .then(|| "write it in quotation marks, or a leading zero is lost".to_owned()),
        schema json_schema!({ "type": "string", "pattern": "^[0-9]{12}$" });
    /// The name of a role, with its path if it has one.
    RoleName(String) = "the name of a role, such as `ai-cost`, with its path if it has one",
        found => text(found).filter(|name| is_role_name(name)).map(str::to_owned),
        schema json_schema!({ "type": "string", "pattern": "^[\\w+=,.@/-]+$" });
    /// What a role wants to hear.
    ExternalId(String) = "the external id that the role asks for",
        found => text(found).filter(|id| !id.chars().any(char::is_whitespace)).map(str::to_owned),
        schema json_schema!({ "type": "string", "pattern": "^\\S*$" });
    /// A namespace of metrics.
    Namespace(String) = "a namespace of CloudWatch, such as `CWAgent`",
        found => text(found).filter(|name| !name.trim().is_empty()).map(str::to_owned),
        schema text_schema("A namespace of CloudWatch.");
    /// Where a bill is.
    Export(String) = "a file, a folder or `s3://bucket/prefix`",
        found => text(found).filter(|place| !place.trim().is_empty()).map(str::to_owned),
        schema text_schema("A file, a folder or `s3://bucket/prefix`.");
    /// A number of attempts.
    AttemptCount(u8) = "a whole number from 1 to 10",
        found => match found {
            Found::Integer(count) => u8::try_from(count).ok().filter(|count| (1..=10).contains(count)),
            _ => None,
        },
        schema json_schema!({ "type": "integer", "minimum": 1, "maximum": 10 });
}

/// Whether a text has the form of a region: words and a number, such as `us-gov-west-1`.
pub fn is_region(name: &str) -> bool {
    let Some((words, number)) = name.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    words.contains('-')
        && words.split('-').all(is_word)
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text has the form of an account's id.
pub fn is_account_id(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())
}

fn is_role_name(name: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_alphanumeric() || "+=,.@_/-".contains(c);
    !name.is_empty() && name.chars().all(is_sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_words_and_a_number() {
        for name in ["eu-west-1", "us-gov-west-1", "ap-southeast-12"] {
            assert!(is_region(name), "{name}");
        }
        for name in ["", "eu-west", "west-1", "eu-west-1a", "EU-WEST-1", "eu--1", "eu-west-"] {
            assert!(!is_region(name), "{name}");
        }
    }
}
