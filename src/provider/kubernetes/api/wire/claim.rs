//! Claims on devices (dynamic resource allocation).

use serde::Deserialize;

use super::{Metadata, lenient};

/// A claim and what it was given.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Claim {
    pub(in super::super) metadata: Metadata,
    #[serde(default, deserialize_with = "lenient")]
    status: ClaimStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ClaimStatus {
    allocation: Option<Allocation>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Allocation {
    devices: Option<Devices>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Devices {
    results: Option<Vec<Device>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Device {
    driver: String,
}

impl Claim {
    /// Drivers of the devices it was given: `gpu.nvidia.com`. `None`: nothing was given yet, or it is not said.
    pub(in super::super) fn drivers(&self) -> Option<impl Iterator<Item = &str>> {
        let results = self.status.allocation.as_ref()?.devices.as_ref()?.results.as_ref()?;
        Some(results.iter().map(|device| device.driver.as_str()))
    }
}
