//! Endpoints: one row each, whatever variants and models share it, because one bill pays for all.

mod served;
mod waiting;

use self::served::{Paid, Served};
use super::{Ground, machine::Machine, scaling};
use crate::{
    frame::{ResourceRow, WorkloadRow},
    provider::{
        aws::{
            observed::{Metered, MetricSource, Observed},
            sagemaker::wire::{Component, Endpoint, Region, Scaling},
        },
        image::is_preallocating,
    },
};

/// What one endpoint is worked out from.
#[derive(Debug, Clone, Copy)]
struct Seen<'a> {
    endpoint: &'a Endpoint,
    /// Models that share it. `None`: not known.
    components: Option<&'a [Component]>,
    scaling: &'a Scaling,
    ground: &'a Ground<'a>,
}

/// Adds all endpoints of a region, and the models on them.
pub(super) fn add(region: &Region, ground: &Ground<'_>, out: &mut Observed) {
    for endpoint in &region.endpoints {
        let components = region.components.as_deref();
        let seen = Seen { endpoint, components, scaling: &region.scaling, ground };
        let served = Served::all(&seen);
        out.gaps.extend(waiting::unweighted(&seen, &served));
        out.gaps.extend(waiting::provisioned(&seen, &served));
        out.resources.push(row(&seen, &served));
        out.metered.extend(served.iter().map(|served| metered_variant(&seen, served)));
        for component in seen.components() {
            out.metered.push(metered_component(&seen, &served, component));
            out.workloads.push(held(&seen, component));
        }
    }
}

impl<'a> Seen<'a> {
    /// Its name, and where it is.
    fn place(self) -> String {
        let Ground { account_id, region, .. } = self.ground;
        format!("{} of account {account_id} in {region}", self.endpoint.name)
    }

    /// Models that are known to share the endpoint.
    fn components(self) -> impl Iterator<Item = &'a Component> {
        let name = self.endpoint.name.as_str();
        let all = self.components.unwrap_or_default().iter();
        all.filter(move |component| component.endpoint_name == name)
    }
}

fn row(seen: &Seen<'_>, served: &[Served<'_>]) -> ResourceRow {
    let Seen { endpoint, ground, .. } = *seen;
    let state = state(endpoint.status.as_deref());
    let unit_count = unit_count(served);
    let mut machine = machine(served, ground);
    if state.is_none() && unit_count.is_none() {
        // Whether it has a machine at all is not known, so that no price may stand in for its bill.
        machine.instance_type = None;
    }
    // What was not described may be scaled by what does not show in the list of targets.
    let is_described = endpoint.is_asynchronous.is_some();
    let has_scaling = served
        .iter()
        .map(|served| served.scaler.acts)
        .reduce(scaling::either)
        .flatten()
        .filter(|_| is_described);
    machine.fill(ResourceRow {
        state: state.map(str::to_owned),
        purchase_option: purchase_option(served),
        launched_at: endpoint.created_at,
        unit_count,
        has_scaling,
        // What has no machine now may have none, whoever takes them away.
        scaling_min_count: floor(served).or(unit_count.filter(|count| *count == 0.0)),
        has_preallocated_memory: has_preallocated_memory(seen),
        serving_mode: serving_mode(endpoint, served).map(str::to_owned),
        ..ground.row("endpoint", &endpoint.arn, &endpoint.name, &endpoint.tags)
    })
}

/// Updates go on while the machines serve. Of what failed, is being created or deleted it is not said whether it holds
/// machines.
fn state(status: Option<&str>) -> Option<&'static str> {
    match status {
        Some("InService" | "Updating" | "SystemUpdating" | "RollingBack") => Some("running"),
        _ => None,
    }
}

