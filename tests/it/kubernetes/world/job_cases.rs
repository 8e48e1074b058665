//! What is planted that comes and goes: jobs, and pods that move.

use super::{
    Case, EARLIER, Kind, Load, Machine, ON, Saves, World,
    cases::{VLLM, quiet},
    whole,
};

/// All of it.
pub(super) fn plant(world: &mut World) {
    plant_ending(world);
    plant_move(world);
}

/// Work that ends by itself. Six cron jobs a day fill an accelerator, each in its four hours.
fn plant_ending(world: &mut World) {
    let job = |name, kind, machine, saves| Case {
        kind,
        machine,
        image: "ghcr.io/example/trainer",
        load: Load::Steady(0.9),
        expect: &["workload-on-demand"],
        saves,
        ..quiet(name)
    };
    // Reclaimed in a month by the advisor: 25 % of g5.xlarge and g6.xlarge; not published by GCP, so 30 % are assumed.
    world.plant(&job("train-base", Kind::Job, Machine::G5, Saves::Spot(0.25)));
    world.plant(&job("train-tuned", Kind::Job, Machine::G6, Saves::Spot(0.25)));
    world.plant(&Case {
        mem_gib: 18.5,
        ..job("train-ranker", Kind::Job, Machine::G2, Saves::Spot(0.3))
    });
    world.plant(&Case {
        mem_gib: 36.0,
        ..job("train-a2", Kind::Job, Machine::A2, Saves::Spot(0.3))
    });
    world.plant(&Case {
        is_spot: true,
        expect: &[],
        saves: Saves::Nothing,
        ..job("train-on-spot", Kind::Job, Machine::G5, Saves::Nothing)
    });
    world.plant(&Case {
        labels: &[("interruptible", "false")],
        expect: &[],
        saves: Saves::Nothing,
        ..job("train-in-one-go", Kind::Job, Machine::G6, Saves::Nothing)
    });
    world.plant(&Case {
        labels: &[("workload", "batch")],
        ..job("batch-scorer", Kind::Deployment, Machine::G5, Saves::Spot(0.25))
    });
    let names = ["cron-00", "cron-04", "cron-08", "cron-12", "cron-16", "cron-20"];
    for (machine, is_spot) in [(Machine::G5, false), (Machine::G6, true)] {
        let node = world.node(machine, is_spot, (EARLIER, ON));
        world.nodes[node].is_closed = true;
        world.nodes[node].taken = 1;
        for (number, name) in names.into_iter().enumerate() {
            let name = if is_spot {
                ["spot-00", "spot-04", "spot-08", "spot-12", "spot-16", "spot-20"][number]
            } else {
                name
            };
            let case = job(name, Kind::CronJob, machine, Saves::Spot(0.25));
            let case =
                if is_spot { Case { expect: &[], saves: Saves::Nothing, ..case } } else { case };
            let owner = world.own(&case);
            for day in 0..14 {
                let from = i64::from(day) * 24 + 4 * whole(number);
                world.run(owner, usize::try_from(from).unwrap(), node, vec![0], (from, from + 4));
                // The next pod needs some minutes to start.
                let pod = world.pods.last_mut().unwrap();
                pod.seconds.1 -= 300;
            }
            world.expect(owner, &case);
        }
    }
}

/// Two deployments whose pods change places in the middle, one of which uses nothing, and one whose container restarts.
fn plant_move(world: &mut World) {
    let busy =
        Case { image: VLLM, requests_per_hour: Some(400.0), mem_gib: 20.0, ..quiet("moved-busy") };
    let idle = Case {
        load: Load::Steady(0.0),
        mem_gib: 0.4,
        expect: &["workload-gpu-idle"],
        saves: Saves::All,
        ..quiet("moved-idle")
    };
    let owners = [world.own(&busy), world.own(&idle)];
    let nodes = [Machine::G5, Machine::G5].map(|machine| {
        let node = world.node(machine, false, (EARLIER, ON));
        world.nodes[node].is_closed = true;
        world.take(node, 1);
        node
    });
    let middle = 171;
    for (index, &owner) in owners.iter().enumerate() {
        world.run(owner, 0, nodes[index], vec![0], (EARLIER, middle));
        world.run(owner, 1, nodes[1 - index], vec![0], (middle, ON));
    }
    for pod in world.pods.iter_mut().filter(|pod| pod.owner == owners[0]) {
        pod.restarts = vec![40, 90, 200, 300];
    }
    world.expect(owners[0], &busy);
    world.expect(owners[1], &idle);
}
