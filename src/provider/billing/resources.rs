//! The resources that charges name.

use rustc_hash::FxHashMap;

use super::{
    charge::{Charge, ChargeKind, Purchase, Thing},
    kind,
};
use crate::frame::ResourceRow;

/// A value and when it was said. The latest wins; of two at one time the greater, so that row order does not matter.
#[derive(Debug, Default)]
struct Latest(Option<(i64, String)>);

impl Latest {
    fn say(&mut self, at: i64, text: Option<&str>) {
        let Some(text) = text else { return };
        match &mut self.0 {
            Some((known_at, known)) if known == text => *known_at = (*known_at).max(at),
            Some((known_at, known)) if (at, text) <= (*known_at, known.as_str()) => {}
            known => *known = Some((at, text.to_owned())),
        }
    }

    fn into_text(self) -> Option<String> {
        self.0.map(|(_, text)| text)
    }
}

/// How all charges of a resource were bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Bought {
    #[default]
    Unsaid,
    One(Purchase),
    Mixed,
}

impl Bought {
    fn say(&mut self, purchase: Purchase) {
        *self = match *self {
            Self::Unsaid => Self::One(purchase),
            Self::One(known) if known == purchase => Self::One(known),
            Self::One(_) | Self::Mixed => Self::Mixed,
        };
    }
}

#[derive(Debug, Default)]
struct Seen {
    provider: String,
    account_id: String,
    region: String,
    kind: &'static str,
    zone: Latest,
    name: Latest,
    instance_type: Latest,
    tags_json: Latest,
    /// By charges that name a machine type, and by all others.
    machine: Bought,
    anything: Bought,
}

/// The resources so far.
#[derive(Debug, Default)]
pub(super) struct Resources {
    seen: FxHashMap<String, Seen>,
}

impl Resources {
    /// Adds what a charge says of its resource.
    pub(super) fn add(&mut self, id: &str, charge: &Charge<'_>, thing: &Thing<'_>) {
        if !self.seen.contains_key(id) {
            self.seen.insert(id.to_owned(), Seen::at(id));
        }
        let Some(seen) = self.seen.get_mut(id) else { return };
        if kind::rank(thing.kind) >= kind::rank(seen.kind) {
            seen.kind = thing.kind;
        }
        seen.zone.say(charge.start, charge.zone.as_deref());
        seen.name.say(charge.start, thing.name.as_deref());
        seen.tags_json.say(charge.start, thing.tags_json.as_deref());
        seen.instance_type.say(charge.start, charge.instance_type.as_deref());
        if let (ChargeKind::Usage, Some(purchase)) = (charge.kind, charge.purchase) {
            let about =
                if charge.instance_type.is_some() { &mut seen.machine } else { &mut seen.anything };
            about.say(purchase);
        }
    }

    /// The rows, sorted by id.
    pub(super) fn rows(self) -> Vec<ResourceRow> {
        let mut rows: Vec<ResourceRow> =
            self.seen.into_iter().map(|(id, seen)| seen.row(id)).collect();
        rows.sort_by(|a, b| a.resource_id.cmp(&b.resource_id));
        rows
    }
}

impl Seen {
    /// Provider, account and region are those of the id, which may name its own.
    fn at(id: &str) -> Self {
        let mut parts = id.splitn(4, ':').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        Self {
            provider: next(),
            account_id: next(),
            region: next(),
            kind: "other",
            ..Self::default()
        }
    }

    fn row(self, resource_id: String) -> ResourceRow {
        let bought = if self.machine == Bought::Unsaid { self.anything } else { self.machine };
        ResourceRow {
            resource_id,
            provider: self.provider,
            account_id: self.account_id,
            region: self.region,
            zone: self.zone.into_text(),
            name: self.name.into_text(),
            instance_type: self.instance_type.into_text(),
            kind: self.kind.to_owned(),
            purchase_option: match bought {
                Bought::One(purchase) => Some(purchase.word().to_owned()),
                Bought::Unsaid | Bought::Mixed => None,
            },
            tags_json: self.tags_json.into_text().unwrap_or_else(|| "{}".to_owned()),
            ..ResourceRow::default()
        }
    }
}
