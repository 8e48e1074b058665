//! Cost Explorer: what was spent, added up by period and group.

use std::collections::BTreeMap;

use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, Refusal},
    call::Call,
    commitments, cost_filter,
    estate::Estate,
    page::Page,
};

/// Groups on a page.
const GROUPS_A_PAGE: usize = 2_000;
/// Seconds.
const DAY: i64 = 86_400;

/// What one thing cost over some hours of one day.
#[derive(Debug, Clone, Default)]
pub(crate) struct CostLine {
    pub(crate) account: String,
    /// First second, on an hour.
    pub(crate) start: i64,
    /// Hours of the same day, from there on.
    pub(crate) hours: i64,
    /// As it is billed: `Amazon Elastic Compute Cloud - Compute`.
    pub(crate) service: String,
    pub(crate) region: String,
    pub(crate) zone: String,
    /// Empty where there is none.
    pub(crate) instance_type: String,
    pub(crate) usage_type: String,
    pub(crate) operation: String,
    /// `On Demand Instances`, `Spot Instances`, `Savings Plans`, `Standard Reserved Instances`.
    pub(crate) purchase_type: String,
    /// `Usage`, `SavingsPlanCoveredUsage`, `DiscountedUsage`, `Tax`, `Credit` …
    pub(crate) record_type: String,
    /// Empty where there is none.
    pub(crate) resource_id: String,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) usage_quantity: f64,
    pub(crate) unblended_usd: f64,
    pub(crate) amortized_usd: f64,
    /// What it would have cost without commitments.
    pub(crate) on_demand_usd: f64,
}

impl CostLine {
    /// Usage at the price on demand.
    pub(crate) fn usage(quantity: f64, usd: f64) -> Self {
        Self {
            record_type: "Usage".to_owned(),
            usage_quantity: quantity,
            unblended_usd: usd,
            amortized_usd: usd,
            on_demand_usd: usd,
            ..Self::default()
        }
    }
}

impl CostLine {
    fn metric(&self, name: &str) -> Option<(f64, &'static str)> {
        Some(match name {
            "UnblendedCost" | "NetUnblendedCost" | "BlendedCost" => (self.unblended_usd, "USD"),
            "AmortizedCost" | "NetAmortizedCost" => (self.amortized_usd, "USD"),
            "UsageQuantity" => (self.usage_quantity, "N/A"),
            "NormalizedUsageAmount" => (0.0, "N/A"),
            _ => return None,
        })
    }

    /// What it is under a dimension.
    pub(crate) fn dimension(&self, key: &str) -> Option<&str> {
        Some(match key {
            "AZ" => &self.zone,
            "INSTANCE_TYPE" => &self.instance_type,
            "LINKED_ACCOUNT" => &self.account,
            "OPERATION" => &self.operation,
            "PURCHASE_TYPE" => &self.purchase_type,
            "RECORD_TYPE" => &self.record_type,
            "REGION" => &self.region,
            "RESOURCE_ID" => &self.resource_id,
            "SERVICE" => &self.service,
            "USAGE_TYPE" => &self.usage_type,
            _ => return None,
        })
    }

    /// Its share of the seconds of a period.
    pub(crate) fn share(&self, (start, end): (i64, i64)) -> f64 {
        let (from, to) = (self.start.max(start), (self.start + self.hours * 3600).min(end));
        (to - from).max(0) as f64 / (self.hours * 3600) as f64
    }
}

pub(super) fn answer(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    match call.operation.as_str() {
        "GetCostAndUsage" => usage(estate, call),
        "GetCostAndUsageWithResources" => {
            check_resources(estate, call)?;
            usage(estate, call)
        }
        _ => commitments::answer(estate, call),
    }
}

/// What an account may see: its own lines, or all.
pub(super) fn lines<'a>(estate: &'a Estate, call: &Call) -> impl Iterator<Item = &'a CostLine> {
    let sees_all = estate.accounts.iter().any(|known| known.id == call.account && known.is_payer);
    let own = call.account.clone();
    estate.costs.iter().filter(move |line| sees_all || line.account == own)
}

