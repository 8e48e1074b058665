//! What is planted on pods, with cases on both sides of every threshold of the rules for workloads.

use super::{Case, EARLIER, Kind, Load, Machine, ON, Saves, World};

pub(super) const VLLM: &str = "vllm/vllm-openai";
const SERVICE: &str = "ghcr.io/example/ranker";
const JUPYTER: &str = "quay.io/jupyter/pytorch-notebook";
const CODE: &str = "codercom/code-server";

/// A deployment of one pod that uses its accelerator well: nothing to find.
pub(super) fn quiet(name: &'static str) -> Case {
    Case {
        name,
        kind: Kind::Deployment,
        machine: Machine::G5,
        is_spot: false,
        replicas: 1,
        gpus: 1,
        hours: (EARLIER, ON),
        load: Load::Steady(0.8),
        mem_gib: 18.0,
        requests_per_hour: None,
        has_scaler: false,
        image: SERVICE,
        labels: &[],
        expect: &[],
        saves: Saves::Nothing,
        is_unknown: false,
    }
}

/// All workloads that need no node of their own.
pub(super) fn plant(world: &mut World) {
    for case in busy().into_iter().chain(idle()).chain(shares()).chain(replicas()) {
        world.plant(&case);
    }
    for case in off_hours().into_iter().chain(notebooks()) {
        world.plant(&case);
    }
}

/// A few of them.
pub(super) fn plant_small(world: &mut World) {
    world.plant(&quiet("small-busy"));
    for case in idle().into_iter().take(3).chain(shares().into_iter().take(2)) {
        world.plant(&case);
    }
}

/// Well used, in all sizes.
fn busy() -> Vec<Case> {
    let on = |name, machine, gpus, mem_gib| Case { machine, gpus, mem_gib, ..quiet(name) };
    vec![
        on("busy-ranker", Machine::G5, 1, 18.0),
        on("busy-embedder", Machine::G6, 1, 17.0),
        Case { load: Load::Steady(0.55), ..on("busy-reranker", Machine::G5Quad, 1, 19.0) },
        Case { kind: Kind::StatefulSet, ..on("busy-vectors", Machine::G5Quad, 1, 20.0) },
        Case { replicas: 2, ..on("busy-speech", Machine::G5Quad, 1, 17.5) },
        Case { kind: Kind::StatefulSet, ..on("busy-world", Machine::P4d, 8, 36.0) },
        Case { replicas: 2, ..on("busy-racks", Machine::Rack, 8, 74.0) },
        Case { load: Load::Tide { low: 0.5, high: 0.9 }, ..on("busy-tide", Machine::G2, 1, 18.0) },
        Case { is_spot: true, ..on("busy-spot", Machine::G5, 1, 18.0) },
        Case { kind: Kind::Bare, ..on("busy-alone", Machine::G2, 1, 19.0) },
        Case { mem_gib: 35.0, load: Load::Steady(0.7), ..on("busy-a2", Machine::A2, 1, 35.0) },
    ]
}

/// Held and not used. An hour is active above 5 %, and one active hour in a hundred is too many.
fn idle() -> Vec<Case> {
    let idle = |name, machine, gpus| Case {
        machine,
        gpus,
        load: Load::Steady(0.0),
        mem_gib: 0.5,
        expect: &["workload-gpu-idle"],
        saves: Saves::All,
        ..quiet(name)
    };
    let not = |case: Case| Case { expect: &[], saves: Saves::Nothing, ..case };
    vec![
        idle("idle-trial", Machine::G5, 1),
        idle("idle-old-model", Machine::G6, 1),
        Case { mem_gib: 17.0, ..idle("idle-loaded", Machine::G5, 1) },
        Case { kind: Kind::StatefulSet, ..idle("idle-index", Machine::G2, 1) },
        Case { kind: Kind::Bare, ..idle("idle-debug", Machine::G2, 1) },
        Case { replicas: 2, ..idle("idle-pair", Machine::G5Quad, 1) },
        Case { replicas: 2, ..idle("idle-canary", Machine::G5Quad, 1) },
        Case { load: Load::Steady(0.035), ..idle("idle-humming", Machine::G6, 1) },
        idle("idle-p4d", Machine::P4d, 8),
        idle("idle-rack", Machine::Rack, 8),
        Case { is_spot: true, ..idle("idle-on-spot", Machine::G5, 1) },
        // Three of 336 hours are 0.9 %.
        Case {
            load: Load::Bursts { hours: 3, level: 0.5 },
            ..idle("idle-three-hours", Machine::G5, 1)
        },
        Case { hours: (336 - 176, ON), ..idle("idle-a-week-old", Machine::G6, 1) },
        Case {
            image: VLLM,
            mem_gib: 20.0,
            requests_per_hour: Some(0.0),
            ..idle("idle-llm", Machine::G5, 1)
        },
        // Five are 1.5 %: not idle, but off in nearly all hours of the week.
        Case {
            load: Load::Bursts { hours: 5, level: 0.5 },
            mem_gib: 17.0,
            expect: &["workload-off-hours"],
            saves: Saves::Schedule,
            ..idle("seldom-five-hours", Machine::G5, 1)
        },
        Case {
            load: Load::Steady(0.07),
            mem_gib: 17.0,
            ..not(idle("barely-awake", Machine::G6, 1))
        },
        Case { hours: (336 - 150, ON), ..not(idle("idle-but-young", Machine::G6, 1)) },
        Case { labels: &[("role", "standby")], ..not(idle("idle-standby", Machine::G5, 1)) },
        Case {
            image: VLLM,
            mem_gib: 20.0,
            load: Load::Steady(0.03),
            requests_per_hour: Some(30.0),
            ..not(idle("quiet-but-called", Machine::G5, 1))
        },
    ]
}

