//! Charges summed to the rows of the `costs` frame. Memory follows the rows that come out, not those that go in.

use rustc_hash::FxHashMap;

use super::{
    charge::{Charge, ChargeKind, Purchase},
    money::{self, Sum},
    names::{Name, Names},
    period::{self, Period},
};
use crate::frame::{CostRow, InstantMs};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    resource: Name,
    provider: Name,
    account: Name,
    region: Name,
    service: Name,
    sku: Name,
    commitment: Name,
    kind: ChargeKind,
    purchase: Option<Purchase>,
    period: Period,
    /// Spans that tell hours may not merge with those that do not.
    is_hourly: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Totals {
    quantity: Sum,
    unit: Name,
    instance_type: Name,
    hours: Option<u32>,
    list: Sum,
    billed: Sum,
    effective: Sum,
}

impl Totals {
    /// What `[from, to)` of `whole` equal pieces has of the sums.
    fn part(&self, from: i64, to: i64, whole: i64) -> Self {
        let part = |sum: Sum| Sum(sum.0.map(|total| money::share(total, from, to, whole)));
        Self {
            quantity: part(self.quantity),
            list: part(self.list),
            billed: part(self.billed),
            effective: part(self.effective),
            ..*self
        }
    }
}

/// The sums so far.
#[derive(Debug, Default)]
pub(in crate::provider) struct Ledger {
    names: Names,
    totals: FxHashMap<Key, Totals>,
}

impl Ledger {
    /// Adds one charge.
    pub(in crate::provider) fn add(&mut self, charge: &Charge<'_>, resource_id: Option<&str>) {
        let (key, totals) = self.entry(charge);
        let key = Key { resource: self.names.number(resource_id), ..key };
        merge(&mut self.totals, key, totals, &self.names);
    }

    /// Adds a charge that several share: to each resource, or to none, what it has from and up to, of so many equal pieces.
    pub(in crate::provider) fn add_shared<'i>(
        &mut self,
        charge: &Charge<'_>,
        pieces: impl Iterator<Item = (Option<&'i str>, i64, i64)>,
        whole: i64,
    ) {
        let (key, all) = self.entry(charge);
        for (resource_id, from, to) in pieces {
            let key = Key { resource: self.names.number(resource_id), ..key };
            merge(&mut self.totals, key, all.part(from, to, whole), &self.names);
        }
    }

    /// A charge of no resource.
    fn entry(&mut self, charge: &Charge<'_>) -> (Key, Totals) {
        let period = Period::of(charge.start, charge.end);
        let names = &mut self.names;
        let key = Key {
            resource: names.number(None),
            provider: names.number(Some(&charge.provider)),
            account: names.number(Some(&charge.account_id)),
            region: names.number(charge.region.as_deref()),
            service: names.number(Some(&charge.service)),
            sku: names.number(Some(&charge.sku)),
            commitment: names.number(charge.commitment_id.as_deref()),
            kind: charge.kind,
            purchase: charge.purchase,
            period,
            is_hourly: charge.is_hourly && matches!(period, Period::Span { .. }),
        };
        let hours = match period {
            Period::Day(day) => period::hours_mask(day, charge.start, charge.end, charge.is_hourly),
            Period::Span { .. } => Some(0),
        };
        let totals = Totals {
            quantity: Sum(charge.quantity.map(money::pico)),
            unit: names.number(charge.unit.as_deref()),
            instance_type: names.number(charge.instance_type.as_deref()),
            hours,
            list: Sum(charge.list),
            billed: Sum(charge.billed),
            effective: Sum(charge.effective),
        };
        (key, totals)
    }

