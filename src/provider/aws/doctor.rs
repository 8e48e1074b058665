//! What an audit of these accounts would see, what stays hidden, and what asking would cost. Nothing is written or changed, and
//! nothing is asked that has a price of its own.

use futures_util::{StreamExt as _, stream};

use super::{
    cloudwatch::{ApiCost, Outlook},
    collect::{observe, scope, unit_counts},
    estate::{self, Estate},
    money,
    observed::Observed,
    options::Options,
    seat::Seat,
    session::Session,
};
use crate::{
    catalog::Catalog,
    frame::native_id,
    provider::{
        contract::{Check, CheckState},
        progress::{Progress, Task},
    },
    snapshot::Gap,
    units::count,
    window::Window,
};

/// Accounts and regions that are looked at at once.
const SEATS_AT_ONCE: usize = 6;

/// Names of machines that one check lists.
const NAMES: usize = 5;

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
    catalog: &Catalog,
    window: Window,
    progress: &Progress,
) -> Vec<Check> {
    let mut checks = vec![good("credentials".to_owned(), session.arn.clone())];
    let estate = estate::survey(session, options, progress).await;
    checks.extend(estate.accounts.iter().map(account));
    checks.extend(estate.gaps.iter().map(|gap| of_gap(gap, CheckState::Missing)));
    let seats = estate.seats();
    let cost = ApiCost::new(Some(0.0));
    let task = progress.task("accounts and regions", seats.len() as u64);
    let looks: Vec<_> =
        seats.iter().map(|seat| look(seat, options, catalog, window, &cost, &task)).collect();
    let looks: Vec<(Observed, Outlook)> =
        stream::iter(looks).buffered(SEATS_AT_ONCE).collect().await;
    for (seat, (observed, outlook)) in seats.iter().zip(&looks) {
        checks.extend(region(seat, observed, outlook));
    }
    checks.push(price(&estate, &looks, options));
    checks
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

fn account(account: &estate::Account) -> Check {
    let name = if account.name.is_empty() { String::new() } else { format!(" ({})", account.name) };
    good(
        format!("account {}{name}", account.home.account_id),
        format!("open, {} to read", count(account.regions.len() as u64, "region")),
    )
}

/// What one account has in one region. Where it has nothing and hides nothing, there is nothing to say.
fn region(seat: &Seat, observed: &Observed, outlook: &Outlook) -> Vec<Check> {
    let mut checks = Vec::new();
    if !observed.resources.is_empty() {
        checks.push(good(seat.name(), inventory(observed)));
    }
    checks.extend(telemetry(seat, outlook));
    checks.extend(notebooks(seat, observed));
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
        (number > 0).then(|| format!("{number} {word}"))
    };
    words.into_iter().filter_map(of).collect::<Vec<_>>().join(", ")
}

/// Which machines send metrics of their accelerators.
fn telemetry(seat: &Seat, outlook: &Outlook) -> Option<Check> {
    let (machines, sending) = (outlook.machine_count, outlook.measured_count);
    let silent = outlook.unmeasured.len();
    if machines == 0 {
        return None;
    }
    let what = format!("accelerator metrics of {}", seat.name());
    if silent == 0 {
        // Where that is fewer than all, a gap says why.
        return Some(good(what, format!("{sending} of {machines} machines send them")));
    }
    let named: Vec<&str> = outlook.unmeasured.iter().take(NAMES).map(|id| native_id(id)).collect();
    let more = if silent > NAMES { " and others" } else { "" };
    Some(Check {
        what,
        state: if sending == 0 { CheckState::Missing } else { CheckState::Less },
        found: format!(
            "{sending} of {machines} machines send them; not {}{more}",
            named.join(", ")
        ),
        hides: "whether these machines work: they are not judged, and never called idle".to_owned(),
        remedy: format!(
            "install the CloudWatch agent on them with this configuration, which takes 15 minutes to show:\n\
             {AGENT_CONFIGURATION}"
        ),
    })
}

/// Notebooks send no metric of their accelerators: nobody has to be told to switch one on.
fn notebooks(seat: &Seat, observed: &Observed) -> Option<Check> {
    let notebooks = observed.resources.iter().filter(|row| row.kind == "notebook").count();
    (notebooks > 0).then(|| Check {
        what: format!("use of {} of {}", count(notebooks as u64, "notebook"), seat.name()),
        state: CheckState::Less,
        found: "SageMaker sends no metric of their accelerators".to_owned(),
        hides: "whether somebody works in them: they are not judged by their use, and never called idle".to_owned(),
        remedy: "look at their shutdown settings, which are read, or bring telemetry with `--metrics`".to_owned(),
    })
}

