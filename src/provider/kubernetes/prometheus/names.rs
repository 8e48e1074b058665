//! Names that exporters give their metrics, new and old.

use std::collections::BTreeSet;

/// Utilisation of accelerators.
pub(super) const UTIL: &[&str] = &["DCGM_FI_DEV_GPU_UTIL"];
/// Engine activity; newer releases call it by its ratio.
pub(super) const ENGINE: &[&str] =
    &["DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO"];
/// SM activity.
pub(super) const SM: &[&str] = &["DCGM_FI_PROF_SM_ACTIVE", "DCGM_FI_PROF_SM_UTIL_RATIO"];
/// Memory in use.
pub(super) const MEM_USED: &[&str] = &["DCGM_FI_DEV_FB_USED"];
/// Power.
pub(super) const POWER: &[&str] = &["DCGM_FI_DEV_POWER_USAGE"];

/// All metrics that are asked for, as a regular expression over their names.
pub(super) const WANTED: &str = "DCGM_FI_DEV_(GPU_UTIL|FB_USED|FB_FREE|POWER_USAGE)\
    |DCGM_FI_PROF_(GR_ENGINE|SM)_(ACTIVE|UTIL_RATIO)\
    |kube_(node|pod|replicaset|deployment|statefulset|job|cronjob|horizontalpodautoscaler)_.+\
    |vllm:.+|sglang:.+|tgi_.+|nv_inference_.+";

/// Metrics of kube-state-metrics that have all the labels which may have to make way for those of the target.
pub(super) const CLUSTER_METRICS: &str =
    "kube_(pod_info|node_info|pod_container_resource_requests)";

/// Metrics of serving engines, as a regular expression over their names.
pub(super) const ENGINE_METRICS: &str = "(vllm|sglang):.+|(tgi|nv_inference)_.+";

/// A serving engine and the metrics that say what it did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Engine {
    /// Counters of requests that succeeded; the first that exists counts.
    pub(super) requests: &'static [&'static str],
    /// Counters of requests that failed.
    pub(super) errors: &'static [&'static str],
    /// Counters of tokens read.
    pub(super) input_tokens: &'static [&'static str],
    /// Counters of tokens written.
    pub(super) output_tokens: &'static [&'static str],
    /// Histogram of the latency in seconds.
    pub(super) latency: &'static [&'static str],
    /// Share of the cache in use, as a ratio.
    pub(super) cache: &'static [&'static str],
    /// Label that names the model.
    pub(super) model_label: &'static str,
}

/// Serving engines. All of them reserve accelerator memory when they start.
pub(super) const ENGINES: &[Engine] = &[
    // vLLM.
    Engine {
        requests: &["vllm:request_success_total", "vllm:request_success"],
        errors: &[],
        input_tokens: &["vllm:prompt_tokens_total", "vllm:prompt_tokens"],
        output_tokens: &["vllm:generation_tokens_total", "vllm:generation_tokens"],
        latency: &["vllm:e2e_request_latency_seconds_bucket"],
        cache: &["vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"],
        model_label: "model_name",
    },
    // SGLang.
    Engine {
        requests: &["sglang:num_requests_total"],
        errors: &[],
        input_tokens: &["sglang:prompt_tokens_total"],
        output_tokens: &["sglang:generation_tokens_total"],
        latency: &["sglang:e2e_request_latency_seconds_bucket"],
        cache: &["sglang:token_usage"],
        model_label: "model_name",
    },
    // TGI.
    Engine {
        requests: &["tgi_request_success", "tgi_request_success_total"],
        errors: &["tgi_request_failure", "tgi_request_failure_total"],
        input_tokens: &["tgi_request_input_length_sum"],
        output_tokens: &["tgi_request_generated_tokens_sum"],
        latency: &["tgi_request_duration_bucket"],
        cache: &[],
        model_label: "",
    },
    // Triton.
    Engine {
        requests: &["nv_inference_request_success"],
        errors: &["nv_inference_request_failure"],
        input_tokens: &[],
        output_tokens: &[],
        latency: &[],
        cache: &[],
        model_label: "model",
    },
];

/// Metrics that a server has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Metrics(pub(in super::super) BTreeSet<String>);

impl Metrics {
    /// Whether it has one.
    pub(in super::super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Those of a list that it has, in the order of the list.
    pub(super) fn of(&self, names: &'static [&'static str]) -> Vec<&'static str> {
        names.iter().copied().filter(|name| self.has(name)).collect()
    }

    /// Whether it knows anything about accelerators.
    pub(in super::super) fn has_accelerators(&self) -> bool {
        [UTIL, ENGINE, SM, MEM_USED].iter().any(|names| !self.of(names).is_empty())
    }

    /// Whether it knows how busy accelerators are inside.
    pub(in super::super) fn has_activity(&self) -> bool {
        [ENGINE, SM].iter().any(|names| !self.of(names).is_empty())
    }

    /// Whether it knows any serving engine.
    pub(in super::super) fn has_engines(&self) -> bool {
        ENGINES
            .iter()
            .any(|engine| !self.of(engine.requests).is_empty() || !self.of(engine.cache).is_empty())
    }

    /// Whether it knows anything about pods or nodes of the cluster.
    pub(in super::super) fn has_cluster(&self) -> bool {
        self.has("kube_pod_info") || self.has("kube_node_info")
    }
}
