//! Cost Explorer's groups as charges.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    super::{MS_PER_DAY, day_of, number},
    licence::{self, Licence},
    pool::PoolKey,
    share::Hours,
    usage_type::{UsageType, Use},
    wire::{Answers, Spent},
};
use crate::{
    provider::billing::{
        charge::{Charge, ChargeKind, Purchase},
        money::{self, Pico},
    },
    snapshot::Gap,
};

/// Usage of one kind on one day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Start of the day.
    pub(super) day: i64,
    pub(super) account_id: String,
    pub(super) usage_type: String,
    /// Whether a commitment covers it.
    pub(super) is_covered: bool,
    /// What the price holds beside the machine. `None`: the line is not told by it.
    pub(super) licence: Option<Licence>,
    /// `None`: not told.
    pub(super) effective: Option<Pico>,
    /// Invoiced. `None`: not told.
    pub(super) billed: Option<Pico>,
    /// Hours, or months of a gigabyte. `None`: not told.
    pub(super) quantity: Option<f64>,
}

impl Line {
    pub(super) fn parsed(&self) -> UsageType<'_> {
        UsageType::parse(&self.usage_type)
    }

    /// How it was bought, if that can be said.
    pub(super) fn purchase(&self, parsed: UsageType<'_>) -> Option<Purchase> {
        let is_machine = !matches!(parsed.usage, Use::Other | Use::UnusedCapacity);
        match () {
            () if self.is_covered => Some(Purchase::Committed),
            () if parsed.is_spot => Some(Purchase::Spot),
            () => is_machine.then_some(Purchase::OnDemand),
        }
    }

    /// Under which its hours are found by machine.
    pub(super) fn hours_key(&self) -> (i64, String, bool) {
        (self.day, self.usage_type.clone(), self.is_covered)
    }

    /// The charge for all of it, which names no resource.
    pub(super) fn charge(&self) -> Charge<'_> {
        let parsed = self.parsed();
        let is_unused = parsed.usage == Use::UnusedCapacity;
        let unit = match parsed.usage {
            Use::Other => None,
            Use::Volume => Some("GB-Mo"),
            _ => Some("Hrs"),
        };
        Charge {
            region: parsed.region.map(Cow::Borrowed),
            service: parsed.service(&self.usage_type).into(),
            sku: self.usage_type.as_str().into(),
            instance_type: parsed
                .machine_type
                .filter(|_| parsed.usage != Use::Volume)
                .map(Cow::Borrowed),
            kind: if is_unused { ChargeKind::ReservationUnused } else { ChargeKind::Usage },
            purchase: self.purchase(parsed),
            quantity: unit.and(self.quantity),
            unit: unit.map(Cow::Borrowed),
            billed: self.billed,
            effective: self.effective,
            ..blank(&self.account_id, self.day)
        }
    }
}

/// A charge of a day that says nothing else yet.
fn blank(account_id: &str, day: i64) -> Charge<'_> {
    Charge {
        provider: "aws".into(),
        account_id: account_id.into(),
        region: None,
        zone: None,
        service: "AWS".into(),
        sku: "".into(),
        instance_type: None,
        thing: None,
        start: day,
        end: day + MS_PER_DAY,
        is_hourly: false,
        kind: ChargeKind::Usage,
        purchase: None,
        commitment_id: None,
        quantity: None,
        unit: None,
        list: None,
        billed: None,
        effective: None,
        shares: Vec::new(),
    }
}

/// What the answers say, in our words.
#[derive(Debug, Clone, Default)]
pub(super) struct Read<'a> {
    /// Usage.
    pub(super) lines: Vec<Line>,
    /// Fees, tax, credits and the like.
    pub(super) others: Vec<Charge<'a>>,
    /// Accounts that the answers speak of.
    pub(super) account_ids: BTreeSet<String>,
    /// What lines are about that are told by licence.
    pub(super) split: BTreeSet<PoolKey>,
    pub(super) gaps: Vec<Gap>,
}

/// Reads the answers. An amount that is not in dollars is not known.
pub(super) fn read(answers: &Answers) -> Read<'_> {
    let mut read = Read::default();
    let mut odd = Odd::default();
    let of_use = [(&answers.usage, false), (&answers.covered, true), (&answers.volumes, false)];
    for (groups, is_covered) in of_use {
        for spent in once(groups) {
            if let Some(line) = line(spent, is_covered, &mut odd) {
                read.account_ids.insert(line.account_id.clone());
                read.lines.push(line);
            }
        }
    }
    for spent in once(&answers.rest) {
        if let Some(charge) = other(spent, &mut odd) {
            read.account_ids.insert(charge.account_id.clone().into_owned());
            read.others.push(charge);
        }
    }
    read.gaps = odd.gaps();
    read
}

/// Usage of one account by usage type and operation.
pub(super) fn by_licence(groups: &[Spent], account_id: &str, is_covered: bool) -> Vec<Line> {
    let mut odd = Odd::default();
    let line = |spent: &Spent| {
        let (day, [usage_type, operation]) = keys(spent, &mut odd)?;
        Some(Line {
            day,
            account_id: account_id.to_owned(),
            usage_type: usage_type.to_owned(),
            is_covered,
            licence: Some(licence::of_operation(operation)),
            effective: effective(spent, &mut odd),
            billed: dollars(spent, spent.unblended.as_deref(), &mut odd),
            quantity: number(spent.quantity.as_deref()),
        })
    };
    once(groups).filter_map(line).collect()
}

/// Each group once: a page that comes twice would count its money twice.
fn once(groups: &[Spent]) -> impl Iterator<Item = &Spent> {
    let mut seen = BTreeSet::new();
    groups.iter().filter(move |spent| seen.insert((&spent.day, &spent.keys)))
}

