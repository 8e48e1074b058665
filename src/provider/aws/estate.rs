//! What is to be read: accounts, and regions of each.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};

use super::{
    observed::gap,
    options::{Accounts, Options, Regions},
    refusal,
    seat::Seat,
    session::Session,
};
use crate::{
    provider::{call::CallError, contract::ProviderError, progress::Progress},
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

/// Accounts that are looked at at once.
const ACCOUNTS_AT_ONCE: usize = 8;

/// Finds accounts and regions. An account that refuses, or whose regions cannot be listed, is a gap.
pub(super) async fn survey(session: &Session, options: &Options, progress: &Progress) -> Estate {
    let mut estate = Estate::default();
    let accounts = accounts(session, options, &mut estate.gaps).await;
    let task = progress.task("accounts", accounts.len() as u64);
    let looks: Vec<_> = accounts
        .iter()
        .map(|(id, name)| async {
            let found = open(session, options, id, name).await;
            task.advance();
            found
        })
        .collect();
    // In order of their ids, whoever answers first.
    let found: Vec<_> = stream::iter(looks).buffered(ACCOUNTS_AT_ONCE).collect().await;
    for (account, gap) in found {
        estate.accounts.extend(account);
        estate.gaps.extend(gap);
    }
    estate
}

/// One account with its regions, and what stays hidden of it.
async fn open(
    session: &Session,
    options: &Options,
    id: &str,
    name: &str,
) -> (Option<Account>, Option<Gap>) {
    let home = match session.account(id, options).await {
        Ok(home) => home,
        Err(error) => return (None, Some(closed(id, name, options, &error))),
    };
    let of = |home, regions| Account { home, name: name.to_owned(), regions };
    match regions(&home, session.near(), options).await {
        Ok(regions) => (Some(of(home, regions)), None),
        Err(error) => {
            let hides = "all regions that are not named with `--region`";
            let gap = gap(&format!("account {id}"), &error, hides);
            // The region that one works in is read in any case.
            let own = session.near().first().cloned();
            (own.map(|own| of(home, vec![own])), Some(gap))
        }
    }
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

/// Regions to read in an account: those that were named, else all that it has switched on, which any region knows.
async fn regions(
    home: &Seat,
    near: &[String],
    options: &Options,
) -> Result<Vec<String>, CallError> {
    if let Regions::Named(regions) = &options.regions {
        return Ok(regions.clone());
    }
    let mut outcome = Ok(Vec::new());
    for region in near {
        outcome = switched_on(&home.in_region(region)).await;
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

async fn switched_on(seat: &Seat) -> Result<Vec<String>, CallError> {
    let ec2 = seat.ec2();
    let said = seat.ask("ec2:DescribeRegions", || ec2.describe_regions().send()).await?;
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
