//! Cost Explorer on commitments: how much of them is used, and how much of what is used they cover.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    answer::{Answer, Refusal},
    call::Call,
    cost::{self, CostLine},
    cost_filter,
    estate::Estate,
    page::{self, Page},
};

/// What is used of a Savings Plan or of reserved instances, the same in every hour of its time.
#[derive(Debug, Clone)]
pub(crate) struct PlanUse {
    pub(crate) account: String,
    /// The plan's ARN, or the id of the reservation.
    pub(crate) id: String,
    pub(crate) is_savings_plan: bool,
    /// First second, and first second after.
    pub(crate) time: (i64, i64),
    /// What was committed to, or is paid for the reservation.
    pub(crate) usd_per_hour: f64,
    /// Reserved instances; 1 for a plan.
    pub(crate) count: f64,
    pub(crate) used_ratio: f64,
    /// What the used part would have cost on demand.
    pub(crate) on_demand_usd_per_hour: f64,
    pub(crate) attributes: Vec<(String, String)>,
}

impl PlanUse {
    /// Hours of a period in which it is in force.
    fn hours(&self, (start, end): (i64, i64)) -> f64 {
        (self.time.1.min(end) - self.time.0.max(start)).max(0) as f64 / 3600.0
    }
}

/// Attributes of a group, with their values.
type Keys = Vec<(String, String)>;

/// A line, and how much of it lies in a period.
type Share<'a> = (&'a CostLine, f64);

pub(super) fn answer(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    match call.operation.as_str() {
        "GetSavingsPlansUtilization" => utilization(estate, call),
        "GetSavingsPlansUtilizationDetails" => details(estate, call),
        "GetSavingsPlansCoverage" => coverage(estate, call),
        "GetReservationUtilization" => reservations(estate, call),
        "GetReservationCoverage" => reserved_hours(estate, call),
        _ => Err(Refusal::unknown_operation(call)),
    }
}

/// What an account may see of its kind.
fn plans<'a>(estate: &'a Estate, call: &Call, is_savings_plan: bool) -> Vec<&'a PlanUse> {
    let sees_all = estate.accounts.iter().any(|known| known.id == call.account && known.is_payer);
    let of_it = estate.plans.iter().filter(|plan| plan.is_savings_plan == is_savings_plan);
    of_it.filter(|plan| sees_all || plan.account == call.account).collect()
}

fn amount(value: f64) -> String {
    format!("{value:.6}")
}

fn percentage(part: f64, whole: f64) -> String {
    amount(if whole > 0.0 { part / whole * 100.0 } else { 0.0 })
}

/// The figures of some plans over a period.
fn figures(plans: &[&PlanUse], period: (i64, i64)) -> Value {
    let sum = |of: fn(&PlanUse) -> f64| {
        plans.iter().map(|plan| of(plan) * plan.hours(period)).sum::<f64>()
    };
    let total = sum(|plan| plan.usd_per_hour);
    let used = sum(|plan| plan.usd_per_hour * plan.used_ratio);
    let on_demand = sum(|plan| plan.on_demand_usd_per_hour);
    json!({
        "Utilization": {
            "TotalCommitment": amount(total),
            "UsedCommitment": amount(used),
            "UnusedCommitment": amount(total - used),
            "UtilizationPercentage": percentage(used, total),
        },
        "Savings": { "NetSavings": amount(on_demand - total), "OnDemandCostEquivalent": amount(on_demand) },
        "AmortizedCommitment": {
            "AmortizedRecurringCommitment": amount(total),
            "AmortizedUpfrontCommitment": amount(0.0),
            "TotalAmortizedCommitment": amount(total),
        },
    })
}

/// Without a plan there is nothing to tell.
fn unavailable(what: &str) -> Refusal {
    Refusal::new(
        400,
        "DataUnavailableException",
        &format!("{what} data is unavailable for the period."),
    )
}

