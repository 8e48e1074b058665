//! What the command line and the settings together say about AWS.

use std::time::Duration;

use crate::{
    frame::InstantMs,
    provider::{call::Limits, contract::ProviderError},
    settings::aws::{Aws as AwsSettings, is_account_id, is_region},
};

/// What the command line says about AWS.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flags {
    /// Profile of the shared configuration files.
    pub profile: Option<String>,
    /// Regions; `all` stands for every region that is switched on.
    pub region: Vec<String>,
    /// Accounts besides, or instead of, that of the credentials.
    pub account: Vec<String>,
    /// Whether all accounts of the organisation are read.
    pub organization: bool,
    /// Role that is assumed in other accounts.
    pub role_name: Option<String>,
    /// What the role wants to hear besides.
    pub external_id: Option<String>,
    /// Most that requests may cost.
    pub max_api_cost_usd: Option<f64>,
    /// Whether every series is read, not only what verdicts wait for.
    pub is_full: bool,
    /// Whether CPU and network of idle machines are read too.
    pub confirms_idle: bool,
    /// The time here. `None`: it does not matter.
    pub now: Option<InstantMs>,
}

/// Which accounts are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Accounts {
    /// That of the credentials.
    Own,
    /// These.
    Named(Vec<String>),
    /// All of the organisation.
    Organization,
}

/// Which regions are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Regions {
    /// All that an account has switched on.
    All,
    /// These.
    Named(Vec<String>),
}

/// What is decided about AWS.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Options {
    pub(super) profile: Option<String>,
    pub(super) regions: Regions,
    pub(super) accounts: Accounts,
    pub(super) role_name: String,
    pub(super) external_id: Option<String>,
    /// Most that requests may cost.
    pub(super) max_api_cost_usd: f64,
    /// Namespaces in which agents write.
    pub(super) agent_namespaces: Vec<String>,
    /// Bills: files here or folders and objects in S3.
    pub(super) exports: Vec<String>,
    pub(super) is_full: bool,
    pub(super) confirms_idle: bool,
    pub(super) now: Option<InstantMs>,
    pub(super) limits: Limits,
}

impl Options {
    /// Flags win over settings.
    pub(super) fn new(flags: &Flags, settings: &AwsSettings) -> Result<Self, ProviderError> {
        let regions = chosen(&flags.region, &settings.regions);
        for region in regions.iter().filter(|region| *region != "all") {
            check_region(region)?;
        }
        let accounts = chosen(&flags.account, &settings.accounts);
        for account in &accounts {
            check_account(account)?;
        }
        let is_organization =
            flags.organization || (flags.account.is_empty() && settings.organization);
        Ok(Self {
            profile: flags.profile.clone(),
            regions: if regions.is_empty() || regions.iter().any(|region| region == "all") {
                Regions::All
            } else {
                Regions::Named(regions)
            },
            accounts: match (is_organization, accounts.is_empty()) {
                (true, _) => Accounts::Organization,
                (false, true) => Accounts::Own,
                (false, false) => Accounts::Named(accounts),
            },
            role_name: flags.role_name.clone().unwrap_or_else(|| settings.role_name.clone()),
            external_id: flags
                .external_id
                .clone()
                .or_else(|| Some(settings.external_id.clone()))
                .filter(|id| !id.is_empty()),
            max_api_cost_usd: flags.max_api_cost_usd.unwrap_or(settings.max_api_cost_usd),
            agent_namespaces: settings.agent_namespaces.clone(),
            exports: settings.exports.clone(),
            is_full: flags.is_full,
            confirms_idle: flags.confirms_idle,
            now: flags.now,
            limits: Limits {
                in_flight_count: 4,
                timeout: Duration::from_secs_f64(settings.timeout_seconds),
                attempt_count: settings.attempt_count.into(),
                ..Limits::default()
            },
        })
    }
}

/// What was typed, else what the settings say; each once, in order.
fn chosen(typed: &[String], set: &[String]) -> Vec<String> {
    let mut chosen = if typed.is_empty() { set.to_vec() } else { typed.to_vec() };
    chosen.sort();
    chosen.dedup();
    chosen
}

fn check_region(region: &str) -> Result<(), ProviderError> {
    if is_region(region) {
        return Ok(());
    }
    Err(ProviderError::Input {
        message: format!("`{}` is not the name of an AWS region", crate::text::clean(region)),
        help: "name regions like `eu-west-1`, or `all`".to_owned(),
    })
}

fn check_account(account: &str) -> Result<(), ProviderError> {
    if is_account_id(account) {
        return Ok(());
    }
    Err(ProviderError::Input {
        message: format!("`{}` is not the id of an AWS account", crate::text::clean(account)),
        help: "an account id has twelve digits, without hyphens".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(flags: &Flags) -> Options {
        Options::new(flags, &AwsSettings::default()).unwrap()
    }

    #[test]
    fn every_region_is_read_unless_some_are_named() {
        assert_eq!(options(&Flags::default()).regions, Regions::All);
        let named = Flags { region: vec!["eu-west-1".to_owned()], ..Flags::default() };
        assert_eq!(options(&named).regions, Regions::Named(vec!["eu-west-1".to_owned()]));
        let all = Flags { region: ["eu-west-1", "all"].map(String::from).into(), ..named };
        assert_eq!(options(&all).regions, Regions::All);
    }

    #[test]
    fn an_account_on_the_command_line_wins_over_the_organisation_in_the_settings() {
        let settings = AwsSettings { organization: true, ..AwsSettings::default() };
        let flags = Flags { account: vec!["111122223333".to_owned()], ..Flags::default() };
        let found = Options::new(&flags, &settings).unwrap().accounts;
        assert_eq!(found, Accounts::Named(vec!["111122223333".to_owned()]));
        let found = Options::new(&Flags::default(), &settings).unwrap().accounts;
        assert_eq!(found, Accounts::Organization);
    }

    #[test]
    fn what_is_no_account_or_region_is_refused_by_name() {
        let flags = Flags { account: vec!["1111-2222-3333".to_owned()], ..Flags::default() };
        let error = Options::new(&flags, &AwsSettings::default()).unwrap_err();
        assert_eq!(error.to_string(), "`1111-2222-3333` is not the id of an AWS account");
        let flags = Flags { region: vec!["Ireland".to_owned()], ..Flags::default() };
        let error = Options::new(&flags, &AwsSettings::default()).unwrap_err();
        assert_eq!(error.to_string(), "`Ireland` is not the name of an AWS region");
    }
}
