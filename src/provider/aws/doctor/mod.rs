//! What an audit of these accounts would see, what stays hidden, and what asking would cost. Nothing is written or changed, and
//! nothing is asked that has a price of its own.

mod price;

use futures_util::{StreamExt as _, stream};

use super::{
    Ground,
    cloudwatch::{ApiCost, Outlook, named},
    collect::{SEATS_AT_ONCE, observe, scope, unit_counts},
    estate::{self, Estate},
    money,
    observed::Observed,
    options::Options,
    seat::Seat,
    session::Session,
};
use crate::{
    catalog::Catalog,
    frame::{ResourceRow, native_id},
    provider::{
        contract::{Check, CheckState},
        progress::{Progress, Task},
    },
    snapshot::Gap,
    units::{count, thousands},
    window::Window,
};

/// What the `CloudWatch` agent needs to send the metrics of GPUs, under the id of their machine.
pub(super) const AGENT_CONFIGURATION: &str = r#"{
  "metrics": {
    "append_dimensions": { "InstanceId": "${aws:InstanceId}" },
    "metrics_collected": {
      "nvidia_gpu": {
        "measurement": ["utilization_gpu", "memory_used", "memory_total", "power_draw"],
        "metrics_collection_interval": 60
      }
    }
  }
}"#;

/// Looks at all accounts and regions.
pub(super) async fn examine(
    session: &Session,
    options: &Options,
    ground: &Ground,
    window: Window,
    progress: &Progress,
) -> Vec<Check> {
    let mut checks = vec![good("credentials".to_owned(), session.arn.clone())];
    let estate = estate::survey(session, options, progress).await;
    let seats = estate.seats();
    let cost = ApiCost::new(Some(0.0));
    let task = progress.task("accounts and regions", seats.len() as u64);
    let looks: Vec<_> = seats
        .iter()
        .map(|seat| look(seat, options, &ground.catalog, window, &cost, &task))
        .collect();
    let looks: Vec<(Observed, Outlook)> =
        stream::iter(looks).buffered(SEATS_AT_ONCE).collect().await;
    let places: Vec<(&Seat, &Observed)> =
        seats.iter().zip(looks.iter().map(|(observed, _)| observed)).collect();
    checks.extend(estate.accounts.iter().map(|one| account(one, &places)));
    checks.extend(estate.gaps.iter().map(|gap| of_gap(gap, CheckState::Missing)));
    let mut is_configuration_shown = false;
    for (seat, (observed, outlook)) in seats.iter().zip(&looks) {
        checks.extend(region(seat, observed, outlook, &mut is_configuration_shown));
    }
    let gaps = money(&estate, &looks, ground, window, progress).await;
    checks.extend(gaps.iter().map(|gap| of_gap(gap, CheckState::Less)));
    checks.push(price::untried());
    checks.push(price::price(&estate, &looks, options));
    checks
}

/// What stays hidden of prices and commitments, as far as asking costs nothing.
async fn money(
    estate: &Estate,
    looks: &[(Observed, Outlook)],
    ground: &Ground,
    window: Window,
    progress: &Progress,
) -> Vec<Gap> {
    let homes: Vec<&Seat> = estate.accounts.iter().map(|account| &account.home).collect();
    let Some(home) = homes.first() else { return Vec::new() };
    let task = progress.task("prices and commitments", 2);
    let resources: Vec<ResourceRow> = resources(looks).cloned().collect();
    let prices = money::prices::observe(money::prices::Asked {
        home,
        resources: &resources,
        catalog: &ground.catalog,
        today: money::last_day(window),
        max_age_days: ground.settings.policy.price_age_warning_days,
    });
    let mut gaps = Box::pin(prices).await.gaps;
    task.advance();
    gaps.extend(money::commitments::plans_only(&homes, window).await.gaps);
    gaps
}

fn resources(looks: &[(Observed, Outlook)]) -> impl Iterator<Item = &ResourceRow> {
    looks.iter().flat_map(|(observed, _)| &observed.resources)
}