fn utilization(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let plans = plans(estate, call, true);
    if plans.is_empty() {
        return Err(unavailable("Savings Plans utilization"));
    }
    let periods = periods(call)?;
    let by_time: Vec<Value> = periods
        .iter()
        .map(|period| {
            let mut row = figures(&plans, *period);
            row["TimePeriod"] = cost::told(*period, false);
            row
        })
        .collect();
    let total = figures(&plans, cost::window(call)?);
    Ok(Answer::Json(json!({ "SavingsPlansUtilizationsByTime": by_time, "Total": total })))
}

fn details(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let plans = plans(estate, call, true);
    if plans.is_empty() {
        return Err(unavailable("Savings Plans utilization"));
    }
    let window = cost::window(call)?;
    let page =
        Page::of(call, plans.len(), "NextToken", page::size(call, "MaxResults", 100, 1_000)?)?;
    let rows: Vec<Value> = page
        .take(&plans)
        .iter()
        .map(|plan| {
            let mut row = figures(&[plan], window);
            row["SavingsPlanArn"] = plan.id.clone().into();
            row["Attributes"] = attributes(plan);
            row
        })
        .collect();
    let mut answer = json!({
        "SavingsPlansUtilizationDetails": rows,
        "Total": figures(&plans, window),
        "TimePeriod": cost::told(window, false),
    });
    if let Some(next) = page.next {
        answer["NextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

fn attributes(plan: &PlanUse) -> Value {
    let pairs = plan.attributes.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    Value::Object(pairs.collect())
}

/// Periods of the granularity; one over all without.
fn periods(call: &Call) -> Result<Vec<(i64, i64)>, Refusal> {
    match call.text("Granularity") {
        None => Ok(vec![cost::window(call)?]),
        Some(_) => cost::periods(call),
    }
}

/// Lines that a commitment could cover, by the keys of their groups.
fn grouped<'a>(
    estate: &'a Estate,
    call: &Call,
    period: (i64, i64),
) -> Result<BTreeMap<Keys, Vec<Share<'a>>>, Refusal> {
    let groups = cost::groups(call)?;
    let filter = call.input.get("Filter").unwrap_or(&Value::Null);
    cost_filter::check(filter)?;
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in cost::lines(estate, call).filter(|line| cost_filter::holds(filter, line)) {
        let share = line.share(period);
        if share > 0.0 && line.purchase_type != "Spot Instances" && line.on_demand_usd > 0.0 {
            let pair = |group: &(&str, &str)| (attribute(group.1), cost::key(line, group));
            found.entry(groups.iter().map(pair).collect()).or_default().push((line, share));
        }
    }
    Ok(found)
}

/// `INSTANCE_TYPE` as it is called among attributes: `instanceType`.
fn attribute(key: &str) -> String {
    let mut name = String::new();
    for (index, word) in key.split('_').enumerate() {
        let lower = word.to_lowercase();
        match lower.chars().next().filter(|_| index > 0) {
            Some(first) => name.extend(first.to_uppercase().chain(lower.chars().skip(1))),
            None => name.push_str(&lower),
        }
    }
    name
}

fn coverage(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let mut rows: Vec<Value> = Vec::new();
    for period in periods(call)? {
        for (keys, lines) in grouped(estate, call, period)? {
            let sum = |is_covered: bool| -> f64 {
                let of_it = lines
                    .iter()
                    .filter(|(line, _)| (line.purchase_type == "Savings Plans") == is_covered);
                of_it.map(|(line, share)| line.on_demand_usd * share).sum()
            };
            let (covered, on_demand) = (sum(true), sum(false));
            rows.push(json!({
                "Attributes": keys.into_iter().collect::<BTreeMap<_, _>>(),
                "Coverage": {
                    "SpendCoveredBySavingsPlans": amount(covered),
                    "OnDemandCost": amount(on_demand),
                    "TotalCost": amount(covered + on_demand),
                    "CoveragePercentage": percentage(covered, covered + on_demand),
                },
                "TimePeriod": cost::told(period, false),
            }));
        }
    }
    let page = Page::of(call, rows.len(), "NextToken", page::size(call, "MaxResults", 20, 1_000)?)?;
    let mut answer = json!({ "SavingsPlansCoverages": page.take(&rows) });
    if let Some(next) = page.next {
        answer["NextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

/// The figures of some reservations over a period.
fn reservation_figures(plans: &[&PlanUse], period: (i64, i64)) -> Value {
    let sum = |of: fn(&PlanUse) -> f64| {
        plans.iter().map(|plan| of(plan) * plan.hours(period)).sum::<f64>()
    };
    let purchased = sum(|plan| plan.count);
    let used = sum(|plan| plan.count * plan.used_ratio);
    let fee = sum(|plan| plan.usd_per_hour);
    let on_demand = sum(|plan| plan.on_demand_usd_per_hour);
    let unused = sum(|plan| plan.usd_per_hour * (1.0 - plan.used_ratio));
    json!({
        "UtilizationPercentage": percentage(used, purchased),
        "PurchasedHours": amount(purchased),
        "TotalActualHours": amount(used),
        "UnusedHours": amount(purchased - used),
        "OnDemandCostOfRIHoursUsed": amount(on_demand),
        "NetRISavings": amount(on_demand - fee),
        "AmortizedUpfrontFee": amount(0.0),
        "AmortizedRecurringFee": amount(fee),
        "TotalAmortizedFee": amount(fee),
        "RICostForUnusedHours": amount(unused),
        "RealizedSavings": amount(on_demand - (fee - unused)),
    })
}

fn reservations(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let plans = plans(estate, call, false);
    let is_grouped = match call.input.get("GroupBy").and_then(Value::as_array).map(Vec::as_slice) {
        None | Some([]) => false,
        Some([group]) if group["Key"] == "SUBSCRIPTION_ID" => true,
        _ => return Err(Refusal::invalid("GroupBy must be SUBSCRIPTION_ID.")),
    };
    let by_time: Vec<Value> = periods(call)?
        .into_iter()
        .map(|period| {
            let group = |plan: &&PlanUse| {
                json!({
                    "Key": "SUBSCRIPTION_ID",
                    "Value": plan.id,
                    "Attributes": attributes(plan),
                    "Utilization": reservation_figures(&[plan], period),
                })
            };
            let in_force = plans.iter().filter(|plan| is_grouped && plan.hours(period) > 0.0);
            json!({
                "TimePeriod": cost::told(period, false),
                "Groups": in_force.map(group).collect::<Vec<_>>(),
                "Total": reservation_figures(&plans, period),
            })
        })
        .collect();
    let total = reservation_figures(&plans, cost::window(call)?);
    Ok(Answer::Json(json!({ "UtilizationsByTime": by_time, "Total": total })))
}

fn hours_figures(lines: &[Share<'_>]) -> Value {
    let sum = |is_reserved: bool| -> f64 {
        let is = |line: &CostLine| line.purchase_type == "Standard Reserved Instances";
        let of_it = lines.iter().filter(|(line, _)| is(line) == is_reserved);
        of_it.map(|(line, share)| line.usage_quantity * share).sum()
    };
    let (reserved, other) = (sum(true), sum(false));
    json!({
        "CoverageHours": {
            "OnDemandHours": amount(other),
            "ReservedHours": amount(reserved),
            "TotalRunningHours": amount(reserved + other),
            "CoverageHoursPercentage": percentage(reserved, reserved + other),
        },
    })
}

fn reserved_hours(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let mut by_time = Vec::new();
    let mut everything = Vec::new();
    for period in periods(call)? {
        let grouped = grouped(estate, call, period)?;
        let all: Vec<_> = grouped.values().flatten().copied().collect();
        let group = |(keys, lines): (&Keys, &Vec<Share<'_>>)| {
            let keys: BTreeMap<_, _> = keys.iter().cloned().collect();
            json!({ "Attributes": keys, "Coverage": hours_figures(lines) })
        };
        let is_grouped = call.input.get("GroupBy").is_some();
        by_time.push(json!({
            "TimePeriod": cost::told(period, false),
            "Groups": grouped.iter().filter(|_| is_grouped).map(group).collect::<Vec<_>>(),
            "Total": hours_figures(&all),
        }));
        everything.extend(all);
    }
    Ok(Answer::Json(json!({ "CoveragesByTime": by_time, "Total": hours_figures(&everything) })))
}
