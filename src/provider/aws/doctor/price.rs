//! What an audit would cost, and what is not tried because it costs.

use std::collections::BTreeSet;

use super::{
    super::{
        cloudwatch::{Billed, Outlook},
        estate::Estate,
        money,
        observed::Observed,
        options::Options,
        permissions::PERMISSIONS,
    },
    good,
};
use crate::{
    frame::ResourceRow,
    provider::contract::{Check, CheckState},
    units::count,
};

/// Operations that are not tried, because nothing here may cost.
pub(super) fn untried() -> Check {
    let names: Vec<String> = PERMISSIONS
        .iter()
        .filter(|known| known.group == "ce" || known.resource == "GetMetricData")
        .map(|known| format!("`{}:{}`", known.group, known.resource))
        .collect();
    let found = format!(
        "not tried, because each answer costs: {}; an audit names those that are refused",
        names.join(", ")
    );
    good("permissions of what has a price".to_owned(), found)
}

/// What an audit would cost in requests.
pub(super) fn price(estate: &Estate, looks: &[(Observed, Outlook)], options: &Options) -> Check {
    let mut billed = Billed::default();
    for (_, outlook) in looks {
        billed.add(outlook.billed);
    }
    let request_count: u64 = looks.iter().map(|(_, outlook)| outlook.request_count as u64).sum();
    let bill = BillRequests::of(looks, options);
    let usd = billed.usd() + money::cost_explorer_usd(bill.least);
    let most_usd = billed.most_usd() + money::cost_explorer_usd(bill.most);
    let most = if most_usd > usd {
        format!(
            "; up to ${most_usd:.2} if AWS bills each of {}{}",
            count(billed.statistic_count, "statistic"),
            bill.apart()
        )
    } else {
        String::new()
    };
    let found = format!(
        "about ${usd:.2}: {} of CloudWatch in {}, {} to Cost Explorer; more metrics where they would change a verdict{most}",
        count(billed.metric_count, "metric"),
        count(request_count, "request"),
        count(bill.least, "request"),
    );
    let what = format!("price of an audit of {}", count(estate.accounts.len() as u64, "account"));
    // The limit holds whatever AWS bills.
    if most_usd <= options.max_api_cost_usd {
        return good(what, found);
    }
    Check {
        what,
        state: CheckState::Less,
        found,
        hides: "what may pass the limit is not asked for".to_owned(),
        remedy: format!(
            "raise `--max-api-cost` (now ${:.2}), or name fewer regions",
            options.max_api_cost_usd
        ),
    }
}

/// Requests to Cost Explorer, which one account answers for all that it pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct BillRequests {
    /// If the first account pays for all.
    least: u64,
    /// If each account with something to audit is asked by itself.
    most: u64,
}

impl BillRequests {
    fn of(looks: &[(Observed, Outlook)], options: &Options) -> Self {
        if !options.exports.is_empty() {
            return Self { least: 0, most: 0 };
        }
        let resources: Vec<ResourceRow> = super::resources(looks).cloned().collect();
        let accounts: BTreeSet<&str> =
            resources.iter().map(|row| row.account_id.as_str()).collect();
        let least = money::costs::request_count(&resources);
        Self { least, most: least * accounts.len().max(1) as u64 }
    }

    fn apart(self) -> String {
        if self.most == self.least {
            return String::new();
        }
        format!(" and {} tell the bill account by account", count(self.most, "request"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::aws::{options::Flags, scripted::ACCOUNT};

    /// Resources of accounts, and metrics with two statistics each.
    fn priced(accounts: &[&str]) -> [(Observed, Outlook); 1] {
        let row =
            |id: &&str| ResourceRow { account_id: (*id).to_owned(), ..ResourceRow::default() };
        let reads = Outlook {
            request_count: 3,
            billed: Billed { metric_count: 1_500, statistic_count: 3_000 },
            ..Outlook::default()
        };
        let resources = accounts.iter().map(row).collect();
        [(Observed { resources, ..Observed::default() }, reads)]
    }

    fn options() -> Options {
        let flags = Flags::default();
        Options::new(&flags, &crate::settings::Settings::default().aws).unwrap()
    }

    #[test]
    fn the_price_is_told_before_and_the_most_it_may_be_is_held_against_the_limit() {
        let (estate, looks) = (Estate::default(), priced(&[ACCOUNT]));
        let mut options = options();
        let check = price(&estate, &looks, &options);
        assert_eq!(check.state, CheckState::Good);
        assert_eq!(
            check.found,
            "about $0.04: 1,500 metrics of CloudWatch in 3 requests, 3 requests to Cost Explorer; more metrics where they \
             would change a verdict; up to $0.06 if AWS bills each of 3,000 statistics"
        );
        options.max_api_cost_usd = 0.05;
        let check = price(&estate, &looks, &options);
        assert_eq!(check.state, CheckState::Less, "$0.03 and $0.03 are more");
        assert!(check.remedy.starts_with("raise `--max-api-cost` (now $0.05)"), "{}", check.remedy);
    }

    #[test]
    fn accounts_that_may_have_to_be_asked_for_their_bill_one_by_one_are_in_the_price() {
        let looks = priced(&[ACCOUNT, "444455556666", ACCOUNT]);
        let check = price(&Estate::default(), &looks, &options());
        let ending = "up to $0.09 if AWS bills each of 3,000 statistics and 6 requests tell the bill account by account";
        assert!(check.found.ends_with(ending), "{}", check.found);
    }

    #[test]
    fn what_is_not_tried_is_named() {
        let found = untried().found;
        assert!(found.contains("`cloudwatch:GetMetricData`"), "{found}");
        assert!(found.contains("`ce:GetCostAndUsage`"), "{found}");
    }
}