async fn look(
    seat: &Seat,
    options: &Options,
    catalog: &Catalog,
    window: Window,
    cost: &ApiCost,
    task: &Task,
) -> (Observed, Outlook) {
    let observed = Box::pin(observe(seat, window, catalog, options.now)).await;
    let outlook = scope(seat, window, options, cost)
        .outlook(&observed.metered, &unit_counts(&observed), options.is_full)
        .await;
    task.advance();
    (observed, outlook)
}

/// An account with the regions that answer, and those that have something to audit.
fn account(account: &estate::Account, places: &[(&Seat, &Observed)]) -> Check {
    let id = &account.home.account_id;
    let name = if account.name.is_empty() { String::new() } else { format!(" ({})", account.name) };
    let own = places.iter().filter(|(seat, _)| seat.account_id == *id);
    let answering = own.clone().filter(|(_, observed)| !observed.is_silent).count();
    let used: Vec<&str> = own
        .filter(|(_, observed)| !observed.resources.is_empty())
        .map(|(seat, _)| seat.region.as_str())
        .collect();
    let there = if used.is_empty() {
        "no AI resources in them".to_owned()
    } else {
        format!("AI resources in {}", used.join(", "))
    };
    let regions = count(account.regions.len() as u64, "region");
    let answer = if account.regions.len() == 1 { "answers" } else { "answer" };
    good(format!("account {id}{name}"), format!("open; {answering} of {regions} {answer}; {there}"))
}

/// What one account has in one region. Where it has nothing and hides nothing, there is nothing to say.
fn region(
    seat: &Seat,
    observed: &Observed,
    outlook: &Outlook,
    is_configuration_shown: &mut bool,
) -> Vec<Check> {
    let mut checks = Vec::new();
    if !observed.resources.is_empty() {
        checks.push(good(seat.name(), inventory(observed)));
    }
    checks.extend(telemetry(seat, outlook, is_configuration_shown));
    checks.extend(observed.gaps.iter().map(|gap| of_gap(gap, CheckState::Less)));
    checks.extend(outlook.gaps.iter().map(|gap| of_gap(gap, CheckState::Less)));
    checks
}

/// `12 GPU machines, 3 endpoints, 40 jobs`
fn inventory(observed: &Observed) -> String {
    let words = [
        ("gpu_instance", "machine with accelerators", "machines with accelerators"),
        ("endpoint", "endpoint", "endpoints"),
        ("job", "job", "jobs"),
        ("notebook", "notebook", "notebooks"),
        ("volume", "volume of a stopped machine", "volumes of stopped machines"),
        ("provisioned_throughput", "provisioned throughput", "provisioned throughputs"),
    ];
    let of = |(kind, one, many): (&str, &str, &str)| {
        let number = observed.resources.iter().filter(|row| row.kind == kind).count();
        let word = if number == 1 { one } else { many };
        (number > 0).then(|| format!("{} {word}", thousands(number as u64)))
    };
    words.into_iter().filter_map(of).collect::<Vec<_>>().join(", ")
}

/// Which machines send metrics of their accelerators. The agent's configuration is printed once.
fn telemetry(seat: &Seat, outlook: &Outlook, is_configuration_shown: &mut bool) -> Option<Check> {
    let machines = count(outlook.machine_count as u64, "machine");
    let sending = outlook.measured_count;
    if outlook.machine_count == 0 {
        return None;
    }
    let what = format!("accelerator metrics of {}", seat.name());
    let send = format!("{} of {machines} send them", thousands(sending as u64));
    if outlook.unmeasured.is_empty() {
        // Where that is fewer than all, a gap says why.
        return Some(good(what, send));
    }
    let named = named(outlook.unmeasured.iter().map(|id| native_id(id)));
    let install = "install the CloudWatch agent on them";
    let remedy = if std::mem::replace(is_configuration_shown, true) {
        format!("{install} with the configuration above (`nvidia_gpu`)")
    } else {
        format!(
            "{install} with this configuration, which takes 15 minutes to show:\n{AGENT_CONFIGURATION}"
        )
    };
    Some(Check {
        what,
        state: if sending == 0 { CheckState::Missing } else { CheckState::Less },
        found: format!("{send}; not {named}"),
        hides: "whether these machines work: they are not judged, and never called idle".to_owned(),
        remedy,
    })
}

fn good(what: String, found: String) -> Check {
    Check { what, state: CheckState::Good, found, hides: String::new(), remedy: String::new() }
}

