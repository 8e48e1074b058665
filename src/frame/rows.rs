//! The seven frames. One list per frame: the column, its type, its meaning and what a null means.

use super::spec::{InstantMs, frame};

frame! {
    /// One row per billable thing.
    Resources = "resources", key ["resource_id"], row
    #[derive(Default)]
    ResourceRow {
        /// Global id, `provider:account:region:id`.
        resource_id: String,
        /// `aws`, `azure`, `gcp`, `kubernetes` or another name of the bill's issuer.
        provider: String,
        /// Account, subscription or project.
        account_id: String,
        /// Region in the provider's spelling; `global` where there is none.
        region: String,
        /// Zone. Null: it does not have one, or it was not reported.
        zone: Option<String>,
        /// Name people gave it. Null: it has none.
        name: Option<String>,
        /// Machine type in the provider's spelling. Null: it has none, or it was not reported.
        instance_type: Option<String>,
        /// `gpu_instance`, `node`, `endpoint`, `notebook`, `job`, `volume`, `provisioned_throughput`, `workload` (what runs
        /// on nodes: a deployment, a job, a notebook) or `other`.
        kind: String,
        /// `running`, `stopped` (not billed), `stopped_billed` (stopped inside, still billed), `completed`,
        /// `attached`, `unattached`. Null: not reported.
        state: Option<String>,
        /// `on_demand`, `spot` or `committed`. Null: unknown.
        purchase_option: Option<String>,
        /// First start. Null: not reported.
        launched_at: Option<InstantMs>,
        /// When it was stopped or ended. Null: it runs, or not reported.
        stopped_at: Option<InstantMs>,
        /// The cloud machine beneath a node. Null: nothing beneath it is known.
        backed_by: Option<String>,
        /// The machine a volume belongs to. Null: none.
        attached_to: Option<String>,
        /// Canonical accelerator model. Null: no accelerator, or the model was not recognised.
        gpu_model: Option<String>,
        /// Accelerators per machine or replica; fractions exist. Null: none, or not reported.
        gpu_count: Option<f64>,
        /// Accelerator memory. Null: none, or not reported.
        gpu_mem_gib_per_gpu: Option<f64>,
        /// Virtual CPUs. Null: not reported.
        vcpu_count: Option<i64>,
        /// Main memory. Null: not reported.
        mem_gib: Option<f64>,
        /// Size of a volume. Null: not a volume, or not reported.
        size_gib: Option<f64>,
        /// Units: machines of a job, replicas of an endpoint, model units of a throughput. Null: one, or not reported.
        unit_count: Option<f64>,
        /// Hours at the on-demand price that each machine of a job is billed in all: fewer than it ran where managed spot
        /// capacity was cheaper. Null: all that it ran, or not reported.
        billed_hours: Option<f64>,
        /// Fewest replicas its scaling allows. Null: not a scaled thing, or not reported.
        scaling_min_count: Option<f64>,
        /// Whether some autoscaling or schedule acts on it. Null: not reported.
        has_scaling: Option<bool>,
        /// Whether telemetry of it, if there was any, is out of reach by now, so that having none says nothing. Null: no, or
        /// not reported.
        has_unreachable_telemetry: Option<bool>,
        /// Whether it shuts down by itself when idle. Null: not reported.
        has_idle_shutdown: Option<bool>,
        /// Whether the work saves checkpoints. Null: unknown.
        has_checkpoint: Option<bool>,
        /// Whether its serving engine reserves accelerator memory in advance. Null: unknown.
        has_preallocated_memory: Option<bool>,
        /// `real_time`, `asynchronous`, `serverless` or `batch`. Null: not an endpoint, or not reported.
        serving_mode: Option<String>,
        /// Owner. Null: tag absent (the mapping of tags is in the settings).
        owner: Option<String>,
        /// Team. Null: tag absent.
        team: Option<String>,
        /// Environment, such as `production`. Null: tag absent.
        environment: Option<String>,
        /// All tags or labels, as a JSON object; `{}` if there are none.
        tags_json: String,
        /// Provider in whose catalog the machine type is found, where the machine belongs to a cluster. Null: `provider`
        /// itself, or none sells it.
        machine_provider: Option<String>,
        /// Last start, where it is not the first: between the two it may have been off, which only telemetry or a bill can
        /// tell. Null: it is the first, or not reported.
        last_started_at: Option<InstantMs>,
        /// The capacity reservation or block that it runs in, whose capacity is paid for whether it runs or not. Null: none, or
        /// not reported.
        reserved_in: Option<String>,
        /// What its price holds that list prices do not, which are of plain Linux on shared hardware: `Windows`, `dedicated`,
        /// …. Null: nothing, or not reported.
        price_variant: Option<String>,
        /// Whether its group keeps it on demand on purpose, beside others on spot. Null: not reported.
        is_on_demand_base: Option<bool>,
    }
}

