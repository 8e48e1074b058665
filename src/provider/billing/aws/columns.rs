//! The columns of a report. Names are given in the spelling of CUR 2.0; legacy reports match too.

use std::borrow::Cow;

use super::{
    super::{
        super::table::{ImportError, Row, Selection, Slot},
        money::Pico,
        tags::{TagCells, Tags},
    },
    Amounts, LineType,
};

/// Where each column is.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) line_item_id: Option<Slot>,
    pub(super) interval: Option<Slot>,
    pub(super) payer: Option<Slot>,
    pub(super) account: Slot,
    pub(super) line_type: Slot,
    pub(super) start: Slot,
    pub(super) end: Slot,
    pub(super) product: Option<Slot>,
    pub(super) usage_type: Option<Slot>,
    pub(super) description: Option<Slot>,
    pub(super) zone: Option<Slot>,
    pub(super) resource: Option<Slot>,
    pub(super) quantity: Option<Slot>,
    pub(super) unit: Option<Slot>,
    pub(super) term: Option<Slot>,
    pub(super) currency: Option<Slot>,
    pub(super) unblended: Slot,
    pub(super) list: Option<Slot>,
    pub(super) region: Option<Slot>,
    pub(super) instance_type: Option<Slot>,
    pub(super) capacity: Option<Slot>,
    net_unblended: Option<Slot>,
    reservation: Reservation,
    plan: Plan,
    tags_map: Option<Slot>,
    pub(super) tag_cells: TagCells,
    each_tag: Vec<(String, Slot)>,
}

#[derive(Debug)]
struct Reservation {
    arn: Option<Slot>,
    effective: [Option<Slot>; 2],
    unused_fee: [Option<Slot>; 2],
    unused_upfront: [Option<Slot>; 2],
}

#[derive(Debug)]
struct Plan {
    arn: Option<Slot>,
    effective: [Option<Slot>; 2],
    committed: Option<Slot>,
    used: Option<Slot>,
}

impl Columns {
    pub(super) fn new(wanted: &mut Selection<'_>) -> Result<Self, ImportError> {
        Ok(Self {
            line_item_id: wanted.maybe(&["identity_line_item_id"])?,
            interval: wanted.maybe(&["identity_time_interval"])?,
            payer: wanted.maybe(&["bill_payer_account_id"])?,
            account: wanted.need(&["line_item_usage_account_id", "bill_payer_account_id"])?,
            line_type: wanted.need(&["line_item_line_item_type"])?,
            start: wanted.need(&["line_item_usage_start_date"])?,
            end: wanted.need(&["line_item_usage_end_date"])?,
            product: wanted.maybe(&["line_item_product_code", "product_servicecode"])?,
            usage_type: wanted.maybe(&["line_item_usage_type"])?,
            description: wanted.maybe(&["line_item_line_item_description"])?,
            zone: wanted.maybe(&["line_item_availability_zone"])?,
            resource: wanted.maybe(&["line_item_resource_id"])?,
            quantity: wanted.maybe(&["line_item_usage_amount"])?,
            unit: wanted.maybe(&["pricing_unit"])?,
            term: wanted.maybe(&["pricing_term"])?,
            currency: wanted.maybe(&["line_item_currency_code"])?,
            unblended: wanted.need(&["line_item_unblended_cost"])?,
            list: wanted.maybe(&["pricing_public_on_demand_cost"])?,
            region: wanted.maybe(&["product_region_code", "product_region"])?,
            instance_type: wanted.maybe(&["product_instance_type"])?,
            capacity: wanted.maybe(&["capacity_reservation_capacity_reservation_arn"])?,
            net_unblended: wanted.maybe(&["line_item_net_unblended_cost"])?,
            reservation: Reservation::new(wanted)?,
            plan: Plan::new(wanted)?,
            tags_map: wanted.maybe(&["resource_tags"])?,
            tag_cells: TagCells::default(),
            each_tag: tag_columns(wanted),
        })
    }

