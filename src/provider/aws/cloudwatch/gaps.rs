//! What metrics do not say, as gaps.

use std::collections::BTreeSet;

use super::{
    collect::Reading,
    cost::{ApiCost, Billed},
};
use crate::{
    frame::native_id,
    provider::aws::observed::gap,
    snapshot::Gap,
    text::clean,
    units::{count, thousands},
};

/// Names in one gap, at most.
const NAMES: usize = 5;

/// Some names, and how many more there are.
pub(in super::super) fn named<'a>(all: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = all.len();
    let text = all.take(NAMES).map(clean).collect::<Vec<_>>().join(", ");
    match count.checked_sub(NAMES) {
        None | Some(0) => text,
        Some(more) => format!("{text} and {} more", thousands(more as u64)),
    }
}

fn own(resource_ids: &[&str]) -> String {
    named(resource_ids.iter().map(|id| native_id(id)))
}

/// Machines whose accelerators nobody measures.
pub(super) fn unmeasured(seat: &str, namespaces: &[String], machines: &[&str]) -> Option<Gap> {
    (!machines.is_empty()).then(|| Gap {
        what: format!("use of the accelerators of {} of {seat}", count_of(machines, "machine")),
        because: format!(
            "neither an agent (namespace {}) nor Container Insights sends metrics of {}",
            namespaces.join(", "),
            own(machines)
        ),
        hides: "whether their accelerators work".to_owned(),
        remedy: "let the CloudWatch agent collect `nvidia_gpu`, or name its namespace in `aws.agent_namespaces`; \
                 `ai-cost doctor aws` prints the configuration"
            .to_owned(),
    })
}

/// Machines whose memory was left out on purpose.
pub(super) fn unread(seat: &str, machine_count: usize) -> Option<Gap> {
    (machine_count > 0).then(|| Gap {
        what: format!("GPU memory of {} of {seat}", count(machine_count as u64, "machine")),
        because: "no value of it would change a verdict, and each metric costs money".to_owned(),
        hides: "how much of it they use; rules that ask for it call them not judged".to_owned(),
        remedy: "read all of it with `--every-metric`".to_owned(),
    })
}

/// Machines of which only the accelerators were read: the same words for all accounts and regions, so that it is said once.
pub(super) fn unconfirmed(machine_count: usize) -> Option<Gap> {
    (machine_count > 0).then(|| Gap {
        what: "CPU and network of machines of AWS".to_owned(),
        because: "they would change how sure findings are, not what is advised, and each metric costs money".to_owned(),
        hides: "whether machines whose accelerators do nothing are used for something else".to_owned(),
        remedy: "read them where accelerators do nothing with `--confirm-idle`".to_owned(),
    })
}

/// Machines that ended so long ago that their metrics may not be listed any more.
pub(super) fn silent(seat: &str, machines: &[&str]) -> Option<Gap> {
    (!machines.is_empty()).then(|| Gap {
        what: format!("use of the accelerators of {} of {seat}", count_of(machines, "machine")),
        because: format!(
            "CloudWatch lists no metric that was silent for about two weeks, and {} ended before that",
            own(machines)
        ),
        hides: "whether their accelerators worked, and whether anybody measured it".to_owned(),
        remedy: "audit more often than every two weeks, or bring telemetry with `--metrics`"
            .to_owned(),
    })
}

/// Host names that several machines have.
pub(super) fn ambiguous(seat: &str, hosts: &BTreeSet<String>) -> Option<Gap> {
    (!hosts.is_empty()).then(|| Gap {
        what: format!("GPU metrics of {} of {seat}", count(hosts.len() as u64, "host name")),
        because: format!(
            "agents name their machine only by its host name, and several machines have {}",
            named(hosts.iter().map(String::as_str))
        ),
        hides: "whether the accelerators of these machines work".to_owned(),
        remedy: "add `\"append_dimensions\": {\"InstanceId\": \"${aws:InstanceId}\"}` to the agent's configuration"
            .to_owned(),
    })
}

/// Endpoints and jobs whose metrics add up accelerators of which the number is not known.
pub(super) fn of_unknown_size(seat: &str, resources: &[&str]) -> Option<Gap> {
    (!resources.is_empty()).then(|| Gap {
        what: format!("use of the accelerators of {} of {seat}", count_of(resources, "resource")),
        because: format!(
            "SageMaker adds the accelerators of a machine up, and their number is not known for {}",
            own(resources)
        ),
        hides: "whether their accelerators work".to_owned(),
        remedy: "allow the operations that describe endpoint configurations and jobs: see `ai-cost permissions aws`"
            .to_owned(),
    })
}

/// Notebook instances in which no agent runs.
pub(super) fn notebooks(seat: &str, notebooks: &[&str]) -> Option<Gap> {
    (!notebooks.is_empty()).then(|| Gap {
        what: format!(
            "use of the accelerators of {} of {seat}",
            count_of(notebooks, "notebook instance")
        ),
        because: format!(
            "notebook instances send no metrics by themselves, and no agent names {} in the dimension `notebook_instance_name`",
            own(notebooks)
        ),
        hides: "whether anybody works in them".to_owned(),
        remedy: "start the CloudWatch agent in their lifecycle configuration, as docs/aws.md shows, or let a script there stop \
                 them when they are idle"
            .to_owned(),
    })
}

