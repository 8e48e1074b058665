//! Which of the metrics in question a server has of late: for the doctor, who looks and does not collect.

use std::collections::{BTreeMap, BTreeSet};

use super::{Server, promql};
use crate::{
    provider::{
        call::CallError,
        kubernetes::doctor::{Discovery, Metric, pattern},
    },
    window::Window,
};

/// Beginnings of the names of metrics whose labels matter.
const LABELLED: [&str; 2] = ["DCGM_", "kube_"];

/// What a server has at the end of the window, in its last hour.
pub(in super::super) async fn discover(
    server: &Server,
    cluster: &str,
    window: Window,
) -> Result<Discovery, CallError> {
    let name = format!("__name__=~{}", promql::quoted(&pattern()));
    let all = promql::selector("", &[&name, &server.matchers]);
    let counted = server.at(format!("count by (__name__) ({all})"), window.end).await?;
    let last_hour = Window { start: window.end - 1, ..window };
    let mut metrics = BTreeMap::new();
    for series in counted {
        let (Some(name), Some(count)) = (series.label("__name__"), series.last()) else { continue };
        let labels = if LABELLED.iter().any(|begin| name.starts_with(begin)) {
            server.label_names(name, last_hour).await?
        } else {
            BTreeSet::new()
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let series_count = count as u64;
        metrics.insert(name.to_owned(), Metric { series_count, labels });
    }
    Ok(Discovery { cluster: cluster.to_owned(), metrics })
}
