//! How sure it is that a machine does nothing, and what that takes.

use std::sync::Arc;

use serde_json::Value;

use super::given::{ID, MONTH_USD, Machine, audit_under, estate, found, idle, is_near};
use crate::{aws::fake::Fake, support::list};

fn audit(machine: Machine, flags: &str) -> (Value, Fake) {
    audit_under(&Arc::new(estate(&[(ID, machine)])), "", flags, [])
}

/// How sure the report is that the machine is idle, and whether it saves all that it costs.
fn verdict(report: &Value) -> (&str, bool) {
    let idle = found(report, "gpu-idle").unwrap_or_else(|| panic!("{report:#}"));
    let saves_all = is_near(&idle["counted_usd_per_month"]["likely"], MONTH_USD);
    (idle["confidence"].as_str().unwrap(), saves_all)
}

fn evidence<'a>(report: &'a Value, fact: &str) -> Option<&'a Value> {
    let of_idle = list(&found(report, "gpu-idle").unwrap()["evidence"]);
    of_idle.iter().find(|evidence| evidence["fact"] == fact).map(|evidence| &evidence["value"])
}

#[test]
fn a_machine_whose_cpu_and_network_are_quiet_is_surely_idle_once_they_are_read() {
    let (unread, few) = audit(idle(), "");
    let (read, more) = audit(idle(), "--confirm-idle");
    assert_eq!(verdict(&unread), ("medium", true));
    assert_eq!(verdict(&read), ("high", true));
    assert!(few.log().metric_count() < more.log().metric_count());
    // What was not read is unknown, and what was is told.
    for fact in ["cpu_util_p95_ratio", "network_gib_per_day"] {
        assert!(evidence(&unread, fact).is_none_or(Value::is_null), "{fact}: {unread:#}");
        assert!(evidence(&read, fact).is_some_and(Value::is_number), "{fact}: {read:#}");
    }
}

#[test]
fn a_machine_whose_cpu_is_busy_is_not_surely_idle_whoever_looks() {
    let busy = || Machine { cpu_percent: 40.0, ..idle() };
    let (unread, _) = audit(busy(), "");
    let (read, _) = audit(busy(), "--confirm-idle");
    assert_eq!(verdict(&unread), ("medium", true));
    assert_eq!(verdict(&read), ("medium", true));
    assert!(evidence(&read, "cpu_util_p95_ratio").is_some_and(Value::is_number), "{read:#}");
}
