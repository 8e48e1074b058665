//! A variant of an endpoint: as it runs, as it was configured, and what scales it.

use super::Seen;
use crate::provider::aws::sagemaker::{
    normalize::scaling::{self, Scaler},
    wire::{Component, ConfigVariant, ManagedScaling, Reservation, Serverless, Variant},
};

/// A variant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Served<'a> {
    pub(super) name: &'a str,
    pub(super) is_shadow: bool,
    /// Machine types that it may have; one that is not known is `None`. Empty: it has no machines.
    pub(super) types: Vec<Option<&'a str>>,
    pub(super) is_partitioned: bool,
    pub(super) scaler: Scaler,
    running: Option<&'a Variant>,
    serverless: Option<&'a Serverless>,
}

/// What something pays for around the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Paid {
    /// Only requests.
    Nothing,
    /// So many machines, or copies that wait.
    Units(f64),
    /// Something; how much was not reported.
    Unknown,
}

impl<'a> Served<'a> {
    /// All variants that are paid for. A configuration alone tells the types of an endpoint that has no variants yet, or
    /// no more.
    pub(super) fn all(seen: &Seen<'a>) -> Vec<Self> {
        let configured = seen.endpoint.config.as_deref().unwrap_or_default();
        if seen.endpoint.variants.is_empty() {
            return configured.iter().map(|config| Self::new(seen, None, Some(config))).collect();
        }
        let config_of = |name: &str| configured.iter().find(|config| config.name == name);
        let running = seen.endpoint.variants.iter();
        running.map(|variant| Self::new(seen, Some(variant), config_of(&variant.name))).collect()
    }

    fn new(
        seen: &Seen<'a>,
        running: Option<&'a Variant>,
        config: Option<&'a ConfigVariant>,
    ) -> Self {
        let serverless = running
            .and_then(|variant| variant.serverless.as_ref())
            .or_else(|| config.and_then(|config| config.serverless.as_ref()));
        let managed = running
            .and_then(|variant| variant.managed_scaling.as_ref())
            .or_else(|| config.and_then(|config| config.managed_scaling.as_ref()));
        let name = running.map(|variant| variant.name.as_str());
        let mut served = Self {
            name: name.or(config.map(|config| config.name.as_str())).unwrap_or_default(),
            is_shadow: running.is_some_and(|variant| variant.is_shadow),
            types: if serverless.is_some() { Vec::new() } else { types(running, config) },
            is_partitioned: running.is_some_and(|variant| variant.is_partitioned)
                || config.is_some_and(|config| config.is_partitioned),
            scaler: Scaler::NONE,
            running,
            serverless,
        };
        served.scaler = served.find_scaler(seen, managed);
        served
    }

    pub(super) fn is_serverless(&self) -> bool {
        self.serverless.is_some()
    }

    /// Its part of the requests that name no variant. `None`: not reported.
    pub(super) fn weight(&self) -> Option<f32> {
        self.running?.weight
    }

    /// Machines now. `None`: not reported, or it has none.
    pub(super) fn machine_count(&self) -> Option<f64> {
        let running = self.running.filter(|_| !self.is_serverless())?;
        let in_pools = || -> Option<i32> {
            let pools = Some(&running.pools).filter(|pools| !pools.is_empty())?;
            pools.iter().map(|pool| pool.instance_count).sum()
        };
        running.instance_count.or_else(in_pools).map(f64::from)
    }

    /// What is paid around the clock: machines, or copies that wait.
    pub(super) fn paid(&self) -> Paid {
        let count = match self.serverless {
            Some(serverless) => match serverless.provisioned_count {
                None => return Paid::Nothing,
                Some(count) => Some(f64::from(count)),
            },
            None => self.machine_count(),
        };
        count.map_or(Paid::Unknown, Paid::Units)
    }

    /// The fewest that scaling leaves, or what is there if nothing scales it.
    pub(super) fn floor(&self) -> Option<f64> {
        match (self.scaler.acts, self.paid()) {
            (Some(false), Paid::Units(count)) => Some(count),
            (Some(false), Paid::Unknown) => None,
            (Some(false), Paid::Nothing) => Some(0.0),
            _ => self.scaler.min_count,
        }
    }

