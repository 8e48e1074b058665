//! What is to be read: accounts, and regions of each.

use std::collections::BTreeMap;

use super::{
    observed::gap,
    options::{Accounts, Options, Regions},
    refusal,
    seat::Seat,
    session::Session,
};
use crate::{
    provider::{call::CallError, contract::ProviderError},
    snapshot::Gap,
};

/// Accounts that can be read, each in its home region, with the regions to read.
#[derive(Debug, Default)]
pub(super) struct Estate {
    pub(super) accounts: Vec<Account>,
    pub(super) gaps: Vec<Gap>,
}

/// An account that lets us in.
#[derive(Debug)]
pub(super) struct Account {
    /// In the home region.
    pub(super) home: Seat,
    /// What people call it. Empty: not known.
    pub(super) name: String,
    pub(super) regions: Vec<String>,
}

impl Estate {
    /// Every account in each of its regions.
    pub(super) fn seats(&self) -> Vec<Seat> {
        let of = |account: &Account| -> Vec<Seat> {
            account.regions.iter().map(|region| account.home.in_region(region)).collect()
        };
        self.accounts.iter().flat_map(of).collect()
    }
}

/// No account that was asked for lets us in.
pub(super) fn nobody_lets_us_in(gaps: &[Gap]) -> ProviderError {
    let reasons: Vec<String> =
        gaps.iter().map(|gap| format!("{}: {}", gap.what, gap.because)).collect();
    ProviderError::Input {
        message: format!("no account of AWS can be read: {}", reasons.join("; ")),
        help: gaps.first().map_or_else(String::new, |gap| gap.remedy.clone()),
    }
}

/// Finds accounts and regions. An account that refuses, or whose regions cannot be listed, is a gap.
pub(super) async fn survey(session: &Session, options: &Options) -> Estate {
    let mut estate = Estate::default();
    for (id, name) in accounts(session, options, &mut estate.gaps).await {
        match session.account(&id, options).await {
            Ok(home) => match regions(&home, options).await {
                Ok(regions) => estate.accounts.push(Account { home, name, regions }),
                Err(error) => {
                    let hides = "all regions that are not named with `--region`";
                    estate.gaps.push(gap(&format!("account {id}"), &error, hides));
                }
            },
            Err(error) => estate.gaps.push(closed(&id, &name, options, &error)),
        }
    }
    estate
}

/// Ids and names of the accounts that were asked for.
async fn accounts(
    session: &Session,
    options: &Options,
    gaps: &mut Vec<Gap>,
) -> BTreeMap<String, String> {
    match &options.accounts {
        Accounts::Own => BTreeMap::from([(session.account_id.clone(), String::new())]),
        Accounts::Named(ids) => ids.iter().map(|id| (id.clone(), String::new())).collect(),
        Accounts::Organization => match organization(session).await {
            Ok(accounts) => accounts,
            Err(error) => {
                let hides = "all accounts of the organisation but this one";
                gaps.push(gap("the organisation", &error, hides));
                BTreeMap::from([(session.account_id.clone(), String::new())])
            }
        },
    }
}

/// Accounts of the organisation that are open; a closed one costs nothing any more.
async fn organization(session: &Session) -> Result<BTreeMap<String, String>, CallError> {
    let seat = &session.asker;
    let client = seat.organizations();
    let mut found = BTreeMap::new();
    seat.pages(
        "organizations:ListAccounts",
        |token| client.list_accounts().set_next_token(token).send(),
        |page| {
            for account in page.accounts.unwrap_or_default() {
                let is_closed = account.status.as_ref().is_some_and(|status| {
                    matches!(status.as_str(), "SUSPENDED" | "PENDING_CLOSURE" | "CLOSED")
                });
                if let Some(id) = account.id.filter(|_| !is_closed) {
                    found.insert(id, account.name.unwrap_or_default());
                }
            }
            page.next_token
        },
    )
    .await?;
    Ok(found)
}

/// Regions to read in an account: those that were named, else all that it has switched on.
async fn regions(home: &Seat, options: &Options) -> Result<Vec<String>, CallError> {
    match &options.regions {
        Regions::Named(regions) => Ok(regions.clone()),
        Regions::All => {
            let ec2 = home.ec2();
            let said = home.ask("ec2:DescribeRegions", || ec2.describe_regions().send()).await?;
            let mut regions: Vec<String> = said
                .regions
                .unwrap_or_default()
                .into_iter()
                .filter(|region| region.opt_in_status.as_deref() != Some("not-opted-in"))
                .filter_map(|region| region.region_name)
                .collect();
            regions.sort();
            regions.dedup();
            Ok(regions)
        }
    }
}

/// An account that does not let us in.
fn closed(id: &str, name: &str, options: &Options, error: &CallError) -> Gap {
    let named = if name.is_empty() { String::new() } else { format!(" ({name})") };
    let external = if options.external_id.is_some() { " and its external id" } else { "" };
    Gap {
        what: format!("account {id}{named}"),
        because: error.to_string(),
        hides: "everything in this account".to_owned(),
        remedy: refusal::remedy(error).map_or_else(
            || {
                format!(
                    "create the role `{}` there with the policy of `ai-cost permissions aws --format policy`, and let \
                     these credentials assume it{external}",
                    options.role_name
                )
            },
            str::to_owned,
        ),
    }
}