/// Whole accelerators where less would do. A fifth of the new memory stays free and three tenths of the compute: on an A10G
/// or L4 a quarter holds 4.4 GiB and carries 19 %, a half 8.9 GiB and 38 %.
fn shares() -> Vec<Case> {
    let share = |name, machine, mem_gib, level, saves: f64| Case {
        machine,
        mem_gib,
        load: Load::Steady(level),
        expect: &["workload-gpu-share"],
        saves: Saves::Share(saves),
        ..quiet(name)
    };
    let not = |name, machine, mem_gib, level| Case {
        expect: &[],
        saves: Saves::Nothing,
        ..share(name, machine, mem_gib, level, 1.0)
    };
    vec![
        share("small-tagger", Machine::G5, 2.0, 0.10, 0.25),
        share("small-filter", Machine::G6, 4.0, 0.12, 0.25),
        share("small-ocr", Machine::G5, 4.2, 0.13, 0.25),
        share("small-router", Machine::G2, 3.0, 0.08, 0.25),
        share("half-tagger", Machine::G5, 4.8, 0.10, 0.5),
        share("half-ranker", Machine::G6, 8.5, 0.20, 0.5),
        share("half-vision", Machine::G2, 6.0, 0.25, 0.5),
        share("half-warm", Machine::G5, 3.0, 0.30, 0.5),
        Case { replicas: 2, ..share("half-pair", Machine::G5Quad, 7.0, 0.22, 0.5) },
        Case { kind: Kind::StatefulSet, ..share("small-store", Machine::G5Quad, 2.5, 0.09, 0.25) },
        Case { kind: Kind::Bare, ..share("small-probe", Machine::G5Quad, 2.2, 0.09, 0.25) },
        not("fits-by-a-hair", Machine::G5, 9.4, 0.20),
        not("warm-and-small", Machine::G6, 3.0, 0.46),
        Case {
            image: VLLM,
            requests_per_hour: Some(900.0),
            mem_gib: 20.1,
            ..not("reserved-llm", Machine::G5, 20.1, 0.3)
        },
    ]
}

/// Replicas against a load that comes and goes.
fn replicas() -> Vec<Case> {
    let flat = |name, machine, replicas, floor| Case {
        machine,
        replicas,
        image: VLLM,
        requests_per_hour: Some(1200.0),
        mem_gib: 20.0,
        load: Load::Tide { low: 0.06, high: 0.72 },
        expect: &["workload-flat-replicas"],
        saves: Saves::Scale(floor),
        ..quiet(name)
    };
    let not = |case: Case| Case { expect: &[], saves: Saves::Nothing, ..case };
    vec![
        flat("llm-chat", Machine::G5Quad, 4, 1.0),
        flat("llm-search", Machine::G5Quad, 4, 1.0),
        flat("llm-mail", Machine::G6Quad, 4, 1.0),
        flat("llm-code", Machine::G2Quad, 4, 1.0),
        flat("llm-translate", Machine::G5Quad, 8, 1.0),
        flat("llm-notes", Machine::G6Quad, 4, 1.0),
        Case {
            labels: &[("environment", "production")],
            ..flat("llm-shop", Machine::G5Quad, 4, 2.0)
        },
        Case { kind: Kind::StatefulSet, ..flat("llm-store", Machine::G2Quad, 4, 1.0) },
        // Without an engine that counts, utilisation says what is needed.
        Case {
            image: SERVICE,
            requests_per_hour: None,
            mem_gib: 17.0,
            ..flat("ranker-flat", Machine::G5Quad, 4, 1.0)
        },
        Case {
            load: Load::Tide { low: 0.22, high: 0.7 },
            ..flat("llm-edge", Machine::G6Quad, 4, 1.0)
        },
        Case { has_scaler: true, ..not(flat("llm-scaled", Machine::G5Quad, 4, 1.0)) },
        Case {
            load: Load::Tide { low: 0.36, high: 0.7 },
            ..not(flat("llm-even", Machine::G6Quad, 4, 1.0))
        },
        Case { load: Load::Steady(0.6), ..not(flat("llm-level", Machine::G5Quad, 4, 1.0)) },
        not(flat("llm-single", Machine::G5, 1, 1.0)),
        Case {
            labels: &[("environment", "production")],
            ..not(flat("llm-two-for-safety", Machine::G5Quad, 2, 2.0))
        },
        Case {
            mem_gib: 18.0,
            load: Load::Steady(0.7),
            image: SERVICE,
            requests_per_hour: None,
            ..not(flat("pair-filler", Machine::G5Quad, 2, 2.0))
        },
    ]
}