/// What an audit would cost in requests.
fn price(estate: &Estate, looks: &[(Observed, Outlook)], options: &Options) -> Check {
    let sum = |of: fn(&Outlook) -> f64| looks.iter().map(|(_, outlook)| of(outlook)).sum::<f64>();
    let metric_count: u64 = looks.iter().map(|(_, outlook)| outlook.billed.metric_count).sum();
    let request_count: u64 = looks.iter().map(|(_, outlook)| outlook.request_count as u64).sum();
    let metrics_usd = sum(Outlook::usd);
    let resources: Vec<_> =
        looks.iter().flat_map(|(observed, _)| observed.resources.iter().cloned()).collect();
    let bill_count =
        if options.exports.is_empty() { money::costs::request_count(&resources) } else { 0 };
    let bill_usd = money::cost_explorer_usd(bill_count);
    let usd = metrics_usd + bill_usd;
    let found = format!(
        "about ${usd:.2}: {metric_count} metrics of CloudWatch in {request_count} requests, {bill_count} requests to Cost \
         Explorer; more metrics where they would change a verdict"
    );
    let what = format!("price of an audit of {}", count(estate.accounts.len() as u64, "account"));
    if usd <= options.max_api_cost_usd {
        return good(what, found);
    }
    Check {
        what,
        state: CheckState::Less,
        found,
        hides: "what would pass the limit is not asked for".to_owned(),
        remedy: format!(
            "raise `--max-api-cost` (now ${:.2}), or name fewer regions",
            options.max_api_cost_usd
        ),
    }
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
    use crate::provider::aws::cloudwatch::Billed;
    use crate::{
        frame::ResourceRow,
        provider::aws::scripted::{ACCOUNT, seat_at},
    };

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
        telemetry(&seat(), outlook).map(|check| (check.state, check.found))
    }

    #[test]
    fn machines_without_metrics_are_named_with_the_configuration_of_the_agent() {
        let check = telemetry(&seat(), &outlook(3, 1, &["i-a", "i-b"])).unwrap();
        assert_eq!(check.what, "accelerator metrics of account 111122223333 in us-east-1");
        assert_eq!(check.state, CheckState::Less);
        assert_eq!(check.found, "1 of 3 machines send them; not i-a, i-b");
        assert!(check.remedy.ends_with(AGENT_CONFIGURATION));
    }

    #[test]
    fn an_audit_is_blind_where_no_machine_is_measured() {
        let names = ["i-1", "i-2", "i-3", "i-4", "i-5", "i-6"];
        let found = "0 of 6 machines send them; not i-1, i-2, i-3, i-4, i-5 and others";
        assert_eq!(seen(&outlook(6, 0, &names)), Some((CheckState::Missing, found.to_owned())));
    }

    #[test]
    fn a_machine_of_which_nobody_can_tell_is_neither_measured_nor_accused() {
        let found = "1 of 2 machines send them".to_owned();
        assert_eq!(seen(&outlook(2, 1, &[])), Some((CheckState::Good, found)));
        assert_eq!(seen(&outlook(0, 0, &[])), None);
    }

    #[test]
    fn notebooks_are_never_told_to_switch_a_metric_on() {
        let row = |kind: &str| ResourceRow { kind: kind.to_owned(), ..ResourceRow::default() };
        let seen = |kinds: &[&str]| {
            let resources = kinds.iter().copied().map(row).collect();
            notebooks(&seat(), &Observed { resources, ..Observed::default() })
        };
        assert_eq!(seen(&["endpoint"]), None);
        let check = seen(&["notebook", "notebook"]).unwrap();
        assert_eq!(check.what, "use of 2 notebooks of account 111122223333 in us-east-1");
        assert!(!check.remedy.contains("agent"), "{}", check.remedy);
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
    fn the_price_is_told_before_and_held_against_the_limit() {
        let estate = Estate::default();
        let reads = Outlook {
            request_count: 3,
            billed: Billed { metric_count: 1_500, statistic_count: 3_000 },
            ..Outlook::default()
        };
        let looks = [(Observed::default(), reads)];
        let flags = crate::provider::aws::options::Flags::default();
        let mut options = Options::new(&flags, &crate::settings::Settings::default().aws).unwrap();
        let check = price(&estate, &looks, &options);
        assert_eq!(check.state, CheckState::Good);
        assert_eq!(
            check.found,
            "about $0.04: 1500 metrics of CloudWatch in 3 requests, 3 requests to Cost Explorer; more metrics where they \
             would change a verdict"
        );
        options.max_api_cost_usd = 0.04;
        let check = price(&estate, &looks, &options);
        assert_eq!(check.state, CheckState::Less, "$0.015 and $0.03 are more");
        assert!(check.remedy.starts_with("raise `--max-api-cost` (now $0.04)"), "{}", check.remedy);
    }

    #[test]
    fn the_configuration_in_the_documentation_is_this_one() {
        let documented = include_str!("../../../docs/aws.md");
        assert!(documented.contains(&format!("```json\n{AGENT_CONFIGURATION}\n```")));
    }
}
