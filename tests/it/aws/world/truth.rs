//! What an audit should say, and what following it would save: by a simulation of every hour, as simple as it can be.

use std::collections::{BTreeMap, BTreeSet};

use super::{HOURS, Load, Machine, Shape};

/// Windows in a month.
pub(crate) const MONTHS: f64 = 730.0 / HOURS as f64;
/// Hours in a month.
const MONTH_HOURS: f64 = 730.0;
/// Dollars for a GiB of a volume in a month, by region.
pub(crate) const VOLUME_USD: [f64; 2] = [0.08, 0.088];

/// What is planted.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// Rule and subject.
    pub(crate) hits: BTreeSet<(String, String)>,
    /// What nobody can judge, because nothing tells of it.
    pub(crate) unseen: BTreeSet<String>,
    /// Dollars per month by subject.
    pub(crate) usd_per_month: BTreeMap<String, f64>,
    /// Dollars per month by subject that stay paid for until somebody gives up what was reserved.
    pub(crate) freed_usd_per_month: BTreeMap<String, f64>,
}

impl Truth {
    /// Adds what is to be found about a subject.
    pub(crate) fn add(&mut self, subject: &str, rules: &[&str], usd_per_month: f64) {
        for rule in rules {
            self.hits.insert(((*rule).to_owned(), subject.to_owned()));
        }
        if usd_per_month > 0.0 {
            *self.usd_per_month.entry(subject.to_owned()).or_default() += usd_per_month;
        }
    }

    /// All of it.
    pub(crate) fn total_usd_per_month(&self) -> f64 {
        self.usd_per_month.values().sum()
    }
}

/// What becomes of something.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Saves {
    /// It stays.
    Nothing,
    /// It goes.
    All,
    /// It runs in the hours in which it is used, and an hour before.
    Schedule,
    /// As many as their load needs with three tenths more, at least this many; each stays an hour longer.
    Scale(f64),
    /// Such a machine takes its place.
    Instead(&'static Shape),
    /// It runs on spot capacity. The rest is for work lost by interruptions: reclaimed share of a month, an hour each.
    Spot(f64),
    /// Its volume becomes a snapshot of half the price.
    Volume,
}

/// Dollars per month.
pub(super) fn of_machine(machine: &Machine, saves: Saves) -> f64 {
    let region = machine.place.region;
    let now = machine.usd_per_hour();
    let hours = (0..HOURS).filter(|hour| machine.runs(*hour));
    match saves {
        Saves::Volume => f64::from(machine.volume_gib) * VOLUME_USD[region] * 0.5,
        Saves::Instead(shape) => hours.count() as f64 * (now - shape.usd[region]) * MONTHS,
        Saves::Spot(monthly) => {
            let then = machine.shape.spot_usd[region] * (1.0 + monthly / MONTH_HOURS);
            hours.count() as f64 * (now - then) * MONTHS
        }
        _ => hours.map(|hour| now * share(machine.load, hour, 1.0, saves)).sum::<f64>() * MONTHS,
    }
}

/// The part of an hour of so many replicas that is saved.
pub(super) fn share(load: Load, hour: i64, replicas: f64, saves: Saves) -> f64 {
    let is_used = |hour: i64| load.level(hour) > 0.05;
    match saves {
        Saves::All => 1.0,
        Saves::Schedule => f64::from(u8::from(!is_used(hour) && !is_used(hour + 1))),
        Saves::Scale(floor) => {
            let needed = |hour: i64| {
                let level = load.level(hour.max(0));
                (replicas * level * 1.3).ceil().clamp(floor, replicas)
            };
            1.0 - needed(hour).max(needed(hour - 1)) / replicas
        }
        _ => 0.0,
    }
}