/// Hours of single machines. Keys are the machine and the usage type.
pub(super) fn hours(groups: &[Spent], is_covered: bool, into: &mut Hours) {
    for spent in once(groups) {
        let day = spent.day.as_deref().and_then(day_of);
        let (Some(day), [machine, usage_type], Some(hours)) =
            (day, spent.keys.as_slice(), number(spent.quantity.as_deref()))
        else {
            continue;
        };
        let id = machine.rsplit('/').next().unwrap_or(machine);
        let of_line = into.entry((day, usage_type.clone(), is_covered)).or_default();
        *of_line.entry(id.to_owned()).or_default() += hours;
    }
}

/// What is not understood.
#[derive(Debug, Default)]
struct Odd {
    currencies: BTreeSet<String>,
    record_types: BTreeSet<String>,
    region_words: BTreeSet<String>,
    broken_count: usize,
}

fn line(spent: &Spent, is_covered: bool, odd: &mut Odd) -> Option<Line> {
    let (day, [usage_type, account_id]) = keys(spent, odd)?;
    let line = Line {
        day,
        account_id: account_id.to_owned(),
        usage_type: usage_type.to_owned(),
        is_covered,
        licence: None,
        effective: effective(spent, odd),
        billed: dollars(spent, spent.unblended.as_deref(), odd),
        quantity: number(spent.quantity.as_deref()),
    };
    if line.parsed().region.is_none() {
        odd.region_words.insert(usage_type.to_owned());
    }
    Some(line)
}

fn other<'a>(spent: &'a Spent, odd: &mut Odd) -> Option<Charge<'a>> {
    let (day, [record_type, account_id]) = keys(spent, odd)?;
    let kind = kind_of(record_type).unwrap_or_else(|| {
        odd.record_types.insert(record_type.to_owned());
        ChargeKind::Adjustment
    });
    Some(Charge {
        sku: record_type.into(),
        kind,
        billed: dollars(spent, spent.unblended.as_deref(), odd),
        effective: effective(spent, odd),
        ..blank(account_id, day)
    })
}

/// The day and both keys.
fn keys<'a>(spent: &'a Spent, odd: &mut Odd) -> Option<(i64, [&'a str; 2])> {
    let day = spent.day.as_deref().and_then(day_of);
    let keys = match spent.keys.as_slice() {
        [first, second] => Some([first.as_str(), second.as_str()]),
        _ => None,
    };
    let found = day.zip(keys);
    odd.broken_count += usize::from(found.is_none());
    found
}

/// After private discounts where AWS tells it.
fn effective(spent: &Spent, odd: &mut Odd) -> Option<Pico> {
    let amount = spent.net_amortized.as_deref().or(spent.amortized.as_deref());
    dollars(spent, amount, odd)
}

fn dollars(spent: &Spent, amount: Option<&str>, odd: &mut Odd) -> Option<Pico> {
    if let Some(currency) = spent.currency.as_deref().filter(|currency| *currency != "USD") {
        odd.currencies.insert(currency.to_owned());
        return None;
    }
    number(amount).map(money::pico)
}

/// What a type of record is. Cost Explorer calls some of them otherwise than the report (`Recurring`, `Upfront`).
///
/// The amortised amount of a recurring fee is the part that nobody used; that of what is paid in advance is 0.
fn kind_of(record_type: &str) -> Option<ChargeKind> {
    let word: String =
        record_type.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    Some(match word.as_str() {
        "rifee" | "recurring" | "recurringreservationfee" | "savingsplanrecurringfee" => {
            ChargeKind::CommitmentUnused
        }
        "upfront" | "upfrontreservationfee" | "savingsplanupfrontfee" => ChargeKind::CommitmentFee,
        "savingsplannegation" => ChargeKind::Adjustment,
        "tax" => ChargeKind::Tax,
        "credit" => ChargeKind::Credit,
        "refund" => ChargeKind::Refund,
        "support" => ChargeKind::Support,
        "fee" | "otheroutofcyclecharges" => ChargeKind::Usage,
        _ if word.ends_with("discount") => ChargeKind::Adjustment,
        _ => return None,
    })
}

impl Odd {
    fn gaps(self) -> Vec<Gap> {
        let listed = |set: BTreeSet<String>| {
            let names: Vec<String> = set.into_iter().take(3).collect();
            names.join(", ")
        };
        let mut gaps = Vec::new();
        let mut gap = |is_there: bool, because: String, hides: &str, remedy: &str| {
            if is_there {
                gaps.push(Gap {
                    what: "some of the bill in Cost Explorer".to_owned(),
                    because,
                    hides: hides.to_owned(),
                    remedy: remedy.to_owned(),
                });
            }
        };
        let export = "Name a CUR or FOCUS export in `aws.exports`.";
        gap(
            !self.currencies.is_empty(),
            format!("its amounts are in {}, not in dollars", listed(self.currencies)),
            "what was paid in that currency",
            "Name a CUR or FOCUS export in `aws.exports` and state the rate in `currency.usd_per`.",
        );
        gap(
            !self.record_types.is_empty(),
            format!("the types of charges {} are not known", listed(self.record_types)),
            "whether they belong to the cost of resources; they are not counted in it",
            export,
        );
        gap(
            !self.region_words.is_empty(),
            format!("the region of {} is not known", listed(self.region_words)),
            "which resources that was paid for; it counts in totals only",
            export,
        );
        gap(
            self.broken_count > 0,
            format!("{} of its groups have no day or no keys", self.broken_count),
            "what was paid there",
            "Collect again.",
        );
        gaps
    }
}
