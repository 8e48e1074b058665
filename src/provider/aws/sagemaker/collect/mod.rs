//! Asks SageMaker. Only here, and in the files beside, are the SDK's types known.

mod cluster;
mod endpoint;
mod job;
mod notebook;
mod plan;
mod scaling;
mod several;
mod studio;
mod tags;

use aws_sdk_sagemaker::Client;
use aws_smithy_types::DateTime;

use super::wire::Region;
use crate::{
    frame::InstantMs,
    provider::{
        aws::{call::is_not_offered, observed::gap, seat::Seat},
        call::CallError,
    },
    snapshot::Gap,
    window::{MS_PER_HOUR, Window},
};

/// Most that a list gives on one page.
const PAGE_SIZE: i32 = 100;

/// Who asks, and about what time.
#[derive(Debug)]
struct Reader<'a> {
    seat: &'a Seat,
    client: Client,
    window: Window,
}

/// Reads everything that SageMaker has in a seat. What refuses is a gap; the rest goes on.
pub(super) async fn read(seat: &Seat, window: Window) -> (Region, Vec<Gap>) {
    let reader = Reader { seat, client: seat.sagemaker(), window };
    let (endpoints, notebooks, apps, jobs, clusters, plans) = tokio::join!(
        reader.endpoints(),
        reader.notebooks(),
        reader.apps(),
        reader.jobs(),
        reader.clusters(),
        reader.plans(),
    );
    let mut gaps = Vec::new();
    let served = kept(endpoints, &mut gaps);
    let region = Region {
        endpoints: served.endpoints,
        components: served.components,
        scaling: served.scaling,
        notebooks: kept(notebooks, &mut gaps),
        apps: kept(apps, &mut gaps),
        jobs: kept(jobs, &mut gaps),
        clusters: kept(clusters, &mut gaps),
        plans: kept(plans, &mut gaps),
    };
    (region, gaps)
}

/// An answer, and what is missing from it.
type Noted<T> = (T, Vec<Gap>);

fn kept<T>((answer, missing): Noted<T>, gaps: &mut Vec<Gap>) -> T {
    gaps.extend(missing);
    answer
}

impl Reader<'_> {
    /// Notes what a listing that failed hides. Returns whether it is whole.
    fn note(&self, listed: Result<(), CallError>, hides: &str, gaps: &mut Vec<Gap>) -> bool {
        match listed {
            Ok(()) => true,
            Err(error) if is_not_offered(&error) => true,
            Err(error) => {
                gaps.push(gap(&self.seat.name(), &error, hides));
                false
            }
        }
    }

    fn starts_at(&self) -> DateTime {
        DateTime::from_secs(self.window.start * MS_PER_HOUR / 1000)
    }

    fn ends_at(&self) -> DateTime {
        DateTime::from_secs(self.window.end * MS_PER_HOUR / 1000)
    }
}

fn instant(at: Option<DateTime>) -> Option<InstantMs> {
    at?.to_millis().ok().map(InstantMs)
}
