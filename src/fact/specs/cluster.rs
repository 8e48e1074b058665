//! Facts of what runs on nodes, and of what of a node is left.

use super::{FactField, FactSpec, Value};

facts! {
    /// What runs on nodes: a deployment, a job, a notebook.
    WorkloadFacts {
        /// Namespace.
        namespace: Option<String> = "No pod of it is known.",
        /// Name within the namespace.
        workload_name: Option<String> = "No pod of it is known.",
        /// `deployment`, `statefulset`, `job`, `cronjob`, `notebook`, `development`, `training`, `batch`, `pod`, ….
        workload_kind: Option<String> = "Not reported.",
        /// Whether it runs to an end by itself: a job, a training run, a batch.
        is_job: Option<bool> = "Its kind is not reported.",
        /// Whether people work in it: a notebook or a development pod.
        is_notebook: Option<bool> = "Its kind is not reported.",
        /// Canonical model of the accelerators.
        gpu_model: Option<String> = "Not recognised, or its nodes differ.",
        /// Memory of one accelerator.
        gpu_mem_gib_per_gpu: Option<f64> = "Not reported, or its nodes differ.",
        /// Accelerators of one pod; fractions are slices or shares.
        gpu_per_pod_count: Option<f64> = "Its pods differ.",
        /// Accelerators held, on average over the hours in which it held any.
        gpu_held_mean_count: Option<f64> = "It held none in the window.",
        /// Accelerators held in the last hour of the window.
        gpu_held_end_count: Option<f64> = "",
        /// Hours with accelerator telemetry of its own.
        observed_hours: Option<f64> = "",
        /// Share of the accelerator-hours it held that have telemetry of their own.
        observed_ratio: Option<f64> = "It held none in the window.",
        /// Mean utilisation over all its accelerators and observed hours.
        gpu_util_mean_ratio: Option<f64> = "No accelerator telemetry of its own.",
        /// 95th percentile over observed hours of its busiest accelerator's mean utilisation.
        gpu_util_p95_ratio: Option<f64> = "No accelerator telemetry of its own.",
        /// Highest sample of any of its accelerators' utilisation.
        gpu_util_max_ratio: Option<f64> = "No accelerator telemetry of its own.",
        /// 95th percentile over observed hours of the hour's highest sample of any of its accelerators' utilisation, or of their engine activity: what a mean of the hour hides.
        gpu_util_peak_p95_ratio: Option<f64> = "No accelerator telemetry of its own, or only means of hours.",
        /// Share of observed hours in which its busiest accelerator was active (mean utilisation over `telemetry.active_util_ratio`, 5 %).
        gpu_active_hours_ratio: Option<f64> = "No accelerator telemetry of its own.",
        /// 95th percentile over hours of engine or SM activity where profiled, else of utilisation (which overstates it).
        gpu_compute_p95_ratio: Option<f64> = "No accelerator telemetry of its own.",
        /// 95th percentile over hours of the hour's highest engine activity where that is known, else of its highest utilisation (which overstates it).
        gpu_compute_peak_p95_ratio: Option<f64> = "No accelerator telemetry of its own, or only means of hours.",
        /// Whether that is engine or SM activity.
        gpu_compute_is_profiled: Option<bool> = "No accelerator telemetry of its own.",
        /// Highest memory in use on any of its accelerators.
        gpu_mem_used_max_gib: Option<f64> = "No memory telemetry of its own.",
        /// The same as a share of the accelerator's memory.
        gpu_mem_used_max_ratio: Option<f64> = "No memory telemetry of its own, or the memory size is not known.",
        /// Whether its serving engine reserves memory in advance, so that memory in use says nothing about need.
        has_preallocated_memory: Option<bool> = "Not reported.",
        /// Highest share of its serving engine's cache in use.
        engine_cache_max_ratio: Option<f64> = "No such engine, or not reported.",
        /// 95th percentile over hours of the CPU utilisation.
        cpu_util_p95_ratio: Option<f64> = "No CPU telemetry.",
        /// Share of observed hours with activity of an accelerator or requests.
        active_hours_ratio: Option<f64> = "No telemetry of its own.",
        /// Longest run of observed hours without activity.
        longest_idle_hours: Option<f64> = "No telemetry of its own.",
        /// Requests in the window.
        request_count: Option<f64> = "No request telemetry.",
        /// Peak hour's requests ÷ mean hour's requests.
        traffic_peak_ratio: Option<f64> = "No request telemetry, or no requests.",
        /// Mean number of pods over the hours in which it ran.
        replica_mean_count: Option<f64> = "It did not run in the window.",
        /// Fewest pods of any whole hour between its first and its last.
        replica_min_count: Option<f64> = "It did not run for a whole hour.",
        /// Most pods of any whole hour.
        replica_max_count: Option<f64> = "It did not run for a whole hour.",
        /// Mean number of pods that the load asks for: by requests against the peak hour or by utilisation, whichever asks for more.
        need_mean_count: Option<f64> = "Neither utilisation nor requests.",
        /// Pods that its peak hour asks for ÷ those that the mean hour asks for.
        need_peak_ratio: Option<f64> = "Neither utilisation nor requests, or nothing was needed.",
        /// Share of the hours in which it ran whose need is known.
        need_observed_ratio: Option<f64> = "It did not run in the window.",
        /// Whether its work can wait, so that bursts may take longer on something slower: it may be interrupted; it cannot where it is marked as production or bound by latency or answers requests.
        work_can_wait: Option<bool> = "Nothing says so.",
        /// Whether a scaler (HPA, KEDA or another) or a schedule acts on it already.
        has_scaling: Option<bool> = "Not reported.",
        /// Fewest replicas its scaling allows.
        scaling_min_count: Option<f64> = "Not reported.",
        /// Whether it shuts down by itself when idle.
        has_idle_shutdown: Option<bool> = "Not reported.",
        /// Whether it saves checkpoints.
        has_checkpoint: Option<bool> = "Not reported.",
        /// Share of running hours that the weekly calendar fitted on the first part of the window calls off, on the rest of it.
        off_hours_ratio: Option<f64> = "Less than two weeks observed.",
        /// Share of those off hours that were active after all.
        off_hours_active_ratio: Option<f64> = "Less than two weeks observed, or no off hours.",
        /// Smallest share of its accelerator that holds the peak memory and the load with headroom: a MIG slice, or a half or quarter by time-slicing where the accelerator has no MIG.
        share_fit_ratio: Option<f64> = "No such share, or the peak is not known.",
        /// How much longer bursts inside an hour take there: their 95th percentile ÷ what it has of the current compute and memory bandwidth, at least 1.
        share_fit_burst_stretch_ratio: Option<f64> = "No such share, or only means of hours are known.",
        /// What that share is called.
        share_fit_name: Option<String> = "No such share, or the peak is not known.",
        /// Share of its cost that was paid at the on-demand price.
        on_demand_ratio: Option<f64> = "Its cost is not known.",
        /// Spot price ÷ on-demand price of the nodes it ran on, weighted by what they cost it.
        spot_price_ratio: Option<f64> = "No spot price of some node it ran on is known.",
        /// Share of such spot nodes reclaimed in a month, the highest of them.
        spot_interruption_monthly_ratio: Option<f64> = "Not published.",
    }
}

