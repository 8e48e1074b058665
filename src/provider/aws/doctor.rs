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
    let estate = estate::survey(session, options).await;
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
    let observed = Box::pin(observe(seat, window, catalog)).await;
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
    checks.extend(telemetry(seat, observed, outlook));
    checks.extend(observed.gaps.iter().map(|gap| of_gap(gap, CheckState::Less)));
    // Machines without metrics have their own check.
    let rest = outlook.gaps.iter().filter(|gap| !gap.what.contains("without GPU metrics"));
    checks.extend(rest.map(|gap| of_gap(gap, CheckState::Less)));
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
fn telemetry(seat: &Seat, observed: &Observed, outlook: &Outlook) -> Option<Check> {
    let machines = observed.resources.iter().filter(|row| row.kind == "gpu_instance").count();
    let silent = outlook.unmeasured.len();
    if machines == 0 {
        return None;
    }
    let what = format!("accelerator metrics of {}", seat.name());
    let sending = machines.saturating_sub(silent);
    if silent == 0 {
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

/// What an audit would cost in requests.
fn price(estate: &Estate, looks: &[(Observed, Outlook)], options: &Options) -> Check {
    let sum = |of: fn(&Outlook) -> f64| looks.iter().map(|(_, outlook)| of(outlook)).sum::<f64>();
    let metric_count: u64 = looks.iter().map(|(_, outlook)| outlook.metric_count).sum();
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