fn of_gap(gap: &Gap, state: CheckState) -> Check {
    let Gap { what, because, hides, remedy } = gap.clone();
    Check { what, state, found: because, hides, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::aws::scripted::{ACCOUNT, seat_at};

    fn seat() -> Seat {
        seat_at("http://127.0.0.1:1")
    }

    fn outlook(machine_count: usize, measured_count: usize, unmeasured: &[&str]) -> Outlook {
        let unmeasured = unmeasured.iter().map(|id| format!("aws:{ACCOUNT}:us-east-1:{id}"));
        Outlook {
            machine_count,
            measured_count,
            unmeasured: unmeasured.collect(),
            ..Outlook::default()
        }
    }

    /// State and words of the check on metrics.
    fn seen(outlook: &Outlook) -> Option<(CheckState, String)> {
        telemetry(&seat(), outlook, &mut false).map(|check| (check.state, check.found))
    }

    #[test]
    fn machines_without_metrics_are_named_with_the_configuration_of_the_agent() {
        let mut is_shown = false;
        let check = telemetry(&seat(), &outlook(3, 1, &["i-a", "i-b"]), &mut is_shown).unwrap();
        assert_eq!(check.what, "accelerator metrics of account 111122223333 in us-east-1");
        assert_eq!(check.state, CheckState::Less);
        assert_eq!(check.found, "1 of 3 machines send them; not i-a, i-b");
        assert!(check.remedy.ends_with(AGENT_CONFIGURATION));
        let next = telemetry(&seat(), &outlook(3, 1, &["i-a"]), &mut is_shown).unwrap();
        assert_eq!(
            next.remedy,
            "install the CloudWatch agent on them with the configuration above (`nvidia_gpu`)"
        );
    }

    #[test]
    fn an_audit_is_blind_where_no_machine_is_measured() {
        let names = ["i-1", "i-2", "i-3", "i-4", "i-5", "i-6"];
        let found = "0 of 6 machines send them; not i-1, i-2, i-3, i-4, i-5 and 1 more";
        assert_eq!(seen(&outlook(6, 0, &names)), Some((CheckState::Missing, found.to_owned())));
    }

    #[test]
    fn a_machine_of_which_nobody_can_tell_is_neither_measured_nor_accused() {
        let found = "1 of 2 machines send them".to_owned();
        assert_eq!(seen(&outlook(2, 1, &[])), Some((CheckState::Good, found)));
        assert_eq!(seen(&outlook(0, 0, &[])), None);
    }

    #[test]
    fn what_is_there_is_counted_by_kind() {
        let row = |kind: &str| ResourceRow { kind: kind.to_owned(), ..ResourceRow::default() };
        let kinds = ["gpu_instance", "endpoint", "endpoint", "job", "volume"];
        let observed = Observed { resources: kinds.map(row).into(), ..Observed::default() };
        assert_eq!(
            inventory(&observed),
            "1 machine with accelerators, 2 endpoints, 1 job, 1 volume of a stopped machine"
        );
    }

    #[test]
    fn a_region_that_does_not_answer_is_told_from_one_that_has_nothing() {
        let home = seat();
        let seats = ["eu-west-1", "eu-west-2", "us-east-1"].map(|region| home.in_region(region));
        let silent = Observed { is_silent: true, ..Observed::default() };
        let used = Observed { resources: vec![ResourceRow::default()], ..Observed::default() };
        let observed = [silent, Observed::default(), used];
        let places: Vec<(&Seat, &Observed)> = seats.iter().zip(&observed).collect();
        let regions = seats.iter().map(|seat| seat.region.clone()).collect();
        let own = estate::Account { home, name: "research".to_owned(), regions };
        let check = account(&own, &places);
        assert_eq!(check.what, "account 111122223333 (research)");
        assert_eq!(check.found, "open; 2 of 3 regions answer; AI resources in us-east-1");
        assert!(account(&own, &places[..2]).found.ends_with("no AI resources in them"));
    }

    #[test]
    fn the_configuration_in_the_documentation_is_this_one() {
        let documented = include_str!("../../../../docs/aws.md");
        assert!(documented.contains(&format!("```json\n{AGENT_CONFIGURATION}\n```")));
    }
}
