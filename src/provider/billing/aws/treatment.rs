//! What each type of line item means for effective cost. Pure: amounts in, treatment out.

use super::{
    super::{
        charge::{ChargeKind, Part, Purchase},
        money::Pico,
    },
    Amounts,
};

/// The types of line items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineType {
    Usage,
    DiscountedUsage,
    PlanCoveredUsage,
    PlanNegation,
    PlanRecurringFee,
    PlanUpfrontFee,
    ReservationFee,
    ReservationUpfrontFee,
    Fee,
    SupportFee,
    Discount,
    Tax,
    Credit,
    Refund,
    Unknown,
}

impl LineType {
    /// By AWS's word for it; none for a word that is not known.
    pub(super) fn of(word: &str, product: &str, has_commitment: bool) -> Option<Self> {
        let is_support = product.to_ascii_lowercase().starts_with("awssupport");
        Some(match word {
            "Usage" | "Fee" if is_support => Self::SupportFee,
            "Usage" => Self::Usage,
            "DiscountedUsage" => Self::DiscountedUsage,
            "SavingsPlanCoveredUsage" => Self::PlanCoveredUsage,
            "SavingsPlanNegation" => Self::PlanNegation,
            "SavingsPlanRecurringFee" => Self::PlanRecurringFee,
            "SavingsPlanUpfrontFee" => Self::PlanUpfrontFee,
            "RIFee" => Self::ReservationFee,
            "Fee" if has_commitment => Self::ReservationUpfrontFee,
            "Fee" => Self::Fee,
            "Tax" => Self::Tax,
            "Credit" => Self::Credit,
            "Refund" => Self::Refund,
            _ if word.ends_with("Discount") => Self::Discount,
            _ => return None,
        })
    }

    /// Whether it states what a commitment cost and how much of it was used.
    pub(super) fn is_recurring_fee(self) -> bool {
        matches!(self, Self::PlanRecurringFee | Self::ReservationFee)
    }

    pub(super) fn is_of_plan(self) -> bool {
        matches!(
            self,
            Self::PlanCoveredUsage
                | Self::PlanNegation
                | Self::PlanRecurringFee
                | Self::PlanUpfrontFee
        )
    }
}

/// What becomes of a line item.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Treatment {
    pub(super) kind: ChargeKind,
    pub(super) purchase: Option<Purchase>,
    pub(super) effective: Option<Pico>,
    /// Of a recurring fee: what nobody used. None: not told.
    pub(super) unused: Option<Pico>,
    pub(super) part: Part,
}

/// Decides what becomes of a line item.
pub(super) fn treat(
    line_type: LineType,
    amounts: &Amounts,
    has_resource: bool,
    usage_type: &str,
    term: Option<&str>,
) -> Treatment {
    let net = amounts.net_unblended.unwrap_or(amounts.unblended);
    let plain = |kind, effective| Treatment {
        kind,
        purchase: None,
        effective,
        unused: None,
        part: Part::Mentioned,
    };
    let mut treatment = match line_type {
        LineType::Usage => Treatment {
            purchase: on_demand_or_spot(usage_type, term),
            ..plain(ChargeKind::Usage, Some(net))
        },
        LineType::DiscountedUsage => Treatment {
            purchase: Some(Purchase::Committed),
            part: amounts.reservation_effective.map_or(Part::UsedUntold, Part::UsedOfMore),
            ..plain(ChargeKind::Usage, amounts.reservation_effective)
        },
        LineType::PlanCoveredUsage => Treatment {
            purchase: Some(Purchase::Committed),
            ..plain(ChargeKind::Usage, amounts.plan_effective)
        },
        LineType::PlanNegation => plain(ChargeKind::Adjustment, Some(0)),
        LineType::PlanRecurringFee => {
            let stated = amounts.plan_committed.zip(amounts.plan_used);
            Treatment {
                unused: stated.map(|(committed, used)| committed - used),
                part: stated
                    .map_or(Part::Mentioned, |(committed, used)| Part::Both { committed, used }),
                ..plain(ChargeKind::CommitmentFee, Some(0))
            }
        }
        LineType::ReservationFee => Treatment {
            unused: amounts.reservation_unused,
            part: amounts.reservation_unused.map_or(Part::Mentioned, Part::Unused),
            ..plain(ChargeKind::CommitmentFee, Some(0))
        },
        LineType::PlanUpfrontFee | LineType::ReservationUpfrontFee => {
            plain(ChargeKind::CommitmentFee, Some(0))
        }
        LineType::Discount => {
            let effective = if amounts.has_net { amounts.net_unblended.unwrap_or(0) } else { net };
            let kind = if has_resource { ChargeKind::Usage } else { ChargeKind::Adjustment };
            plain(kind, Some(effective))
        }
        LineType::Fee => plain(ChargeKind::Usage, Some(net)),
        LineType::SupportFee => plain(ChargeKind::Support, Some(net)),
        LineType::Tax => plain(ChargeKind::Tax, Some(net)),
        LineType::Credit => plain(ChargeKind::Credit, Some(net)),
        LineType::Refund => plain(ChargeKind::Refund, Some(net)),
        LineType::Unknown => plain(ChargeKind::Adjustment, Some(net)),
    };
    let is_capacity_unused = usage_type.contains("UnusedBox") || usage_type.contains("UnusedDed");
    if is_capacity_unused && treatment.kind == ChargeKind::Usage {
        treatment.kind = ChargeKind::ReservationUnused;
        treatment.purchase = None;
    }
    treatment
}

/// Spot shows in the usage type only; on demand in the pricing term, or by the plain hours of a machine.
fn on_demand_or_spot(usage_type: &str, term: Option<&str>) -> Option<Purchase> {
    if usage_type.contains("SpotUsage") {
        return Some(Purchase::Spot);
    }
    let is_on_demand = term.is_some_and(|term| term.eq_ignore_ascii_case("OnDemand"));
    (is_on_demand || usage_type.contains("BoxUsage")).then_some(Purchase::OnDemand)
}
