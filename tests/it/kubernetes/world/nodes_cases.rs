//! What is planted on nodes: shared accelerators, missing telemetry, pods without accelerators, empty nodes.

use super::{
    Case, EARLIER, Kind, Load, Machine, ON, Saves, Sharing, Telemetry, World, cases::quiet, whole,
};

const IDLE: Load = Load::Steady(0.0);

/// All of it.
pub(super) fn plant(world: &mut World) {
    plant_slices(world);
    plant_time_sliced(world);
    plant_nameless(world);
    plant_oversized(world);
    plant_unmeasured(world);
    plant_cpu_pods(world);
    plant_room(world);
    plant_guests(world);
}

fn idle(name: &'static str) -> Case {
    Case {
        load: IDLE,
        mem_gib: 0.4,
        expect: &["workload-gpu-idle"],
        saves: Saves::All,
        ..quiet(name)
    }
}

fn unknown(case: Case) -> Case {
    Case { expect: &[], saves: Saves::Nothing, is_unknown: true, ..case }
}

/// Seven slices of one accelerator, each with a workload of its own; utilisation of the whole does not exist there.
fn plant_slices(world: &mut World) {
    let node = world.special_node(Machine::A2, Sharing::Mig, Telemetry::Full);
    for name in ["slice-idle-a", "slice-idle-b", "slice-idle-c"] {
        world.plant_on(node, &Case { mem_gib: 0.1, ..idle(name) });
    }
    for name in ["slice-busy-a", "slice-busy-b", "slice-busy-c", "slice-busy-d"] {
        world.plant_on(node, &Case { mem_gib: 4.5, ..quiet(name) });
    }
}

/// Four pods on one accelerator, whose series name the first pod or none: what each uses is not known.
fn plant_time_sliced(world: &mut World) {
    let node = world.special_node(Machine::G5, Sharing::TimeSliced(4), Telemetry::WithoutPods);
    for name in ["sliced-idle-a", "sliced-idle-b", "sliced-idle-c", "sliced-idle-d"] {
        world.plant_on(node, &unknown(idle(name)));
    }
    // The accelerator as a whole is measured.
    let id = world.node_id(node);
    let usd = world.nodes[node].usd_per_hour() * 730.0;
    world.truth.add(&id, &["gpu-idle"], usd);
    let node = world.special_node(Machine::G6, Sharing::TimeSliced(4), Telemetry::Full);
    world.plant_on(node, &Case { mem_gib: 17.0, ..quiet("sliced-busy-named") });
    for name in ["sliced-busy-b", "sliced-busy-c", "sliced-busy-d"] {
        world.plant_on(node, &unknown(Case { mem_gib: 17.0, ..quiet(name) }));
    }
}

/// Accelerators whose series name no pod: the rules for machines speak, and those for workloads do not.
fn plant_nameless(world: &mut World) {
    let mut add = |machine, cases: Vec<Case>, rule: &str, usd_per_hour: f64| {
        let node = world.special_node(machine, Sharing::Whole, Telemetry::WithoutPods);
        for case in cases {
            world.plant_on(node, &unknown(case));
        }
        let id = world.node_id(node);
        world.truth.add(&id, &[rule], usd_per_hour * 730.0);
    };
    let held = Case { mem_gib: 15.0, ..idle("nameless-loaded") };
    add(Machine::G6, vec![held], "gpu-idle-holding-memory", 0.8048);
    // From Monday to Friday 8 to 18, and an hour before: 110 of 336 hours stay.
    let load = Load::Office { from: 8, to: 18, level: 0.6, strays: 0 };
    let desk = Case { load, mem_gib: 17.0, ..quiet("nameless-desk") };
    add(Machine::G5, vec![desk], "gpu-off-hours", 1.006 * 226.0 / 336.0);
    // One of four is used. With as many CPUs for it as now, which nobody measures, g5.4xlarge is the smallest.
    let four = vec![
        quiet("nameless-busy"),
        idle("nameless-idle-a"),
        idle("nameless-idle-b"),
        idle("nameless-idle-c"),
    ];
    add(Machine::G5Quad, four, "gpu-stranded", 5.672 - 1.624);
}

/// A small model alone on a large accelerator: a slice would do for the pod, and a smaller machine for the node. Both are said,
/// and the machine counts, which saves more.
fn plant_oversized(world: &mut World) {
    for name in ["oversized-a", "oversized-b"] {
        let node = world.special_node(Machine::A2, Sharing::Whole, Telemetry::Full);
        let case = Case {
            load: Load::Steady(0.12),
            mem_gib: 12.0,
            expect: &["workload-gpu-share"],
            ..quiet(name)
        };
        world.plant_on(node, &case);
        let id = world.node_id(node);
        // With as many CPUs as now: g2-standard-12.
        world.truth.add(&id, &["gpu-oversized-memory"], (3.673_385 - G2_12_USD) * 730.0);
    }
}

/// A machine that this cluster does not have, on demand.
const G2_12_USD: f64 = 1.000_416;

