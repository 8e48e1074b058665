//! `[kubernetes]`: what machines of clusters cost if no cloud sells them.

use std::collections::BTreeMap;

/// What is decided about clusters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kubernetes {
    /// Dollars for one accelerator and hour on machines that no catalog prices, by canonical model.
    pub gpu_usd_per_hour: BTreeMap<String, f64>,
}