/// Refuses what the operation for single resources does not take.
fn check_resources(estate: &Estate, call: &Call) -> Result<(), Refusal> {
    let filter = call.input.get("Filter").unwrap_or(&Value::Null);
    if !cost_filter::names(filter, "SERVICE") {
        return Err(Refusal::invalid("Filter must contain the dimension SERVICE."));
    }
    let groups = groups(call)?;
    if !groups.contains(&("DIMENSION", "RESOURCE_ID")) && !cost_filter::names(filter, "RESOURCE_ID")
    {
        return Err(Refusal::invalid("RESOURCE_ID must be in GroupBy or in Filter."));
    }
    let (start, _) = window(call)?;
    if start < (estate.now - 14 * DAY).div_euclid(DAY) * DAY {
        return Err(Refusal::invalid("Data of resources is there for the last 14 days only."));
    }
    Ok(())
}

fn usage(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let groups = groups(call)?;
    let metrics = call.texts("Metrics");
    if metrics.is_empty() {
        return Err(Refusal::invalid("Metrics is required."));
    }
    if let Some(unknown) = metrics.iter().find(|name| CostLine::default().metric(name).is_none()) {
        return Err(Refusal::invalid(&format!("Invalid metric: {unknown}.")));
    }
    let periods = periods(call)?;
    let filter = call.input.get("Filter").unwrap_or(&Value::Null);
    cost_filter::check(filter)?;
    let lines: Vec<&CostLine> =
        lines(estate, call).filter(|line| cost_filter::holds(filter, line)).collect();
    // Rows of the answer: a period, the keys of a group, and its sums.
    let mut rows: Vec<(usize, Vec<String>, Vec<f64>)> = Vec::new();
    for (index, period) in periods.iter().enumerate() {
        let mut sums: BTreeMap<Vec<String>, Vec<f64>> = BTreeMap::new();
        for line in &lines {
            let share = line.share(*period);
            if share > 0.0 {
                let keys = groups.iter().map(|group| key(line, group)).collect();
                let sum = sums.entry(keys).or_insert_with(|| vec![0.0; metrics.len()]);
                for (sum, metric) in sum.iter_mut().zip(&metrics) {
                    *sum += share * line.metric(metric).map_or(0.0, |(amount, _)| amount);
                }
            }
        }
        rows.extend(sums.into_iter().map(|(keys, sums)| (index, keys, sums)));
    }
    let page = Page::of(call, rows.len(), "NextPageToken", GROUPS_A_PAGE)?;
    let is_hourly = call.text("Granularity") == Some("HOURLY");
    let is_empty_page = page.to == page.from && page.next.is_some();
    let by_time: Vec<Value> = periods
        .iter()
        .enumerate()
        .filter(|_| !is_empty_page)
        .filter(|(index, _)| {
            // Periods without anything are told once, on the page where they belong.
            let of_it = page.take(&rows).iter().any(|row| row.0 == *index);
            of_it || rows.iter().all(|row| row.0 != *index) && page.from == 0
        })
        .map(|(index, period)| {
            let rows: Vec<_> = page.take(&rows).iter().filter(|row| row.0 == index).collect();
            let (total, listed) = if groups.is_empty() {
                let sums = rows.first().map_or_else(|| vec![0.0; metrics.len()], |row| row.2.clone());
                (amounts(&metrics, &sums), Vec::new())
            } else {
                let group = |row: &&(usize, Vec<String>, Vec<f64>)| {
                    json!({ "Keys": row.1, "Metrics": amounts(&metrics, &row.2) })
                };
                (json!({}), rows.iter().map(group).collect())
            };
            json!({
                "TimePeriod": told(*period, is_hourly),
                "Total": total,
                "Groups": listed,
                "Estimated": period.1 > estate.now - 2 * DAY,
            })
        })
        .collect();
    let mut answer = json!({ "ResultsByTime": by_time, "DimensionValueAttributes": [] });
    if !groups.is_empty() {
        answer["GroupDefinitions"] = call.input["GroupBy"].clone();
    }
    if let Some(next) = page.next {
        answer["NextPageToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

fn amounts(metrics: &[&str], sums: &[f64]) -> Value {
    let amount = |(name, sum): (&&str, &f64)| {
        let unit = CostLine::default().metric(name).map_or("USD", |(_, unit)| unit);
        ((*name).to_owned(), json!({ "Amount": format!("{sum:.10}"), "Unit": unit }))
    };
    Value::Object(metrics.iter().zip(sums).map(amount).collect::<Map<_, _>>())
}

/// What is grouped by: at most two, each a type and a key.
pub(super) fn groups(call: &Call) -> Result<Vec<(&str, &str)>, Refusal> {
    let listed = call.input.get("GroupBy").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if listed.len() > 2 {
        return Err(Refusal::invalid("GroupBy size should not exceed 2."));
    }
    listed
        .iter()
        .map(|value| {
            let pair = (value["Type"].as_str(), value["Key"].as_str());
            match pair {
                (Some("TAG"), Some(key)) => Ok(("TAG", key)),
                (Some("DIMENSION"), Some(key)) if CostLine::default().dimension(key).is_some() => {
                    Ok(("DIMENSION", key))
                }
                _ => Err(Refusal::invalid(&format!("Invalid GroupBy: {value}"))),
            }
        })
        .collect()
}

/// The key of a line in a group.
pub(super) fn key(line: &CostLine, (kind, key): &(&str, &str)) -> String {
    if *kind == "TAG" {
        let value = line.tags.iter().find(|(name, _)| name == key);
        return format!("{key}${}", value.map_or("", |(_, value)| value));
    }
    match line.dimension(key).filter(|value| !value.is_empty()) {
        Some(value) => value.to_owned(),
        None => match *key {
            "INSTANCE_TYPE" => "NoInstanceType".to_owned(),
            "RESOURCE_ID" => "NoResourceId".to_owned(),
            "REGION" => "NoRegion".to_owned(),
            "AZ" => "NoAZ".to_owned(),
            _ => String::new(),
        },
    }
}

/// First second and first second after.
pub(super) fn window(call: &Call) -> Result<(i64, i64), Refusal> {
    let period = call.input.get("TimePeriod").unwrap_or(&Value::Null);
    let second = |name: &str| {
        let text = period.get(name).and_then(Value::as_str).unwrap_or_default();
        let of_day = text.parse::<Date>().ok().filter(|_| text.len() == 10);
        let of_day = of_day.and_then(|day| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok());
        let at = of_day.or_else(|| text.parse::<Timestamp>().ok());
        at.map(Timestamp::as_second).ok_or_else(|| {
            Refusal::invalid(&format!("{name} time is invalid. Valid format is: yyyy-MM-dd."))
        })
    };
    let (start, end) = (second("Start")?, second("End")?);
    if start >= end {
        return Err(Refusal::invalid("Start date (and hour) should be before end date (and hour)"));
    }
    Ok((start, end))
}

/// The periods of a call's granularity in its window.
pub(super) fn periods(call: &Call) -> Result<Vec<(i64, i64)>, Refusal> {
    let (start, end) = window(call)?;
    let next = |second: i64| match call.text("Granularity") {
        Some("DAILY") => Ok(second + DAY),
        Some("HOURLY") => Ok(second + 3600),
        Some("MONTHLY") => Ok(next_month(second)),
        _ => Err(Refusal::invalid("Granularity must be DAILY, MONTHLY or HOURLY.")),
    };
    let mut periods = Vec::new();
    let mut from = start;
    while from < end {
        let to = next(from)?.min(end);
        periods.push((from, to));
        from = to;
    }
    Ok(periods)
}

fn next_month(second: i64) -> i64 {
    let day = TimeZone::UTC.to_datetime(Timestamp::from_second(second).unwrap()).date();
    let next = day.first_of_month().saturating_add(Span::new().months(1));
    TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)).unwrap().as_second()
}

/// A period as it is told.
pub(super) fn told((start, end): (i64, i64), is_hourly: bool) -> Value {
    let form = if is_hourly { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%d" };
    let text = |second| Timestamp::from_second(second).unwrap().strftime(form).to_string();
    json!({ "Start": text(start), "End": text(end) })
}
