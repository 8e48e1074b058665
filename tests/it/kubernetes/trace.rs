//! A real trace of forty pods, as the exporter would have reported it, through a real Prometheus.

use std::{collections::BTreeMap, fs::File};

use polars::prelude::{ParquetReader, SerReader as _};

use super::{
    openmetrics::History,
    prometheus::{Server, Setup},
    report,
};
use crate::support::{Folder, shared_data};

/// Seconds, percent and bytes of a pod.
type Samples = Vec<(i64, Option<f64>, Option<f64>)>;

fn trace() -> Option<BTreeMap<String, Samples>> {
    let path = shared_data("k8s/gentd26_pod_gpu_dev_quarter.parquet")?;
    let frame = ParquetReader::new(File::open(path).unwrap()).finish().unwrap();
    let column = |name: &str| frame.column(name).unwrap();
    let (pods, seconds) = (column("pod").str().unwrap(), column("t").i64().unwrap());
    let percent = column("gpu_duty_cycle_pct").f64().unwrap();
    let bytes = column("gpu_memory_used_bytes").f64().unwrap();
    let mut trace: BTreeMap<String, Samples> = BTreeMap::new();
    for row in 0..frame.height() {
        let sample = (seconds.get(row).unwrap(), percent.get(row), bytes.get(row));
        trace.entry(pods.get(row).unwrap().to_owned()).or_default().push(sample);
    }
    Some(trace)
}

fn write(trace: &BTreeMap<String, Samples>, history: &mut History) {
    for (number, (pod, samples)) in trace.iter().enumerate() {
        let mut samples = samples.clone();
        samples.sort_by_key(|sample| sample.0);
        let (node, gpu) = (format!("node-{:02}", number / 8), (number % 8).to_string());
        let uuid = format!("GPU-{number:08x}");
        let labels = [
            ("gpu", gpu.as_str()),
            ("UUID", &uuid),
            ("modelName", "NVIDIA A100-SXM4-80GB"),
            ("Hostname", &node),
            ("exported_namespace", "genai"),
            ("exported_pod", pod),
            ("exported_container", "main"),
        ];
        let util = samples.iter().filter_map(|(at, percent, _)| Some((*at, (*percent)?)));
        history.series("DCGM_FI_DEV_GPU_UTIL", &labels, util);
        let used = samples.iter().filter_map(|(at, _, bytes)| Some((*at, (*bytes)? / 1_048_576.0)));
        history.series("DCGM_FI_DEV_FB_USED", &labels, used);
    }
}

#[test]
fn the_trace_of_forty_pods_is_as_idle_in_prometheus_as_it_is() {
    let Some(trace) = trace() else { return };
    let history = |history: &mut History| write(&trace, history);
    let Some(server) = Server::start(&Setup { history: &history, flags: &[] }) else { return };
    let folder = Folder::new();
    let window = "--window 24h --end 2022-09-12T01:00:00Z";
    folder.run(&format!("collect {} {window} --out trace", report::asking(&server.url()))).done();
    let means = report::workload_means(&folder.path("trace"));
    assert_eq!(means.len(), 40);
    assert_eq!(means.values().filter(|(mean, _)| *mean < 0.1).count(), 30);
    let samples: f64 = means.values().map(|(_, count)| count).sum();
    let mean = means.values().map(|(mean, count)| mean * count).sum::<f64>() / samples;
    // A range ends where the next begins, and a sample between both is in one of them: none is lost or counted twice.
    assert!((samples - 43_336.0).abs() < 0.5, "{samples}");
    // 8.590761074 % over all samples of the file; 2,479 of its 45,815 rows have none.
    assert!((mean - 0.085_907_610_74).abs() < 1e-5, "{mean}");
}