frame! {
    /// One row per resource, accelerator and hour of telemetry.
    Usage = "usage", key ["resource_id", "gpu_index", "hour_start"], row
    #[derive(Default)]
    UsageRow {
        /// The resource measured.
        resource_id: String,
        /// Accelerator. Null: the row is about the whole machine.
        gpu_index: Option<i64>,
        /// Start of the hour.
        hour_start: InstantMs,
        /// Mean utilisation. Null: no telemetry that hour.
        gpu_util_mean_ratio: Option<f64>,
        /// Highest sample of the utilisation; where only a sum or mean over several accelerators is told, what one of them
        /// may have had at most. Null: no telemetry that hour.
        gpu_util_max_ratio: Option<f64>,
        /// Mean engine or SM activity. Null: not profiled.
        gpu_active_mean_ratio: Option<f64>,
        /// Highest sample of the engine or SM activity. Null: not profiled.
        gpu_active_max_ratio: Option<f64>,
        /// Mean accelerator memory in use. Null: no telemetry.
        gpu_mem_used_mean_gib: Option<f64>,
        /// Highest accelerator memory in use. Of CloudWatch it may be that of a day, in the first hour of the day or window.
        /// Null: no telemetry.
        gpu_mem_used_max_gib: Option<f64>,
        /// Mean power draw. Null: no telemetry.
        gpu_power_mean_watts: Option<f64>,
        /// Mean CPU utilisation of the machine. Null: no telemetry.
        cpu_util_mean_ratio: Option<f64>,
        /// Network traffic in both directions. Null: no telemetry.
        network_gib: Option<f64>,
        /// Samples behind the row.
        sample_count: i64,
        /// Where it came from: `dcgm`, `cloudwatch_agent`, `file`, ….
        source: String,
    }
}

frame! {
    /// One row per endpoint (or provisioned throughput), model and hour.
    Invocations = "invocations", key ["resource_id", "model", "variant", "hour_start"], row
    #[derive(Default)]
    InvocationRow {
        /// The endpoint.
        resource_id: String,
        /// The model; `default` if there is one only.
        model: String,
        /// Start of the hour.
        hour_start: InstantMs,
        /// Requests. Null: not reported.
        request_count: Option<i64>,
        /// Failed requests. Null: not reported.
        error_count: Option<i64>,
        /// Tokens read. Null: not a language model, or not reported.
        input_token_count: Option<i64>,
        /// Tokens written. Null: not a language model, or not reported.
        output_token_count: Option<i64>,
        /// Share of the requests that are small enough for the serverless offer of their provider. Null: the provider does not say.
        short_request_ratio: Option<f64>,
        /// 95th percentile of the latency. Null: not reported.
        latency_p95_ms: Option<f64>,
        /// Mean number of replicas, of the variant where there is one, else of the endpoint. Null: not a replicated endpoint, or not reported.
        replica_mean_count: Option<f64>,
        /// Share of the provisioned throughput in use. Null: not provisioned throughput, or not reported.
        throughput_util_ratio: Option<f64>,
        /// Highest share of the serving engine's cache in use. Null: no such engine, or not reported.
        engine_cache_max_ratio: Option<f64>,
        /// The variant or deployment with replicas of its own that serves the model: counts of different variants add up.
        /// Null: the model shares the endpoint's replicas, so that each model reports the same count.
        variant: Option<String>,
    }
}

