//! Which resources one line of the bill may be for, and how much each of them ran on a day.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{MS_PER_DAY, date},
    licence::{self, Licence},
    normalize::Line,
    usage_type::Use,
};
use crate::{frame::ResourceRow, window::MS_PER_HOUR};

/// Whole parts of an hour, or of a month of a gigabyte, so that shares are exact.
const PARTS: f64 = 3_600_000.0;

/// What must be the same for a line to be about a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PoolKey {
    pub(super) account_id: String,
    pub(super) region: String,
    pub(super) usage: Use,
    /// Machine type. `None`: it has none.
    pub(super) machine_type: Option<String>,
    pub(super) is_spot: bool,
    /// Hardware of its own that a machine is on: `dedicated` or `host`. `None`: it shares.
    pub(super) tenancy: Option<&'static str>,
    /// What its price holds beside the machine. `None`: the bill is not told by it.
    pub(super) licence: Option<Licence>,
}

impl PoolKey {
    /// The same, whatever its price holds.
    pub(super) fn of_any_licence(self) -> Self {
        Self { licence: None, ..self }
    }

    /// The lines of a resource where some lines are told by licence. `None`: on which of them it stands is not known.
    pub(super) fn among(row: &ResourceRow, split: &BTreeSet<Self>) -> Option<Self> {
        let key = Self::of_resource(row)?;
        if !split.contains(&key) {
            return Some(key);
        }
        Some(Self { licence: Some(licence::of_machine(row)?), ..key })
    }

    /// What a line is about. `None`: no resource.
    pub(super) fn of_line(line: &Line) -> Option<Self> {
        let parsed = line.parsed();
        if matches!(parsed.usage, Use::Other | Use::UnusedCapacity) {
            return None;
        }
        Some(Self {
            account_id: line.account_id.clone(),
            region: parsed.region?.to_owned(),
            usage: parsed.usage,
            machine_type: typed(parsed.usage, parsed.machine_type),
            is_spot: parsed.is_spot,
            tenancy: parsed.tenancy,
            licence: line.licence.clone(),
        })
    }

    /// Which lines a resource may be on. `None`: it has no machine of its own.
    pub(super) fn of_resource(row: &ResourceRow) -> Option<Self> {
        let is_ml = row.instance_type.as_deref().is_some_and(|name| name.starts_with("ml."));
        let usage = match row.kind.as_str() {
            _ if row.provider != "aws" => return None,
            "gpu_instance" if is_ml => Use::ClusterNode,
            "gpu_instance" => Use::Machine,
            "endpoint" if row.serving_mode.as_deref() == Some("serverless") => return None,
            "endpoint" => Use::Endpoint,
            "notebook" => Use::Notebook,
            "job" => Use::Job,
            "volume" => Use::Volume,
            "provisioned_throughput" => Use::Throughput,
            _ => return None,
        };
        Some(Self {
            account_id: row.account_id.clone(),
            region: row.region.clone(),
            usage,
            machine_type: typed(usage, row.instance_type.as_deref()),
            is_spot: row.purchase_option.as_deref() == Some("spot"),
            tenancy: ["dedicated", "host"]
                .into_iter()
                .find(|own| usage == Use::Machine && row.price_variant.as_deref() == Some(*own)),
            licence: None,
        })
    }
}

/// Lines on which resources stand together that do not cost the same: Cost Explorer's usage types say nothing of licences.
pub(super) fn mixed(
    resources: &[ResourceRow],
    account_ids: &BTreeSet<String>,
) -> BTreeMap<PoolKey, BTreeSet<String>> {
    let mut variants: BTreeMap<PoolKey, BTreeSet<String>> = BTreeMap::new();
    for row in resources.iter().filter(|row| account_ids.contains(&row.account_id)) {
        if let Some(key) = PoolKey::of_resource(row) {
            let variant = row.price_variant.as_deref().unwrap_or("plain Linux");
            variants.entry(key).or_default().insert(variant.to_owned());
        }
    }
    variants.retain(|_, variants| variants.len() > 1);
    variants
}