/// Silence is not idleness.
fn plant_unmeasured(world: &mut World) {
    let mut add = |machine, telemetry, cases: Vec<Case>, rules: &[&str]| {
        let node = world.special_node(machine, Sharing::Whole, telemetry);
        for case in cases {
            world.plant_on(node, &case);
        }
        let id = world.node_id(node);
        world.truth.add(&id, rules, 0.0);
    };
    let missing = &["telemetry-missing"];
    add(Machine::G5, Telemetry::Absent, vec![unknown(idle("unseen-a"))], missing);
    add(Machine::G6, Telemetry::Absent, vec![unknown(idle("unseen-b"))], missing);
    add(Machine::G2, Telemetry::Absent, vec![unknown(idle("unseen-c"))], missing);
    add(Machine::G5, Telemetry::MissingTenths(3), vec![unknown(idle("seven-tenths"))], missing);
    add(Machine::G5, Telemetry::MissingTenths(1), vec![idle("nine-tenths")], &[]);
    let four = ["quad-idle-a", "quad-idle-b", "quad-idle-c"].map(idle).to_vec();
    let four = [four, vec![unknown(idle("quad-unseen"))]].concat();
    add(Machine::G5Quad, Telemetry::WithoutGpu(3), four, &[]);
}

/// Nodes that only pods without accelerators keep alive.
fn plant_cpu_pods(world: &mut World) {
    let cases: [(Machine, &'static str, (i64, i64), bool); 6] = [
        (Machine::G5, "proxy-a", (EARLIER, ON), true),
        (Machine::G6, "proxy-b", (EARLIER, ON), true),
        (Machine::G2, "proxy-c", (EARLIER, ON), true),
        (Machine::G5Quad, "proxy-d", (EARLIER, ON), true),
        // 97 % and 90 % of the hours.
        (Machine::G5, "proxy-late", (10, ON), true),
        (Machine::G6, "proxy-later", (34, ON), false),
    ];
    for (machine, name, hours, is_found) in cases {
        let node = world.special_node(machine, Sharing::Whole, Telemetry::Full);
        let owner = world.own(&Case { image: "nginx", load: IDLE, ..quiet(name) });
        for replica in 0..3 {
            world.run(owner, replica, node, Vec::new(), hours);
        }
        if is_found {
            let id = world.node_id(node);
            let usd = world.nodes[node].usd_per_hour() * 730.0;
            world.truth.add(&id, &["node-cpu-only"], usd);
        }
    }
}

/// Room that nobody holds: empty nodes, nodes half full that fit together, and nodes that do not.
fn plant_room(world: &mut World) {
    for machine in [Machine::G6, Machine::G2, Machine::A2] {
        world.special_node(machine, Sharing::Whole, Telemetry::Full);
    }
    let [first, second] =
        [(); 2].map(|()| world.special_node(Machine::G2Quad, Sharing::Whole, Telemetry::Full));
    let on = |name| Case { machine: Machine::G2Quad, mem_gib: 18.0, ..quiet(name) };
    world.plant_on(first, &Case { replicas: 2, load: Load::Steady(0.7), ..on("roomy-first") });
    world.plant_on(second, &Case { replicas: 2, load: Load::Steady(0.7), ..on("roomy-second") });
}

/// Nodes that join and leave with their work, and pods of an hour.
fn plant_guests(world: &mut World) {
    let guest = |name, hours, load| Case { kind: Kind::Job, hours, load, ..quiet(name) };
    let spot = |case: Case| Case { is_spot: true, ..case };
    world.plant(&spot(guest("guest-first-week", (12, 150), Load::Steady(0.9))));
    world.plant(&spot(guest("guest-second-week", (180, 300), Load::Steady(0.85))));
    world.plant(&spot(guest("guest-idle-but-gone", (20, 220), IDLE)));
    world.plant(&Case {
        expect: &["workload-on-demand"],
        saves: Saves::Spot(0.25),
        ..guest("guest-dear", (60, 130), Load::Steady(0.9))
    });
    // Twenty pods that come and go within hours on one accelerator.
    let node = world.node(Machine::G6, true, (EARLIER, ON));
    world.nodes[node].is_closed = true;
    world.take(node, 1);
    for number in 0..112_usize {
        let case = Case { kind: Kind::Job, is_spot: true, ..quiet(SHORT[number % SHORT.len()]) };
        let owner = if number < SHORT.len() {
            world.own(&case)
        } else {
            world.owner_of(SHORT[number % SHORT.len()])
        };
        let from = 3 * whole(number);
        world.run(owner, number, node, vec![0], (from, from + 3));
        let pod = world.pods.last_mut().unwrap();
        pod.seconds.1 -= 120;
    }
}

/// Jobs that run again and again.
const SHORT: [&str; 4] = ["short-eval", "short-export", "short-score", "short-check"];

impl World {
    /// The workload of that name.
    fn owner_of(&self, name: &str) -> usize {
        self.owners.iter().position(|owner| owner.name == name).unwrap()
    }
}