frame! {
    /// One row per resource, day, kind of charge and SKU, with the meanings of FOCUS.
    Costs = "costs", key ["resource_id", "provider", "account_id", "region", "service", "sku", "day_start", "charge_kind",
        "purchase_option", "commitment_id"], row
    CostRow {
        /// The resource. Null: the bill does not name one.
        resource_id: Option<String>,
        /// Issuer of the bill: `aws`, `azure`, `gcp`, ….
        provider: String,
        /// Account, subscription or project.
        account_id: String,
        /// Region. Null: the charge has none.
        region: Option<String>,
        /// Service, in the bill's words.
        service: String,
        /// SKU, meter or usage type, in the bill's words.
        sku: String,
        /// Machine type the charge is for. Null: not a machine, or not stated.
        instance_type: Option<String>,
        /// Start of the UTC day.
        day_start: InstantMs,
        /// Which hours of the day were charged: bit n is UTC hour n. Null: the bill is by day.
        billed_hours_mask: Option<i64>,
        /// `usage`, `commitment_fee`, `commitment_unused`, `reservation_unused`, `credit`, `tax`, `refund`, `support`
        /// or `adjustment`.
        charge_kind: String,
        /// `on_demand`, `spot` or `committed`. Null: not a usage charge, or not stated.
        purchase_option: Option<String>,
        /// Commitment or reservation behind the charge. Null: none.
        commitment_id: Option<String>,
        /// Quantity used. Null: not metered.
        quantity: Option<f64>,
        /// Unit of the quantity. Null: not metered.
        quantity_unit: Option<String>,
        /// At list price. Null: the bill lacks it.
        list_usd: Option<f64>,
        /// As invoiced. Null: the bill lacks it.
        billed_usd: Option<f64>,
        /// Amortised, after discounts: what counts. Null: the bill lacks it.
        effective_usd: Option<f64>,
    }
}

frame! {
    /// What could be bought. A missing price is a missing row, never 0.
    Prices = "prices", key ["provider", "region", "instance_type", "purchase_option"], row
    PriceRow {
        /// `aws`, `azure`, `gcp`.
        provider: String,
        /// Region in the provider's spelling.
        region: String,
        /// Machine type in the provider's spelling.
        instance_type: String,
        /// `on_demand`, `spot`, `commit_1y` or `commit_3y`.
        purchase_option: String,
        /// Price of one machine, above 0.
        price_usd_per_hour: f64,
        /// Share of machines reclaimed in a month. Null: not spot, or not published.
        spot_interruption_monthly_ratio: Option<f64>,
        /// Day the price was read, `YYYY-MM-DD`.
        priced_on: String,
        /// Where it was read.
        source: String,
    }
}

frame! {
    /// One row per reservation, plan, contract or capacity reservation.
    Commitments = "commitments", key ["commitment_id"], row
    CommitmentRow {
        /// Id in the provider's spelling.
        commitment_id: String,
        /// `aws`, `azure`, `gcp`, ….
        provider: String,
        /// Account that bought it.
        account_id: String,
        /// `reservation`, `savings_plan`, `committed_use`, `provisioned_throughput` or `capacity_reservation`.
        kind: String,
        /// Region it applies to. Null: any.
        scope_region: Option<String>,
        /// Machine type or family it applies to. Null: any.
        scope_instance_type: Option<String>,
        /// First instant of the term. Null: not reported.
        starts_at: Option<InstantMs>,
        /// End of the term. Null: open-ended, or not reported.
        ends_at: Option<InstantMs>,
        /// What it costs by the hour. Null: not reported.
        committed_usd_per_hour: Option<f64>,
        /// Its cost in the window. Null: not reported.
        window_committed_usd: Option<f64>,
        /// The part of that cost that was used. Null: utilisation not readable.
        window_used_usd: Option<f64>,
    }
}

frame! {
    /// One row per pod, job run or endpoint revision, and the machine it ran on.
    Workloads = "workloads", key ["workload_id", "resource_id", "started_at", "unit_name"], row
    #[derive(Default)]
    WorkloadRow {
        /// Global id of the workload: of the owner of a pod, such as its deployment.
        workload_id: String,
        /// Cluster.
        cluster: String,
        /// Namespace.
        namespace: String,
        /// Name.
        name: String,
        /// Machine it ran on. Null: not scheduled.
        resource_id: Option<String>,
        /// `deployment`, `statefulset`, `daemonset`, `job`, `notebook`, `pod`, `training`, `batch`, …. Null: not reported.
        kind: Option<String>,
        /// Team. Null: label absent.
        team: Option<String>,
        /// Physical accelerators held; fractions are shares: a quarter of a time-sliced one is 0.25. Null: none.
        gpu_requested_count: Option<f64>,
        /// Memory asked for. Null: no request set.
        mem_requested_gib: Option<f64>,
        /// Start.
        started_at: InstantMs,
        /// End. Null: still running.
        ended_at: Option<InstantMs>,
        /// Restarts. Null: not reported.
        restart_count: Option<i64>,
        /// Whether it saves checkpoints. Null: unknown.
        has_checkpoint: Option<bool>,
        /// Name of the pod or run. Null: the workload is one thing.
        unit_name: Option<String>,
    }
}