    /// The sums in the order of their rows, with spans spread over the days of `window` (milliseconds, half-open).
    pub(in crate::provider) fn close(self, window: (i64, i64)) -> Booked {
        let Self { names, totals: mut by_day } = self;
        let is_span = |key: &Key| matches!(key.period, Period::Span { .. });
        let spans: Vec<_> = by_day.extract_if(|key, _| is_span(key)).collect();
        for (key, totals) in spans {
            spread(&mut by_day, key, totals, window, &names);
        }
        // Numbers are compared, not the texts: those of like resources begin alike.
        let ranks = names.ranks();
        let mut sums: Vec<(Key, Totals)> = by_day.into_iter().collect();
        sums.sort_unstable_by_key(|(key, _)| sort_key(key, &ranks));
        Booked { names, sums }
    }
}

/// Sums of charges in the order of their rows. A row takes several times the memory of its sums.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::provider) struct Booked {
    names: Names,
    sums: Vec<(Key, Totals)>,
}

impl Booked {
    /// The rows, sorted by key.
    pub(in crate::provider) fn rows(&self) -> impl Iterator<Item = CostRow> {
        self.sums.iter().map(|(key, totals)| row(key, totals, &self.names))
    }
}

fn merge(all: &mut FxHashMap<Key, Totals>, key: Key, part: Totals, names: &Names) {
    let Some(sum) = all.get_mut(&key) else {
        all.insert(key, part);
        return;
    };
    sum.quantity.add(part.quantity.0);
    if sum.unit != part.unit {
        sum.quantity = Sum(None);
        sum.unit = 0;
    }
    if part.instance_type != sum.instance_type
        && names.text(part.instance_type) > names.text(sum.instance_type)
    {
        sum.instance_type = part.instance_type;
    }
    sum.hours = sum.hours.zip(part.hours).map(|(a, b)| a | b);
    sum.list.add(part.list.0);
    sum.billed.add(part.billed.0);
    sum.effective.add(part.effective.0);
}

fn spread(
    by_day: &mut FxHashMap<Key, Totals>,
    key: Key,
    totals: Totals,
    window: (i64, i64),
    names: &Names,
) {
    let Period::Span { start, end } = key.period else { return };
    let (pieces, whole) = period::pieces(start, end, window);
    for (day, from, to) in pieces {
        let hours = period::hours_mask(day, start, end, key.is_hourly);
        let piece = Totals { hours, ..totals.part(from, to, whole) };
        merge(by_day, Key { period: Period::Day(day), is_hourly: false, ..key }, piece, names);
    }
}

fn row(key: &Key, totals: &Totals, names: &Names) -> CostRow {
    let text = |name| names.text(name).map(str::to_owned);
    let (Period::Day(day_start) | Period::Span { start: day_start, .. }) = key.period;
    let quantity = totals.quantity.amount();
    CostRow {
        resource_id: text(key.resource),
        provider: names.owned(key.provider),
        account_id: names.owned(key.account),
        region: text(key.region),
        service: names.owned(key.service),
        sku: names.owned(key.sku),
        instance_type: text(totals.instance_type),
        day_start: InstantMs(day_start),
        billed_hours_mask: totals.hours.map(i64::from),
        charge_kind: key.kind.word().to_owned(),
        purchase_option: key.purchase.map(|purchase| purchase.word().to_owned()),
        commitment_id: text(key.commitment),
        quantity,
        quantity_unit: quantity.and_then(|_| text(totals.unit)),
        list_usd: totals.list.amount(),
        billed_usd: totals.billed.amount(),
        effective_usd: totals.effective.amount(),
    }
}

/// Resource, provider, account, region, service and product by their ranks, the day, then how it was charged.
type SortKey = ([u32; 6], i64, &'static str, Option<&'static str>, u32);

fn sort_key(key: &Key, ranks: &[u32]) -> SortKey {
    let rank = |name: Name| {
        usize::try_from(name).ok().and_then(|name| ranks.get(name)).copied().unwrap_or(u32::MAX)
    };
    let (Period::Day(day) | Period::Span { start: day, .. }) = key.period;
    (
        [key.resource, key.provider, key.account, key.region, key.service, key.sku].map(rank),
        day,
        key.kind.word(),
        key.purchase.map(Purchase::word),
        rank(key.commitment),
    )
}