/// Machines of all variants, shadows included: they are paid like the others. Copies that wait, where there are no machines.
fn unit_count(served: &[Served<'_>]) -> Option<f64> {
    let paid = served.iter().map(Served::paid).filter(|paid| *paid != Paid::Nothing);
    let counts: Option<Vec<f64>> = paid
        .map(|paid| match paid {
            Paid::Units(count) => Some(count),
            Paid::Nothing | Paid::Unknown => None,
        })
        .collect();
    counts.filter(|counts| !counts.is_empty()).map(|counts| counts.into_iter().sum())
}

/// What all its machines have in common.
fn machine(served: &[Served<'_>], ground: &Ground<'_>) -> Machine {
    let types: Vec<Option<&str>> =
        served.iter().flat_map(|served| served.types.iter().copied()).collect();
    Machine::of(&types, ground)
}

/// The fewest replicas of all variants: what scaling allows, and what is fixed.
fn floor(served: &[Served<'_>]) -> Option<f64> {
    let is_scaled = served.iter().any(|served| served.scaler.acts != Some(false));
    let floors: Option<Vec<f64>> = served.iter().map(Served::floor).collect();
    floors.filter(|_| is_scaled).map(|floors| floors.into_iter().sum())
}

fn serving_mode(endpoint: &Endpoint, served: &[Served<'_>]) -> Option<&'static str> {
    let is_serverless = !served.is_empty() && served.iter().all(Served::is_serverless);
    match endpoint.is_asynchronous? {
        true => Some("asynchronous"),
        false if is_serverless => Some("serverless"),
        false => Some("real_time"),
    }
}

fn purchase_option(served: &[Served<'_>]) -> Option<String> {
    super::agreed(served.iter().map(Served::purchase_option)).map(str::to_owned)
}

/// By the images of its containers, which models on a shared endpoint bring themselves.
fn has_preallocated_memory(seen: &Seen<'_>) -> Option<bool> {
    let of_variants = seen.endpoint.variants.iter().flat_map(|variant| variant.images.clone());
    let of_components = seen.components().filter_map(|component| component.image.clone());
    is_preallocating(&of_variants.chain(of_components).collect::<Vec<_>>())
}

fn metered_variant(seen: &Seen<'_>, served: &Served<'_>) -> Metered {
    let source = MetricSource::Variant {
        endpoint_name: seen.endpoint.name.clone(),
        variant_name: served.name.to_owned(),
        replica_count: served.machine_count(),
        is_fixed: served.scaler.acts == Some(false) && !was_changed(seen),
        is_serverless: served.is_serverless(),
        is_shadow: served.is_shadow,
        is_asynchronous: seen.endpoint.is_asynchronous == Some(true),
        has_own_gpu_metrics: seen.endpoint.has_enhanced_metrics,
    };
    metered(seen, Some(served), source)
}

fn metered_component(seen: &Seen<'_>, served: &[Served<'_>], component: &Component) -> Metered {
    let source = MetricSource::Component {
        component_name: component.name.clone(),
        endpoint_name: component.endpoint_name.clone(),
        variant_name: component.variant_name.clone(),
    };
    let variant = served.iter().find(|served| served.name == component.variant_name);
    Metered { began_at: component.created_at, ..metered(seen, variant, source) }
}

/// What a variant's machines are divided by: nothing, where it may have several types, or parts of accelerators, or is not
/// known.
fn metered(seen: &Seen<'_>, served: Option<&Served<'_>>, source: MetricSource) -> Metered {
    let machine = served.map(|served| Machine::of(&served.types, seen.ground));
    let machine = machine.unwrap_or_default();
    let is_whole = served.is_some_and(|served| !served.is_partitioned);
    Metered {
        resource_id: seen.ground.id(&seen.endpoint.arn),
        gpu_count: machine.measured_gpu_count(seen.ground).filter(|_| is_whole),
        gpu_mem_gib_per_gpu: machine.gpu_mem_gib_per_gpu.filter(|_| is_whole),
        vcpu_count: machine.vcpu_count,
        began_at: seen.endpoint.created_at,
        ended_at: None,
        source,
    }
}

/// Creation ends with a change of its own.
const CREATION_MS: i64 = 3_600_000;

/// Whether somebody or something changed it within the window: functions that run by a schedule of their own scale too, and
/// nobody says so.
fn was_changed(seen: &Seen<'_>) -> bool {
    let Some(changed_at) = seen.endpoint.modified_at else { return true };
    let is_creation =
        seen.endpoint.created_at.is_some_and(|created| changed_at.0 - created.0 <= CREATION_MS);
    changed_at >= seen.ground.starts_at() && !is_creation
}

/// What the copies of a model hold of the endpoint they share.
fn held(seen: &Seen<'_>, component: &Component) -> WorkloadRow {
    let ground = seen.ground;
    let copies = component.copy_count.map(f64::from);
    let gpus = component.gpu_count.filter(|_| !component.is_partitioned).map(f64::from);
    WorkloadRow {
        workload_id: ground.id(&component.arn),
        cluster: "sagemaker".to_owned(),
        name: component.name.clone(),
        resource_id: Some(ground.id(&seen.endpoint.arn)),
        kind: Some("inference_component".to_owned()),
        gpu_requested_count: copies.zip(gpus).map(|(copies, gpus)| copies * gpus),
        mem_requested_gib: copies
            .zip(component.mem_mib)
            .map(|(copies, mib)| copies * f64::from(mib) / 1024.0),
        started_at: component.created_at.unwrap_or(ground.starts_at()),
        ..WorkloadRow::default()
    }
}
