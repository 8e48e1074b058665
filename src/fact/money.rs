//! What subjects cost together. A node and the machine beneath it share one bill and count once.

use std::collections::BTreeSet;

use super::{
    measure::Facts,
    pair::seller,
    subject::{CostBasis, Subject},
    table::{SubjectKind, SubjectRef},
};
use crate::units::HOURS_PER_MONTH;

impl<'a> Facts<'a> {
    /// What resources cost a month, one entry for each that is paid for: things that share a bill are one, and a slice of
    /// nodes counts for those of its nodes that are not among them. An entry is `None` where the cost is not known. Ids of commitments and pools are passed over: their dollars are those of
    /// resources.
    pub fn monthly_usd_of<'i>(&self, ids: impl IntoIterator<Item = &'i str>) -> Vec<Option<f64>> {
        let (slices, others): (Vec<_>, Vec<_>) = ids
            .into_iter()
            .filter_map(|id| self.subjects.get(id))
            .partition(|subject| subject.is_slice());
        let payers: BTreeSet<&str> =
            others.into_iter().map(|subject| subject.pair.payer_id()).collect();
        let of_slices: Vec<Option<f64>> =
            slices.into_iter().flat_map(|slice| self.monthly_usd_beside(slice, &payers)).collect();
        let subjects = payers.into_iter().filter_map(|id| self.subjects.get(id));
        subjects.map(Subject::effective_usd_per_month).chain(of_slices).collect()
    }

    /// What a slice costs a month on nodes that are not counted already. Nothing, if it lies on those alone.
    fn monthly_usd_beside(
        &self,
        slice: &Subject<'_>,
        counted: &BTreeSet<&str>,
    ) -> Vec<Option<f64>> {
        let Some(parts) = self.slices(&slice.row.resource_id) else { return vec![None] };
        let rest: Vec<f64> = parts
            .iter()
            .filter(|(payer_id, _)| !counted.contains(payer_id))
            .map(|(_, cost)| cost.total_usd() / self.window.hours() * HOURS_PER_MONTH)
            .collect();
        if rest.is_empty() { Vec::new() } else { vec![Some(rest.into_iter().sum())] }
    }

    /// The machine types that prices of a subject are looked up by, with seller and region: its own, for a slice those of its
    /// nodes, for a pool that of its machines.
    pub fn machine_types<'s>(&'s self, subject: &'s SubjectRef) -> BTreeSet<[&'s str; 3]> {
        let id = subject.resource_id.as_str();
        let parts = self.slices(id).unwrap_or_default();
        let mut ids: Vec<&str> = parts.iter().map(|(payer_id, _)| *payer_id).collect();
        if ids.is_empty() {
            ids.extend(
                self.pools.get(id).and_then(|pool| pool.members.first()).map(String::as_str),
            );
            ids.push(id);
        }
        let rows = ids.into_iter().filter_map(|id| Some(self.subjects.get(id)?.typed_row()));
        rows.filter_map(|row| Some([seller(row), &row.region, row.instance_type.as_deref()?]))
            .collect()
    }

    /// What a subject that is no resource costs a month. `None`: not known.
    pub fn fact_usd(&self, kind: SubjectKind, id: &str) -> Option<f64> {
        let table = self.table(kind)?;
        let position = table.position("effective_usd_per_month")?;
        // Rows are sorted by id.
        let row =
            table.rows.binary_search_by(|row| row.subject.resource_id.as_str().cmp(id)).ok()?;
        table.rows.get(row)?.values.get(position)?.number()
    }

    /// One subject for each thing that is paid for.
    fn payers(&self) -> impl Iterator<Item = &Subject<'a>> {
        self.subjects.values().filter(|subject| !subject.is_paid_beneath() && !subject.is_slice())
    }

    fn payers_by(&self, basis: CostBasis) -> impl Iterator<Item = &Subject<'a>> {
        self.payers().filter(move |subject| subject.cost.is_some_and(|cost| cost.basis == basis))
    }

    /// Amortised cost of all usage on the bill inside the window, scaled to a month, as far as the bill tells it: that of
    /// the resources, and what is no resource's. `None`: there is no bill, or it tells no effective cost.
    pub fn billed_usd_per_month(&self) -> Option<f64> {
        let tells_nothing = !self.costs.has_known() && self.costs.untold_count() > 0;
        if self.costs.is_empty() || tells_nothing {
            return None;
        }
        let listed: f64 = self.payers().map(Subject::billed_usd).sum();
        let unlisted: f64 = self
            .costs
            .resources()
            .filter(|(id, _)| !self.subjects.contains_key(id))
            .map(|(_, cost)| cost.hourly(self.window, None).total_usd())
            .sum();
        let total = listed + unlisted + self.costs.unattributed_usd();
        Some(total / self.window.hours() * HOURS_PER_MONTH)
    }

    /// Resources whose cost is not known, each that is paid for once.
    pub fn unpriced_count(&self) -> usize {
        self.payers().filter(|subject| subject.cost.is_none()).count()
    }

    /// Charges by day, inside the window, whose effective cost the bill does not tell.
    pub fn untold_count(&self) -> usize {
        self.costs.untold_count()
    }

    /// What the resources cost a month whose cost is a list price. `None`: there are none.
    pub fn list_price_usd_per_month(&self) -> Option<f64> {
        let listed = self.payers_by(CostBasis::ListPrice);
        let known: Vec<f64> = listed.filter_map(Subject::effective_usd_per_month).collect();
        (!known.is_empty()).then(|| known.into_iter().sum())
    }

    /// The price rows behind those costs: provider, region, machine type, purchase option.
    pub fn list_price_keys(&self) -> BTreeSet<(String, String, String, String)> {
        self.payers_by(CostBasis::ListPrice)
            .filter_map(|subject| {
                let row = subject.typed_row();
                Some((
                    seller(row).to_owned(),
                    row.region.clone(),
                    row.instance_type.clone()?,
                    subject.list_price_option().to_owned(),
                ))
            })
            .collect()
    }

    /// Whether any cost is a list price because there is no bill.
    pub fn uses_list_prices(&self) -> bool {
        self.payers_by(CostBasis::ListPrice).next().is_some()
    }
}
