//! SageMaker: endpoints and what scales them, notebooks, Studio, jobs, HyperPod and training plans.

mod collect;
mod normalize;
mod permissions;
mod wire;

use self::normalize::Ground;
use super::{observed::Observed, seat::Seat};
use crate::{catalog::Catalog, window::Window};

pub(super) use permissions::PERMISSIONS;

/// What SageMaker says of a seat: rows, what could not be read, and what sends metrics.
pub(super) async fn observe(seat: &Seat, window: Window, catalog: &Catalog) -> Observed {
    let (region, gaps) = Box::pin(collect::read(seat, window)).await;
    let ground = Ground { account_id: &seat.account_id, region: &seat.region, window, catalog };
    let mut observed = normalize::observed(&region, &ground);
    observed.gaps.extend(gaps);
    observed
}