/// Apps of Studio, which nothing measures.
pub(super) fn studio_apps(seat: &str, apps: &[&str]) -> Option<Gap> {
    (!apps.is_empty()).then(|| Gap {
        what: format!("use of the accelerators of {} of {seat}", count_of(apps, "Studio app")),
        because: format!("Studio sends no metrics of {}, and no agent runs in an app", own(apps)),
        hides: "whether anybody works in them".to_owned(),
        remedy: "switch on their shutdown when idle (`AppLifecycleManagement.IdleSettings`), or bring telemetry with \
                 `--metrics`"
            .to_owned(),
    })
}

/// Endpoints whose machines have several accelerators, and tell only what they hold together.
pub(super) fn of_unknown_memory(seat: &str, endpoints: &[&str]) -> Option<Gap> {
    (!endpoints.is_empty()).then(|| Gap {
        what: format!("GPU memory of {} of {seat}", count_of(endpoints, "endpoint")),
        because: format!(
            "SageMaker adds the accelerators of a machine up, so that of {} nobody knows how full the fullest is",
            own(endpoints)
        ),
        hides: "whether smaller accelerators would hold their models; the busiest moment of one is taken as high as the \
                sum allows"
            .to_owned(),
        remedy: "set `EnableEnhancedMetrics` in `MetricsConfig` of their endpoint configurations"
            .to_owned(),
    })
}

/// Provisioned throughput, of which nobody can tell how much it carries.
pub(super) fn of_unknown_capacity(seat: &str, throughputs: &[&str]) -> Option<Gap> {
    (!throughputs.is_empty()).then(|| Gap {
        what: format!(
            "share in use of {} of {seat}",
            count_of(throughputs, "provisioned throughput")
        ),
        because: format!(
            "Bedrock counts requests and tokens of {}, and AWS does not publish how many a model unit carries",
            own(throughputs)
        ),
        hides: "whether fewer units would do; what nobody used at all is found".to_owned(),
        remedy: "ask the account team how many tokens a minute a unit of the model carries, and compare with `InputTokenCount` \
                 and `OutputTokenCount` in CloudWatch"
            .to_owned(),
    })
}

/// Jobs of which no machine is known.
pub(super) fn hostless(seat: &str, jobs: &[&str]) -> Option<Gap> {
    (!jobs.is_empty()).then(|| Gap {
        what: format!("use of the accelerators of {} of {seat}", count_of(jobs, "job")),
        because: format!(
            "CloudWatch lists no metrics of {} (none that was silent for two weeks is listed)",
            own(jobs)
        ),
        hides: "how well these jobs used their accelerators".to_owned(),
        remedy: "audit more often than every two weeks".to_owned(),
    })
}

/// Hours of which metrics are not kept any more.
pub(super) fn too_old(seat: &str, hours: i64) -> Option<Gap> {
    (hours > 0).then(|| Gap {
        what: format!("the first {} of the window in {seat}", count(hours.unsigned_abs(), "hour")),
        because: "CloudWatch keeps hourly metrics for 455 days".to_owned(),
        hides: "what was used in them".to_owned(),
        remedy: "audit a later window".to_owned(),
    })
}

/// What was not asked because of its price.
pub(super) fn declined(
    seat: &str,
    resource_count: usize,
    billed: Billed,
    cost: &ApiCost,
) -> Option<Gap> {
    let most_usd = cost.most_usd()?;
    (resource_count > 0).then(|| Gap {
        what: format!("metrics of {} of {seat}", count(resource_count as u64, "resource")),
        because: format!(
            "asking for {} may have cost another ${:.4}, and `--max-api-cost` allows ${most_usd:.4} in all",
            count(billed.metric_count, "metric"),
            billed.most_usd()
        ),
        hides: "whether these resources work".to_owned(),
        remedy: "raise `--max-api-cost`".to_owned(),
    })
}

/// What is missing after everything was asked.
pub(super) fn of_reading(seat: &str, about: &str, reading: &Reading<'_>) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = reading.errors.iter().map(|error| gap(seat, error, about)).collect();
    let partial = |because: String| Gap {
        what: format!("hours of metrics of {seat}"),
        because,
        hides: format!("some of {about}"),
        remedy: "collect again".to_owned(),
    };
    if reading.unread_count > 0 {
        let series = count(reading.unread_count as u64, "metric");
        gaps.push(partial(format!(
            "CloudWatch did not answer {series} completely, however often it was asked"
        )));
    }
    let forbidden = reading.received.forbidden_count();
    if forbidden > 0 {
        gaps.push(partial(format!("CloudWatch refuses {}", count(forbidden as u64, "metric"))));
    }
    if reading.received.refused_count > 0 {
        let values = count(reading.received.refused_count as u64, "value");
        gaps.push(partial(format!(
            "{values} cannot be true: negative, not a number, or more than all of it"
        )));
    }
    if !reading.received.messages.is_empty() {
        let said = named(reading.received.messages.iter().map(String::as_str));
        gaps.push(partial(format!("CloudWatch says: {said}")));
    }
    gaps
}

fn count_of(all: &[&str], singular: &str) -> String {
    count(all.len() as u64, singular)
}