/// The machine type that must be the same. The inventory does not say of which type a volume is: each has its part of what all
/// of them cost.
fn typed(usage: Use, machine_type: Option<&str>) -> Option<String> {
    let is_typed = !matches!(usage, Use::Volume | Use::Throughput);
    machine_type.filter(|_| is_typed).map(str::to_owned)
}

/// How much of a day a resource is known to have run, in parts of the unit that its use is billed in.
pub(super) fn weight(row: &ResourceRow, day: i64) -> i64 {
    let from = row.launched_at.map_or(i64::MIN, |at| at.0);
    let is_over = matches!(row.state.as_deref(), Some("stopped" | "completed"));
    let is_billed = matches!(
        row.state.as_deref(),
        Some("running" | "stopped_billed" | "attached" | "unattached")
    );
    let to = match row.stopped_at {
        Some(at) if !is_billed => at.0,
        // When it stopped is not known, so nor is whether it ran on that day.
        None if is_over => return 0,
        _ => i64::MAX,
    };
    let alive_ms = to.min(day + MS_PER_DAY).saturating_sub(from.max(day)).max(0);
    let units = match row.kind.as_str() {
        "volume" => {
            let month_hours = f64::from(date(day).days_in_month()) * 24.0;
            row.size_gib.unwrap_or(0.0) / month_hours
        }
        _ => row.unit_count.unwrap_or(1.0),
    };
    parts(alive_ms as f64 / MS_PER_HOUR as f64 * units * billed_ratio(row))
}

/// The part of its time that a job is billed. Managed spot capacity is billed for less time, at the price on demand.
fn billed_ratio(row: &ResourceRow) -> f64 {
    let ran = row.launched_at.zip(row.stopped_at);
    let ran_ms = ran.map(|(from, to)| to.0.saturating_sub(from.0)).filter(|ms| *ms > 0);
    row.billed_hours
        .zip(ran_ms)
        .map_or(1.0, |(hours, ran_ms)| (hours * MS_PER_HOUR as f64 / ran_ms as f64).min(1.0))
}

/// How much each of some resources ran on a day. Those of which that is in doubt have nothing where the others explain all that was
/// billed.
pub(super) fn weights(rows: &[&ResourceRow], day: i64, billed: Option<i64>) -> Vec<i64> {
    let certain: i64 =
        rows.iter().filter(|row| !is_doubtful(row, day)).map(|row| weight(row, day)).sum();
    let is_explained =
        billed.is_some_and(|billed| certain as f64 >= billed as f64 * super::share::SAME_RATIO);
    let of = |row: &&ResourceRow| {
        if is_explained && is_doubtful(row, day) { 0 } else { weight(row, day) }
    };
    rows.iter().map(of).collect()
}

/// Whether how much of it ran on a day is not known: the number of its machines changes, so that what it has now says little
/// about what it had, it was started again later, or it is paid in advance.
pub(super) fn is_open(row: &ResourceRow, day: i64) -> bool {
    let is_scaled = row.kind == "endpoint" && row.has_scaling == Some(true);
    is_scaled || is_doubtful(row, day)
}

/// Whether it may have been off on a day, or may be on no line of this kind at all: what is paid in advance, as capacity blocks
/// are, is billed otherwise.
fn is_doubtful(row: &ResourceRow, day: i64) -> bool {
    let is_prepaid =
        row.kind == "gpu_instance" && row.purchase_option.as_deref() == Some("committed");
    is_prepaid || row.last_started_at.is_some_and(|at| at.0 > day)
}

