//! Parts of an endpoint that are paid and wait, which no rule can name because rules judge endpoints as a whole.

use super::{
    Seen,
    served::{Paid, Served},
};
use crate::{snapshot::Gap, units::count};

/// Variants that get no requests unless those name them, beside others that do. `None`: there are none.
pub(super) fn unweighted(seen: &Seen<'_>, served: &[Served<'_>]) -> Option<Gap> {
    let clients = || served.iter().filter(|served| !served.is_shadow);
    let has_other = clients().any(|served| served.weight().is_some_and(|weight| weight > 0.0));
    let waiting: Vec<&Served<'_>> =
        clients().filter(|served| served.weight() == Some(0.0) && is_paid(served)).collect();
    let names: Vec<String> =
        waiting.iter().map(|served| format!("`{}` ({})", served.name, paid(served))).collect();
    (has_other && !names.is_empty()).then(|| Gap {
        what: format!("variants of endpoint {} without a share of its requests", seen.place()),
        because: format!("{} have the weight 0 and are paid like the others", names.join(", ")),
        hides: "what they cost in vain: endpoints are judged as a whole".to_owned(),
        remedy:
            "take the variants out of the endpoint, unless requests name them with `TargetVariant`"
                .to_owned(),
    })
}

/// Copies of a serverless endpoint that wait for requests. `None`: there are none.
pub(super) fn provisioned(seen: &Seen<'_>, served: &[Served<'_>]) -> Option<Gap> {
    let copies: f64 = served
        .iter()
        .filter(|served| served.is_serverless())
        .filter_map(|served| match served.paid() {
            Paid::Units(copies) => Some(copies),
            Paid::Nothing | Paid::Unknown => None,
        })
        .sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    let copies = copies as u64;
    (copies > 0).then(|| Gap {
        what: format!("provisioned concurrency of endpoint {}", seen.place()),
        because: format!(
            "{} wait for requests and are paid meanwhile, and silence of a serverless endpoint says nothing",
            count(copies, "environment")
        ),
        hides: "whether they are used: no rule judges them".to_owned(),
        remedy: "look at `ServerlessProvisionedConcurrencyUtilization` in CloudWatch".to_owned(),
    })
}

fn is_paid(served: &Served<'_>) -> bool {
    match served.paid() {
        Paid::Nothing => false,
        Paid::Units(count) => count > 0.0,
        Paid::Unknown => true,
    }
}

fn paid(served: &Served<'_>) -> String {
    let types: Vec<&str> = served.types.iter().copied().flatten().collect();
    match served.paid() {
        Paid::Units(units) => format!("{units} × {}", types.join(" or ")),
        Paid::Nothing | Paid::Unknown => types.join(" or "),
    }
}