/// Used by people who sleep.
fn off_hours() -> Vec<Case> {
    let off = |name, machine, from, to| Case {
        machine,
        mem_gib: 17.5,
        load: Load::Office { from, to, level: 0.6, strays: 0 },
        expect: &["workload-off-hours"],
        saves: Saves::Schedule,
        ..quiet(name)
    };
    let not = |case: Case| Case { expect: &[], saves: Saves::Nothing, ..case };
    vec![
        off("desk-helper", Machine::G5, 8, 18),
        off("desk-search", Machine::G6, 7, 19),
        off("desk-legal", Machine::G2, 9, 17),
        off("desk-finance", Machine::G5, 6, 20),
        off("desk-radiology", Machine::G6, 8, 20),
        off("desk-support", Machine::G5, 8, 22),
        Case { kind: Kind::StatefulSet, ..off("desk-archive", Machine::G2, 8, 18) },
        Case {
            load: Load::Daily { from: 6, to: 22, level: 0.6 },
            ..off("daily-sixteen", Machine::G5, 0, 0)
        },
        Case {
            load: Load::Daily { from: 6, to: 23, level: 0.6 },
            ..off("daily-seventeen", Machine::G6, 0, 0)
        },
        Case {
            load: Load::Office { from: 8, to: 18, level: 0.6, strays: 8 },
            ..off("desk-strays", Machine::G5, 8, 18)
        },
        // Five hours of each night are 21 %: not worth a schedule.
        Case {
            load: Load::Daily { from: 5, to: 24, level: 0.6 },
            ..not(off("daily-nineteen", Machine::G5, 0, 0))
        },
        Case {
            load: Load::Office { from: 8, to: 18, level: 0.6, strays: 160 },
            ..not(off("desk-night-owls", Machine::G6, 8, 18))
        },
        Case { has_scaler: true, ..not(off("desk-scaled", Machine::G5, 8, 18)) },
        Case { labels: &[("slo", "200ms")], ..not(off("desk-bound", Machine::G5, 8, 18)) },
    ]
}

/// What people work in. A quarter of the hours is the limit.
fn notebooks() -> Vec<Case> {
    let notebook = |name, machine, load| Case {
        kind: Kind::Notebook,
        machine,
        image: JUPYTER,
        labels: &[("app.kubernetes.io/component", "singleuser-server")],
        mem_gib: 12.0,
        load,
        expect: &["workload-notebook-idle"],
        saves: Saves::Cull,
        ..quiet(name)
    };
    let office = |from, to| Load::Office { from, to, level: 0.5, strays: 0 };
    let not = |case: Case| Case { expect: &[], saves: Saves::Nothing, ..case };
    vec![
        notebook("jupyter-ada", Machine::G5, office(9, 13)),
        notebook("jupyter-bob", Machine::G6, office(10, 12)),
        notebook("jupyter-cat", Machine::G2, Load::Steady(0.0)),
        notebook("jupyter-dan", Machine::G5, Load::Bursts { hours: 20, level: 0.7 }),
        notebook("jupyter-eve", Machine::G6, office(8, 16)),
        notebook("jupyter-fay", Machine::G2, Load::Bursts { hours: 77, level: 0.4 }),
        notebook("jupyter-gus", Machine::G5, Load::Bursts { hours: 4, level: 0.9 }),
        notebook("jupyter-hal", Machine::G6, office(14, 18)),
        Case {
            kind: Kind::Development,
            image: CODE,
            labels: &[],
            ..notebook("code-ivy", Machine::G5, office(9, 12))
        },
        Case {
            kind: Kind::Development,
            image: CODE,
            labels: &[],
            ..notebook("code-jan", Machine::G2, Load::Steady(0.01))
        },
        not(notebook("jupyter-kim", Machine::G5, Load::Bursts { hours: 96, level: 0.6 })),
        not(notebook("jupyter-lea", Machine::G6, Load::Steady(0.7))),
    ]
}