/// A quantity in whole parts.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a day of a million machines is far below 2^63"
)]
pub(super) fn parts(quantity: f64) -> i64 {
    (quantity * PARTS).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::InstantMs;

    /// 2026-10-01.
    const DAY: i64 = 1_790_812_800_000;

    fn row(kind: &str, state: &str) -> ResourceRow {
        ResourceRow {
            provider: "aws".to_owned(),
            kind: kind.to_owned(),
            state: Some(state.to_owned()),
            ..ResourceRow::default()
        }
    }

    fn hours(row: &ResourceRow) -> f64 {
        weight(row, DAY) as f64 / PARTS
    }

    #[test]
    fn a_machine_counts_from_its_start_to_its_stop() {
        let noon = Some(InstantMs(DAY + 12 * MS_PER_HOUR));
        let running = ResourceRow { launched_at: noon, ..row("gpu_instance", "running") };
        assert!((hours(&running) - 12.0).abs() < 1e-9);
        let stopped = ResourceRow { stopped_at: noon, ..row("gpu_instance", "stopped") };
        assert!((hours(&stopped) - 12.0).abs() < 1e-9);
        let started_again = ResourceRow { stopped_at: noon, ..row("gpu_instance", "running") };
        assert!((hours(&started_again) - 24.0).abs() < 1e-9);
        assert!(hours(&row("gpu_instance", "stopped")).abs() < 1e-9, "when is not known");
    }

    #[test]
    fn every_machine_of_a_job_or_endpoint_counts() {
        let endpoint = ResourceRow { unit_count: Some(3.0), ..row("endpoint", "running") };
        assert!((hours(&endpoint) - 72.0).abs() < 1e-9);
    }

    #[test]
    fn a_machine_that_was_off_at_times_has_what_the_others_leave() {
        let steady = row("gpu_instance", "running");
        let restarted = ResourceRow {
            last_started_at: Some(InstantMs(DAY + 30 * MS_PER_HOUR)),
            ..row("gpu_instance", "running")
        };
        let hours_of = |day, billed: f64| -> Vec<f64> {
            let weights = weights(&[&steady, &restarted], day, Some(parts(billed)));
            weights.into_iter().map(|weight| weight as f64 / PARTS).collect()
        };
        assert_eq!(hours_of(DAY, 34.0), [24.0, 24.0], "ten hours are for the other");
        assert!(!is_open(&steady, DAY) && is_open(&restarted, DAY));
        assert_eq!(hours_of(DAY, 24.0), [24.0, 0.0], "it was off that day");
        let later = DAY + 2 * MS_PER_DAY;
        assert!(!is_open(&restarted, later), "from its last start on it runs");
        assert_eq!(hours_of(later, 24.0), [24.0, 24.0]);
    }

    #[test]
    fn a_machine_that_was_paid_in_advance_takes_nobodys_hours() {
        let steady = row("gpu_instance", "running");
        let block = ResourceRow {
            purchase_option: Some("committed".to_owned()),
            ..row("gpu_instance", "running")
        };
        let hours = weights(&[&steady, &block], DAY, Some(parts(24.0)));
        assert_eq!(hours, [parts(24.0), 0]);
    }

    #[test]
    fn a_machine_on_hardware_of_its_own_is_on_other_lines() {
        let key = |variant: Option<&str>| {
            let price_variant = variant.map(str::to_owned);
            let row = ResourceRow { price_variant, ..row("gpu_instance", "running") };
            PoolKey::of_resource(&row).unwrap().tenancy
        };
        assert_eq!(key(Some("dedicated")), Some("dedicated"));
        assert_eq!((key(None), key(Some("Windows"))), (None, None));
    }

    #[test]
    fn a_job_counts_by_the_part_of_its_time_that_is_billed() {
        let job = ResourceRow {
            launched_at: Some(InstantMs(DAY)),
            stopped_at: Some(InstantMs(DAY + 10 * MS_PER_HOUR)),
            unit_count: Some(4.0),
            billed_hours: Some(2.5),
            ..row("job", "completed")
        };
        assert!((hours(&job) - 10.0).abs() < 1e-9, "2.5 hours of each of four machines");
        let unknown = ResourceRow { billed_hours: None, ..job };
        assert!((hours(&unknown) - 40.0).abs() < 1e-9);
    }

    #[test]
    fn a_volume_is_billed_by_the_month_of_a_gigabyte() {
        let volume = ResourceRow { size_gib: Some(310.0), ..row("volume", "unattached") };
        assert!((hours(&volume) - 10.0).abs() < 1e-6, "a day of October is a 31st of 310 GB");
        assert!(
            hours(&row("volume", "attached")).abs() < 1e-9,
            "a size that is not known is no size"
        );
    }

    #[test]
    fn a_serverless_endpoint_has_no_machine_on_the_bill() {
        let serverless = ResourceRow {
            serving_mode: Some("serverless".to_owned()),
            ..row("endpoint", "running")
        };
        assert_eq!(PoolKey::of_resource(&serverless), None);
    }
}