    /// The amounts of a row, after `usd`.
    pub(super) fn amounts(
        &self,
        row: &Row<'_>,
        usd: &dyn Fn(f64) -> Pico,
    ) -> Result<Amounts, ImportError> {
        let number = |slot: Option<Slot>| Ok::<_, ImportError>(row.number(slot)?.map(usd));
        // Net columns exist only in accounts with private discounts, and win where they have a value.
        let first = |slots: [Option<Slot>; 2]| -> Result<Option<Pico>, ImportError> {
            Ok(match number(slots[0])? {
                Some(net) => Some(net),
                None => number(slots[1])?,
            })
        };
        let (fee, upfront) =
            (first(self.reservation.unused_fee)?, first(self.reservation.unused_upfront)?);
        Ok(Amounts {
            unblended: usd(row.need_number(self.unblended)?),
            net_unblended: number(self.net_unblended)?,
            has_net: self.net_unblended.is_some(),
            reservation_effective: first(self.reservation.effective)?,
            reservation_unused: match (fee, upfront) {
                (None, None) => None,
                (fee, upfront) => Some(fee.unwrap_or_default() + upfront.unwrap_or_default()),
            },
            plan_effective: first(self.plan.effective)?,
            plan_committed: number(self.plan.committed)?,
            plan_used: number(self.plan.used)?,
        })
    }

    /// Whether the row names a reservation or plan.
    pub(super) fn has_commitment(&self, row: &Row<'_>) -> bool {
        row.text(self.reservation.arn).is_some() || row.text(self.plan.arn).is_some()
    }

    /// The commitment of a row and its kind.
    pub(super) fn commitment<'r>(
        &self,
        row: &'r Row<'_>,
        line_type: LineType,
    ) -> (Option<Cow<'r, str>>, &'static str) {
        let plan = row.text(self.plan.arn);
        if line_type.is_of_plan() || plan.is_some() {
            return (plan, "savings_plan");
        }
        (row.text(self.reservation.arn), "reservation")
    }

    /// The tags of the row's resource.
    pub(super) fn tags(&self, row: &Row<'_>) -> Tags {
        let mut all: Tags = self
            .tag_cells
            .tags(row.text(self.tags_map))
            .into_iter()
            .map(|(key, value)| (tag_key(&key).to_owned(), value))
            .collect();
        for (key, slot) in &self.each_tag {
            if let Some(value) = row.text(*slot) {
                all.insert(key.clone(), value.into_owned());
            }
        }
        all
    }
}

impl Reservation {
    fn new(wanted: &mut Selection<'_>) -> Result<Self, ImportError> {
        Ok(Self {
            arn: wanted.maybe(&["reservation_reservation_a_r_n"])?,
            effective: [
                wanted.maybe(&["reservation_net_effective_cost"])?,
                wanted.maybe(&["reservation_effective_cost"])?,
            ],
            unused_fee: [
                wanted.maybe(&["reservation_net_unused_recurring_fee"])?,
                wanted.maybe(&["reservation_unused_recurring_fee"])?,
            ],
            unused_upfront: [
                wanted
                    .maybe(&["reservation_net_unused_amortized_upfront_fee_for_billing_period"])?,
                wanted.maybe(&["reservation_unused_amortized_upfront_fee_for_billing_period"])?,
            ],
        })
    }
}

impl Plan {
    fn new(wanted: &mut Selection<'_>) -> Result<Self, ImportError> {
        Ok(Self {
            arn: wanted.maybe(&["savings_plan_savings_plan_a_r_n"])?,
            effective: [
                wanted.maybe(&["savings_plan_net_savings_plan_effective_cost"])?,
                wanted.maybe(&["savings_plan_savings_plan_effective_cost"])?,
            ],
            committed: wanted.maybe(&["savings_plan_total_commitment_to_date"])?,
            used: wanted.maybe(&["savings_plan_used_commitment"])?,
        })
    }
}

/// Legacy reports have a column for each tag: `resourceTags/user:team`, or `resource_tags_user_team` in Parquet.
fn tag_columns(wanted: &mut Selection<'_>) -> Vec<(String, Slot)> {
    let names: Vec<(usize, String)> = wanted
        .table()
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| !column.is_unread)
        .filter_map(|(index, column)| {
            let name = column.name.as_str();
            let key = name
                .strip_prefix("resourceTags/")
                .or_else(|| name.strip_prefix("resource_tags_"))?;
            Some((index, tag_key(key).to_owned()))
        })
        .collect();
    names.into_iter().map(|(index, key)| (key, wanted.add(index))).collect()
}

/// Tags that users set carry a prefix; those of AWS keep theirs.
fn tag_key(key: &str) -> &str {
    key.strip_prefix("user:").or_else(|| key.strip_prefix("user_")).unwrap_or(key)
}