    /// Capacity that was paid in advance is committed as far as the endpoint runs in it.
    pub(super) fn purchase_option(&self) -> Option<&'static str> {
        let reservation = self.running.and_then(|variant| variant.reservation.as_ref());
        match reservation {
            Some(Reservation { arn: Some(_), is_only: true, .. }) => Some("committed"),
            Some(Reservation { arn: Some(_), used_count, .. }) => {
                let used = f64::from((*used_count)?);
                match self.machine_count()? {
                    all if used >= all => Some("committed"),
                    _ if used <= 0.0 => Some("on_demand"),
                    _ => None,
                }
            }
            _ => Some("on_demand"),
        }
    }

    /// By its own target; by the models on it, where machines follow them; or by itself, without machines.
    fn find_scaler(&self, seen: &Seen<'a>, managed: Option<&ManagedScaling>) -> Scaler {
        let own = scaling::of(
            &scaling::variant(&seen.endpoint.name, self.name),
            seen.scaling,
            seen.ground,
        );
        if own.acts == Some(true) {
            return own;
        }
        if self.serverless.is_some_and(|serverless| serverless.provisioned_count.is_none()) {
            return Scaler { acts: Some(true), min_count: Some(0.0) };
        }
        let managed = managed.filter(|managed| managed.is_enabled);
        let Some(managed) = managed.filter(|managed| !is_fixed(managed)) else {
            return own;
        };
        let followed = self.follow(seen, managed);
        match scaling::either(own.acts, followed.acts) {
            Some(false) => Scaler::NONE,
            acts => Scaler { acts, min_count: followed.min_count },
        }
    }

    /// Machines that follow the models on them go no lower than those need.
    fn follow(&self, seen: &Seen<'a>, managed: &ManagedScaling) -> Scaler {
        let fewest = managed.min_count.map(f64::from);
        if seen.components.is_none() {
            return Scaler { acts: None, min_count: None };
        }
        let own: Vec<&Component> =
            seen.components().filter(|component| component.variant_name == self.name).collect();
        if own.is_empty() {
            return Scaler { acts: Some(true), min_count: fewest };
        }
        let scalers: Vec<(Scaler, Option<f64>)> = own
            .into_iter()
            .map(|component| {
                let resource = scaling::component(&component.name);
                let scaler = scaling::of(&resource, seen.scaling, seen.ground);
                let copies = component.copy_count.map(f64::from);
                (scaler, if scaler.acts == Some(false) { copies } else { scaler.min_count })
            })
            .collect();
        let acts = scalers.iter().map(|(scaler, _)| scaler.acts).reduce(scaling::either).flatten();
        let copies: Option<f64> = scalers.iter().map(|(_, copies)| *copies).sum();
        let min_count = copies
            .zip(fewest)
            .map(|(copies, fewest)| if copies > 0.0 { fewest.max(1.0) } else { fewest });
        Scaler { acts, min_count }
    }
}

/// Whether the limits leave nothing to scale.
fn is_fixed(managed: &ManagedScaling) -> bool {
    managed.min_count.is_some() && managed.min_count == managed.max_count
}

/// All types that its machines may have.
fn types<'a>(
    running: Option<&'a Variant>,
    config: Option<&'a ConfigVariant>,
) -> Vec<Option<&'a str>> {
    let in_pools = running.into_iter().flat_map(|variant| &variant.pools);
    let mut types: Vec<&str> = in_pools.map(|pool| pool.instance_type.as_str()).collect();
    if let Some(config) = config {
        types.extend(config.pool_types.iter().map(String::as_str));
        types.extend(config.instance_type.as_deref().filter(|_| config.pool_types.is_empty()));
    }
    types.sort_unstable();
    types.dedup();
    if types.is_empty() { vec![None] } else { types.into_iter().map(Some).collect() }
}
