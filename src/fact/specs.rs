//! Every fact: its name, type, meaning and what a null in it means. A fact that is not listed here does not exist.
//!
//! Long because: it is a list, and a list is read in one place.

use super::table::{FactSpec, FactType, SubjectKind, Value};
pub use cluster::{SpareFacts, WorkloadFacts};

/// A type that a fact can have.
trait FactField {
    const TYPE: FactType;
}
impl FactField for Option<bool> {
    const TYPE: FactType = FactType::Bool;
}
impl FactField for Option<f64> {
    const TYPE: FactType = FactType::Number;
}
impl FactField for Option<String> {
    const TYPE: FactType = FactType::Text;
}

/// Declares the facts of one kind of subject: a struct to fill, and the documentation of its fields.
macro_rules! facts {
    ($(#[doc = $doc:literal])+ $name:ident {
        $( $(#[doc = $field_doc:literal])+ $field:ident: $type:ty = $null_means:literal, )+
    }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name { $( $(#[doc = $field_doc])+ pub $field: $type, )+ }

        impl $name {
            /// The documentation of these facts, in order.
            pub const SPECS: &'static [FactSpec] = &[
                $( FactSpec {
                    name: stringify!($field),
                    fact_type: <$type as FactField>::TYPE,
                    doc: concat!($($field_doc,)+),
                    null_means: $null_means,
                }, )+
            ];

            /// The values, in the order of the documentation.
            pub fn values(&self) -> Vec<Value> {
                vec![ $( Value::from(self.$field.clone()), )+ ]
            }
        }
    };
}

// After the macro, which it uses.
mod cluster;

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

facts! {
    /// What every subject has.
    CommonFacts {
        /// Global id: `provider:account:region:id`.
        resource_id: Option<String> = "",
        /// Id in the provider's own spelling: the last part of the global id.
        native_id: Option<String> = "",
        /// Issuer of the resource: `aws`, `azure`, `gcp`, `kubernetes`, ….
        provider: Option<String> = "",
        /// Account, subscription or project.
        account_id: Option<String> = "",
        /// Region in the provider's spelling, or `global`.
        region: Option<String> = "",
        /// Kind of the resource: `gpu_instance`, `node`, `endpoint`, `notebook`, `job`, `volume`, …; of a commitment its own kind.
        kind: Option<String> = "",
        /// Name people gave it.
        name: Option<String> = "It has none.",
        /// Machine type in the provider's spelling.
        instance_type: Option<String> = "It has none, or it was not reported.",
        /// `running`, `stopped` (not billed), `stopped_billed`, `completed`, `attached` or `unattached`.
        state: Option<String> = "Not reported.",
        /// `on_demand`, `spot` or `committed`.
        purchase_option: Option<String> = "Not reported and not visible in the bill.",
        /// Environment by tag.
        environment: Option<String> = "No such tag.",
        /// Owner by tag.
        owner: Option<String> = "No such tag.",
        /// Team by tag.
        team: Option<String> = "No such tag.",
        /// Whether a tag marks it as production (settings: `tags.production`).
        is_production: Option<bool> = "",
        /// Whether a tag marks it as bound by latency (settings: `tags.latency_bound`).
        is_latency_bound: Option<bool> = "",
        /// Whether a tag marks it as a warm standby (settings: `tags.standby`).
        is_standby: Option<bool> = "",
        /// Whether its work may be interrupted: by tag (settings: `tags.interruptible`) or because only jobs ran on it.
        is_interruptible: Option<bool> = "No tag says so and the work on it is not known.",
        /// Whether the policy approves spot capacity of its machine type in its region (settings: `policy.purchase_options`, `policy.regions`, `policy.families`).
        spot_is_allowed: Option<bool> = "",
        /// Whether its region is approved (settings: `policy.regions`).
        region_is_allowed: Option<bool> = "No regions are approved in the settings, so all are.",
        /// Days from its first start to the end of the window.
        age_days: Option<f64> = "The first start is not known.",
        /// Hours in the window in which it was billed or known to run.
        running_hours: Option<f64> = "Neither bill, telemetry nor times say when it ran.",
        /// Its amortised cost in the window, scaled to 730 hours.
        effective_usd_per_month: Option<f64> = "Neither the bill nor the catalog says what it costs.",
        /// Share of that cost that is paid whether it runs or not: under a reservation, plan or committed use, or for capacity that is reserved.
        committed_ratio: Option<f64> = "Its cost is not known.",
        /// The capacity reservation or block that it runs in, which stays paid for when it stops.
        reserved_in: Option<String> = "None, or not reported.",
        /// Whether its group keeps it on demand on purpose, beside others on spot.
        is_on_demand_base: Option<bool> = "It is in no group, or that was not reported.",
    }
}

facts! {
    /// A machine with accelerators.
    AcceleratorFacts {
        /// Canonical model of the accelerators.
        gpu_model: Option<String> = "Not recognised.",
        /// Accelerators in the machine; fractions are slices.
        gpu_count: Option<f64> = "Not reported and not in the catalog.",
        /// Memory of one accelerator.
        gpu_mem_gib_per_gpu: Option<f64> = "Not reported and not in the catalog.",
        /// Hours with accelerator telemetry: utilisation or, where that is absent (slices of an accelerator), engine or SM activity, which then counts as utilisation.
        observed_hours: Option<f64> = "",
        /// Share of the running hours with accelerator telemetry.
        observed_ratio: Option<f64> = "It is not known when it ran.",
        /// Accelerators with telemetry.
        gpu_observed_count: Option<f64> = "",
        /// Mean utilisation over all accelerators and observed hours.
        gpu_util_mean_ratio: Option<f64> = "No accelerator telemetry.",
        /// 95th percentile over observed hours of the busiest accelerator's mean utilisation.
        gpu_util_p95_ratio: Option<f64> = "No accelerator telemetry.",
        /// Highest sample of any accelerator's utilisation, or of its engine activity.
        gpu_util_max_ratio: Option<f64> = "No accelerator telemetry.",
        /// 95th percentile over observed hours of the hour's highest sample of any accelerator's utilisation, or of its engine activity: what a mean of the hour hides.
        gpu_util_peak_p95_ratio: Option<f64> = "No accelerator telemetry, or only means of hours.",
        /// Share of observed hours in which the busiest accelerator was active: a sample of its utilisation or engine activity was over `telemetry.active_util_ratio` (5 %), however short the work was.
        gpu_active_hours_ratio: Option<f64> = "No accelerator telemetry.",
        /// Accelerators that were active in more than 1 % of their observed hours, by the same measure.
        gpu_busy_count: Option<f64> = "No accelerator telemetry.",
        /// Accelerators that were not.
        gpu_unused_count: Option<f64> = "Not every accelerator has telemetry.",
        /// 95th percentile over hours of engine or SM activity where profiled, else of utilisation (which overstates it).
        gpu_compute_p95_ratio: Option<f64> = "No accelerator telemetry.",
        /// 95th percentile over hours of the hour's highest engine activity where that is known, else of its highest utilisation (which overstates it).
        gpu_compute_peak_p95_ratio: Option<f64> = "No accelerator telemetry, or only means of hours.",
        /// Whether that is engine or SM activity.
        gpu_compute_is_profiled: Option<bool> = "No accelerator telemetry.",
        /// Highest memory in use on any accelerator.
        gpu_mem_used_max_gib: Option<f64> = "No memory telemetry.",
        /// The same as a share of the accelerator's memory.
        gpu_mem_used_max_ratio: Option<f64> = "No memory telemetry, or the memory size is not known.",
        /// Whether its serving engine reserves memory in advance, so that memory in use says nothing about need.
        has_preallocated_memory: Option<bool> = "Not reported.",
        /// 95th percentile over hours of the CPU utilisation.
        cpu_util_p95_ratio: Option<f64> = "No CPU telemetry.",
        /// Network traffic in both directions.
        network_gib_per_day: Option<f64> = "No network telemetry.",
        /// Whether its work can wait, so that bursts may take longer on something slower: it may be interrupted; it cannot where it is marked as production or bound by latency.
        work_can_wait: Option<bool> = "Nothing says so.",
        /// Whether some autoscaling or schedule acts on it already.
        has_scaling: Option<bool> = "Not reported.",
        /// Whether the work saves checkpoints.
        has_checkpoint: Option<bool> = "Not reported.",
        /// Days since it was stopped, to the end of the window.
        stopped_days: Option<f64> = "It runs, or the time is not known.",
        /// Share of running hours that weekly calendars call off, each fitted on one half of the window and judged on the other.
        off_hours_ratio: Option<f64> = "Less than two weeks observed.",
        /// Share of those off hours that were active after all.
        off_hours_active_ratio: Option<f64> = "Less than two weeks observed, or no off hours.",
        /// Cheapest shape in the region with smaller accelerator memory that holds the peak with headroom and is fast enough.
        mem_fit_instance_type: Option<String> = "No such shape, or the peak is not known.",
        /// Its accelerator.
        mem_fit_gpu_model: Option<String> = "No such shape, or the peak is not known.",
        /// Its price ÷ the current one, both on demand.
        mem_fit_price_ratio: Option<f64> = "No such shape, or a price is missing.",
        /// Its accelerator memory not used at the peak.
        mem_fit_headroom_ratio: Option<f64> = "No such shape, or the peak is not known.",
        /// How much longer bursts inside an hour take there: their 95th percentile ÷ what it has of the current compute and memory bandwidth, at least 1.
        mem_fit_burst_stretch_ratio: Option<f64> = "No such shape, or only means of hours are known.",
        /// Number formats that the current accelerator computes in and its own does not: `none`, `BF16`, `FP8` or `BF16 and FP8`.
        mem_fit_lost_formats: Option<String> = "No such shape, or the peak is not known.",
        /// Its compute throughput ÷ the current one.
        mem_fit_speed_ratio: Option<f64> = "No such shape, or a throughput is not published.",
        /// Smallest MIG slice of the current accelerator that holds the peak with headroom, as a share of it.
        mem_fit_mig_ratio: Option<f64> = "The accelerator has no MIG, no slice holds the peak, or the peak is not known.",
        /// How much longer bursts inside an hour take there: their 95th percentile ÷ what it has of the current compute and memory bandwidth, at least 1.
        mem_fit_mig_burst_stretch_ratio: Option<f64> = "No such slice, or only means of hours are known.",
        /// Cheapest shape in the region with slower accelerators of no less memory that still carries the load.
        compute_fit_instance_type: Option<String> = "No such shape, or the load is not known.",
        /// Its accelerator.
        compute_fit_gpu_model: Option<String> = "No such shape, or the load is not known.",
        /// Its price ÷ the current one, both on demand.
        compute_fit_price_ratio: Option<f64> = "No such shape, or a price is missing.",
        /// How much longer bursts inside an hour take there: their 95th percentile ÷ what it has of the current compute and memory bandwidth, at least 1.
        compute_fit_burst_stretch_ratio: Option<f64> = "No such shape, or only means of hours are known.",
        /// Number formats that the current accelerator computes in and its own does not: `none`, `BF16`, `FP8` or `BF16 and FP8`.
        compute_fit_lost_formats: Option<String> = "No such shape, or the load is not known.",
        /// Its compute throughput ÷ the current one.
        compute_fit_speed_ratio: Option<f64> = "No such shape, or a throughput is not published.",
        /// Cheapest shape in the region with as many accelerators of the same model as were busy.
        count_fit_instance_type: Option<String> = "No such shape, or it is not known how many were busy.",
        /// Its number of accelerators.
        count_fit_gpu_count: Option<f64> = "No such shape, or it is not known how many were busy.",
        /// Its price ÷ the current one, both on demand.
        count_fit_price_ratio: Option<f64> = "No such shape, or a price is missing.",
        /// Cheapest shape in the region of a newer generation that is no slower, no smaller and no thinner in memory bandwidth.
        successor_instance_type: Option<String> = "No such shape.",
        /// Its accelerator.
        successor_gpu_model: Option<String> = "No such shape.",
        /// Its price ÷ the current one, both on demand.
        successor_price_ratio: Option<f64> = "No such shape, or a price is missing.",
        /// Its compute throughput ÷ the current one.
        successor_speed_ratio: Option<f64> = "No such shape.",
        /// Spot price ÷ on-demand price of this machine in this region.
        spot_price_ratio: Option<f64> = "No spot price is known.",
        /// Share of such spot machines reclaimed in a month.
        spot_interruption_monthly_ratio: Option<f64> = "Not published.",
        /// Accelerators that pods held, on average over the running hours.
        gpu_allocated_mean_count: Option<f64> = "It is no node, or the pods on it are not known.",
        /// Accelerators that no pod held, on average over the running hours.
        gpu_unallocated_mean_count: Option<f64> = "It is no node, or the pods on it are not known.",
        /// Pods that held accelerators of it in the window.
        gpu_pod_count: Option<f64> = "It is no node, or the pods on it are not known.",
        /// Pods without accelerators that ran on it in the window; daemon sets, which run on every node, do not count.
        cpu_pod_count: Option<f64> = "It is no node, or the pods on it are not known.",
        /// Share of the running hours in which only pods without accelerators ran on it, daemon sets aside.
        cpu_only_hours_ratio: Option<f64> = "It is no node, or the pods on it are not known.",
        /// Lowest share of accelerator-hours with telemetry of their own among the workloads that hold its accelerators; 1 if none does. Near 1 the rules for workloads, unallocated accelerators and CPU pods speak for the node.
        pods_observed_ratio: Option<f64> = "It is no node, or the pods on it are not known.",
    }
}

facts! {
    /// A model endpoint.
    EndpointFacts {
        /// Canonical model of the accelerators.
        gpu_model: Option<String> = "None, or not recognised.",
        /// Accelerators of one replica.
        gpu_count: Option<f64> = "None, or not reported.",
        /// Memory of one accelerator.
        gpu_mem_gib_per_gpu: Option<f64> = "None, or not reported.",
        /// `real_time`, `asynchronous`, `serverless` or `batch`.
        serving_mode: Option<String> = "Not reported.",
        /// Requests in the window.
        request_count: Option<f64> = "No request telemetry.",
        /// Requests a day over the observed hours.
        request_count_per_day: Option<f64> = "No request telemetry.",
        /// Share of the running hours with request telemetry.
        request_observed_ratio: Option<f64> = "It is not known when it ran.",
        /// Share of observed hours with at least one request.
        request_active_hours_ratio: Option<f64> = "No request telemetry.",
        /// 95th percentile of the hourly 95th percentiles of latency.
        latency_p95_ms: Option<f64> = "Not reported.",
        /// Mean number of replicas.
        replica_mean_count: Option<f64> = "Not reported.",
        /// Fewest replicas of any observed hour.
        replica_min_count: Option<f64> = "Not reported.",
        /// Most replicas of any observed hour.
        replica_max_count: Option<f64> = "Not reported.",
        /// Mean number of replicas that the load asks for, by utilisation where measured, else by requests against the peak hour.
        need_mean_count: Option<f64> = "Neither utilisation nor requests, or no replica count.",
        /// Peak hour's requests ÷ mean hour's requests.
        traffic_peak_ratio: Option<f64> = "No request telemetry, or no requests.",
        /// Whether its work can wait, so that bursts may take longer on something slower: it may be interrupted or requests are queued; it cannot where it is marked as production or bound by latency, or where requests are answered as they come.
        work_can_wait: Option<bool> = "Nothing says so.",
        /// Whether some autoscaling or schedule acts on it already.
        has_scaling: Option<bool> = "Not reported.",
        /// Fewest replicas its scaling allows.
        scaling_min_count: Option<f64> = "Not reported.",
        /// Share of the running hours with accelerator telemetry.
        observed_ratio: Option<f64> = "It is not known when it ran.",
        /// 95th percentile over observed hours of the busiest accelerator's mean utilisation.
        gpu_util_p95_ratio: Option<f64> = "No accelerator telemetry.",
        /// 95th percentile over observed hours of the hour's highest sample of any accelerator's utilisation, or of its engine activity: what a mean of the hour hides.
        gpu_util_peak_p95_ratio: Option<f64> = "No accelerator telemetry, or only means of hours.",
        /// Share of observed hours in which a sample of an accelerator was over `telemetry.active_util_ratio` (5 %).
        gpu_active_hours_ratio: Option<f64> = "No accelerator telemetry.",
        /// 95th percentile over hours of engine or SM activity where profiled, else of utilisation (which overstates it).
        gpu_compute_p95_ratio: Option<f64> = "No accelerator telemetry.",
        /// 95th percentile over hours of the hour's highest engine activity where that is known, else of its highest utilisation (which overstates it).
        gpu_compute_peak_p95_ratio: Option<f64> = "No accelerator telemetry, or only means of hours.",
        /// Highest memory in use on any accelerator.
        gpu_mem_used_max_gib: Option<f64> = "No memory telemetry.",
        /// The same as a share of the accelerator's memory.
        gpu_mem_used_max_ratio: Option<f64> = "No memory telemetry, or the memory size is not known.",
        /// Whether its serving engine reserves memory in advance.
        has_preallocated_memory: Option<bool> = "Not reported.",
        /// Share of running hours that weekly calendars call off, each fitted on one half of the window and judged on the other.
        off_hours_ratio: Option<f64> = "Less than two weeks observed.",
        /// Share of those off hours that had requests after all.
        off_hours_active_ratio: Option<f64> = "Less than two weeks observed, or no off hours.",
        /// Cheapest shape in the region that holds the peak memory with headroom and carries the load.
        fit_instance_type: Option<String> = "No such shape, or load or peak are not known.",
        /// Its accelerator.
        fit_gpu_model: Option<String> = "No such shape, or load or peak are not known.",
        /// Its price ÷ the current one, both on demand.
        fit_price_ratio: Option<f64> = "No such shape, or a price is missing.",
        /// How much longer bursts inside an hour take there: their 95th percentile ÷ what it has of the current compute and memory bandwidth, at least 1.
        fit_burst_stretch_ratio: Option<f64> = "No such shape, or only means of hours are known.",
        /// Number formats that the current accelerator computes in and its own does not: `none`, `BF16`, `FP8` or `BF16 and FP8`.
        fit_lost_formats: Option<String> = "No such shape, or load or peak are not known.",
        /// Its compute throughput ÷ the current one.
        fit_speed_ratio: Option<f64> = "No such shape, or a throughput is not published.",
        /// Whether the provider sells spot capacity for this kind of endpoint.
        has_spot_offer: Option<bool> = "Not known for this provider.",
        /// Spot price ÷ on-demand price of this machine in this region.
        spot_price_ratio: Option<f64> = "No spot price is known.",
        /// Share of such spot machines reclaimed in a month.
        spot_interruption_monthly_ratio: Option<f64> = "Not published.",
    }
}

facts! {
    /// A notebook or development machine.
    NotebookFacts {
        /// Canonical model of the accelerators.
        gpu_model: Option<String> = "None, or not recognised.",
        /// Accelerators.
        gpu_count: Option<f64> = "None, or not reported.",
        /// Hours with telemetry of an accelerator or, where there certainly is none, of the CPU.
        observed_hours: Option<f64> = "",
        /// Share of the running hours with such telemetry.
        observed_ratio: Option<f64> = "It is not known when it ran.",
        /// Share of observed hours in which a sample of an accelerator was over `telemetry.active_util_ratio` (or, where there certainly is none, the mean of the CPU over `telemetry.active_cpu_ratio`; both 5 %).
        active_hours_ratio: Option<f64> = "No telemetry.",
        /// Longest run of observed hours without activity.
        longest_idle_hours: Option<f64> = "No telemetry.",
        /// Whether it shuts down by itself when idle.
        has_idle_shutdown: Option<bool> = "Not reported.",
        /// 95th percentile over hours of the CPU utilisation.
        cpu_util_p95_ratio: Option<f64> = "No CPU telemetry.",
    }
}

facts! {
    /// A training, batch or processing job.
    JobFacts {
        /// Canonical model of the accelerators.
        gpu_model: Option<String> = "None, or not recognised.",
        /// Accelerators of one machine.
        gpu_count: Option<f64> = "None, or not reported.",
        /// Machines.
        machine_count: Option<f64> = "Not reported.",
        /// Whether it saves checkpoints.
        has_checkpoint: Option<bool> = "Not reported.",
        /// Whether the provider sells spot capacity for this kind of job.
        has_spot_offer: Option<bool> = "Not known for this provider.",
        /// Spot price ÷ on-demand price of this machine in this region.
        spot_price_ratio: Option<f64> = "No spot price is known.",
        /// Share of such spot machines reclaimed in a month.
        spot_interruption_monthly_ratio: Option<f64> = "Not published.",
    }
}

facts! {
    /// A disk.
    VolumeFacts {
        /// Size.
        size_gib: Option<f64> = "Not reported.",
        /// State of the machine it belongs to.
        machine_state: Option<String> = "It belongs to none, or the machine is not known.",
        /// Whether that machine has accelerators.
        machine_has_gpu: Option<bool> = "It belongs to none, or the machine is not known.",
        /// Days since that machine was stopped, to the end of the window.
        machine_stopped_days: Option<f64> = "The machine runs, or the time is not known.",
    }
}

facts! {
    /// Model throughput bought by the hour.
    ThroughputFacts {
        /// Model units bought.
        unit_count: Option<f64> = "Not reported.",
        /// Share of the hours with utilisation telemetry.
        observed_ratio: Option<f64> = "It is not known when it ran.",
        /// Mean utilisation over observed hours.
        throughput_util_mean_ratio: Option<f64> = "No utilisation telemetry.",
        /// 95th percentile of the utilisation over observed hours.
        throughput_util_p95_ratio: Option<f64> = "No utilisation telemetry.",
        /// Highest hour of the utilisation.
        throughput_util_max_ratio: Option<f64> = "No utilisation telemetry.",
    }
}

facts! {
    /// A reservation, plan or capacity reservation.
    CommitmentFacts {
        /// Cost in the window, scaled to 730 hours.
        committed_usd_per_month: Option<f64> = "Not reported.",
        /// The part of it nobody used, scaled to 730 hours.
        unused_usd_per_month: Option<f64> = "Utilisation not readable.",
        /// Share that was used.
        used_ratio: Option<f64> = "Utilisation not readable.",
        /// Days from the end of the window to the end of the term.
        term_left_days: Option<f64> = "Open-ended, or not reported.",
    }
}

facts! {
    /// Interchangeable machines: one account, region and machine type.
    PoolFacts {
        /// Machines seen in the window.
        machine_count: Option<f64> = "",
        /// What they cost on demand, scaled to 730 hours.
        on_demand_usd_per_month: Option<f64> = "Their cost is not known.",
        /// Level of on-demand cost that is exceeded in enough hours for a one-year commitment to pay.
        base_usd_per_hour: Option<f64> = "No commitment price is known, or no cost by the hour.",
        /// Cost of the last third of the window ÷ cost of the first third.
        trend_ratio: Option<f64> = "The window is shorter than 14 days, or the first third cost nothing.",
        /// Days with cost in the window.
        billed_days: Option<f64> = "",
        /// Whether the policy approves one-year commitments to this machine type in this region (settings: `policy.purchase_options`, `policy.regions`, `policy.families`).
        commit_is_allowed: Option<bool> = "",
        /// Price with a one-year commitment ÷ price on demand.
        commit_price_ratio: Option<f64> = "No commitment price is known.",
        /// What that price is the price of, as the provider calls it.
        commit_instrument: Option<String> = "",
        /// Lowest share of running hours with the telemetry its kind is judged by, of any of the machines.
        telemetry_min_ratio: Option<f64> = "It is not known when one of them ran.",
    }
}

facts! {
    /// Any resource of the estate.
    ResourceFacts {
        /// Whether it has accelerators.
        has_gpu: Option<bool> = "The machine type is not known.",
        /// Canonical model of the accelerators.
        gpu_model: Option<String> = "None, or not recognised.",
        /// Accelerators.
        gpu_count: Option<f64> = "None, or not reported.",
        /// Share of the running hours with the telemetry its kind is judged by (accelerator, requests or throughput).
        telemetry_ratio: Option<f64> = "It is not known when it ran, its kind needs no telemetry, or there may have been some that is out of reach by now.",
        /// What it cost in the hours nobody measured, scaled to 730 hours.
        unmeasured_usd_per_month: Option<f64> = "Its cost is not known.",
    }
}

/// The facts of a kind of subject: the common ones, then its own.
pub fn specs_of(kind: SubjectKind) -> Vec<FactSpec> {
    let own = match kind {
        SubjectKind::Accelerator => AcceleratorFacts::SPECS,
        SubjectKind::Endpoint => EndpointFacts::SPECS,
        SubjectKind::Notebook => NotebookFacts::SPECS,
        SubjectKind::Job => JobFacts::SPECS,
        SubjectKind::Volume => VolumeFacts::SPECS,
        SubjectKind::Throughput => ThroughputFacts::SPECS,
        SubjectKind::Commitment => CommitmentFacts::SPECS,
        SubjectKind::Pool => PoolFacts::SPECS,
        SubjectKind::Workload => WorkloadFacts::SPECS,
        SubjectKind::Spare => SpareFacts::SPECS,
        SubjectKind::Resource => ResourceFacts::SPECS,
    };
    CommonFacts::SPECS.iter().chain(own).copied().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::units::Unit;

    #[test]
    fn every_number_ends_in_its_unit_and_names_are_unique() {
        for kind in SubjectKind::ALL {
            let mut seen = BTreeSet::new();
            for spec in specs_of(kind) {
                assert!(seen.insert(spec.name), "{kind}: `{}` is listed twice", spec.name);
                let has_unit = Unit::of(spec.name) != Unit::None;
                assert_eq!(
                    has_unit,
                    spec.fact_type == FactType::Number,
                    "{kind}: `{}` is {} and its name says otherwise",
                    spec.name,
                    spec.fact_type
                );
            }
        }
    }
}