facts! {
    /// The accelerators of a node that no pod holds.
    SpareFacts {
        /// Canonical model of the accelerators.
        gpu_model: Option<String> = "Not recognised.",
        /// Physical accelerators of the node.
        gpu_count: Option<f64> = "",
        /// Accelerators that pods held, on average over the running hours.
        gpu_allocated_mean_count: Option<f64> = "It did not run in the window.",
        /// Most accelerators that pods held in any hour.
        gpu_allocated_max_count: Option<f64> = "It did not run in the window.",
        /// Accelerators that no pod held, on average over the running hours.
        gpu_unallocated_mean_count: Option<f64> = "It did not run in the window.",
        /// Share of the node's accelerator-hours that no pod held.
        gpu_unallocated_ratio: Option<f64> = "It did not run in the window.",
        /// Share of those that whole nodes could give back, had the pods of all like nodes of the cluster been packed onto as few as possible, hour by hour.
        packable_ratio: Option<f64> = "Nothing was unallocated.",
        /// Pods that held accelerators of the node in the window.
        gpu_pod_count: Option<f64> = "",
        /// Pods without accelerators that ran on the node in the window; daemon sets do not count.
        cpu_pod_count: Option<f64> = "",
        /// Accelerators of the node that worked in the window, whoever used them.
        gpu_busy_count: Option<f64> = "No accelerator telemetry of the node.",
        /// Whether some autoscaler may remove the node.
        has_scaling: Option<bool> = "Not reported.",
    }
}
