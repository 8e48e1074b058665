//! Clusters: cases on both sides of the limits of the rules for nodes and what runs on them.

use super::{
    activity::{Activity, OFFICE},
    cluster::{Engine, Load, Node, Work},
    ids::{AWS, Site},
    market::SPOT_EDGE,
    truth::Remedy,
    yard::Yard,
};

/// A cluster on machines without a bill, in a region that AWS sells them in.
const ORION: Site = Site::new("kubernetes", "orion", "ca-west-1", 1.0);
/// The same in a region of GCP.
const LYRA: Site = Site::new("kubernetes", "lyra", "europe-north2", 1.0);
/// Clusters of their own, so that each is packed by itself.
const PACKED: [&str; 12] = [
    "pack-a", "pack-b", "pack-c", "pack-d", "pack-e", "pack-f", "pack-g", "pack-h", "pack-i",
    "pack-j", "pack-k", "pack-l",
];

const IDLE: Load = Load::Gpu(Activity::Idle { active_hours: 0 });
/// One accelerator, and four.
const ONE: &str = "g5.xlarge";
const FOUR: &str = "g5.12xlarge";

fn idle_for(active_hours: usize) -> Load {
    Load::Gpu(Activity::Idle { active_hours })
}

fn busy(level: f64) -> Load {
    Load::Gpu(Activity::Busy { level })
}

fn on_one(work: Work) -> Node {
    Node::of(ORION, ONE, vec![work])
}

impl Yard {
    pub(super) fn plant_clusters(&mut self) {
        self.plant_idle_work();
        self.plant_large_shares();
        self.plant_notebooks_in_clusters();
        self.plant_flat_work();
        self.plant_work_by_day();
        self.plant_batch_work();
        self.plant_cpu_only_nodes();
        self.plant_unallocated();
        self.plant_shared_accelerators();
    }

    fn plant_idle_work(&mut self) {
        let idle = Work { load: IDLE, ..Work::fine() };
        let hit = |work: Work| work.hit(&["workload-gpu-idle"], Remedy::STOP);
        for (position, kind) in
            ["deployment", "statefulset", "deployment", "pod"].iter().enumerate()
        {
            let work = Work { kind, load: idle_for(position), ..idle.clone() };
            let billed_to = (position < 2).then_some(AWS);
            self.node(&Node { billed_to, ..on_one(hit(work)) });
        }
        // 1 % of 720 hours is 7.2; memory, CPU and coverage only change how sure one is.
        self.node(&on_one(hit(Work { load: idle_for(7), ..idle.clone() })));
        self.node(&on_one(hit(Work { coverage: 0.82, mem_gib: Some(0.3), ..idle.clone() })));
        self.node(&on_one(hit(Work { cpu: 0.8, ..idle.clone() })));
        let young = on_one(hit(idle.clone()));
        self.node(&Node { launched_days: 7.1, ..young });
        // Two idle of four pods' accelerators, beside two that work.
        let two = Work { pods: 2, ..idle.clone() };
        self.node(&Node::of(ORION, FOUR, vec![hit(two), Work { pods: 2, ..Work::fine() }]));

        self.node(&on_one(Work { load: idle_for(8), has_scaling: Some(true), ..idle.clone() }));
        // Seen too seldom under its own name, but all the time under the node's.
        let seldom = on_one(Work { coverage: 0.7, ..idle.clone() });
        let hits = vec!["gpu-idle-holding-memory"];
        self.node(&Node { hits, is_to_go: true, ..seldom });
        self.node(&on_one(Work { tags: &[("role", "standby")], ..idle.clone() }));
        let served = Engine { cache_ratio: Some(0.1), requests: 3.0 };
        let mut rare = Work { engine: Some(served), ..idle.clone() };
        rare.has_preallocated_memory = Some(true);
        self.node(&on_one(rare));
        let young = on_one(idle);
        self.node(&Node { launched_days: 6.8, ..young });
    }

    fn plant_large_shares(&mut self) {
        let hit = |work: Work, ratio: f64| work.hit(&["workload-gpu-share"], Remedy::resize(ratio));
        let with = |mem_gib: f64, level: f64, pods: usize| Work {
            mem_gib: Some(mem_gib),
            load: busy(level),
            pods,
            ..Work::fine()
        };
        let seventh = 1.0 / 7.0;
        // An A100 with 40 GB: 4.16 GiB and 10.9 % in a slice, 8.33 GiB and 21.9 % in two, 16.6 GiB and 32.9 % in three.
        for (mem_gib, level, ratio) in [
            (4.1, 0.105, Some(seventh)),
            (3.0, 0.09, Some(seventh)),
            (8.2, 0.1, Some(2.0 * seventh)),
            (4.0, 0.21, Some(2.0 * seventh)),
            (16.0, 0.32, Some(3.0 * seventh)),
            (16.0, 0.40, None),
            (17.5, 0.2, None),
        ] {
            let work = with(mem_gib, level, 2);
            let work = ratio.map_or(work.clone(), |ratio| hit(work, ratio));
            let node = Node::of(LYRA, "a2-highgpu-2g", vec![work]);
            self.node(&Node { machine_provider: "gcp", ..node });
        }
        // An A10G with 22.35 GiB: 4.65 GiB and 19.2 % in a quarter, 9.31 GiB and 38.4 % in a half.
        for (mem_gib, level, ratio) in [
            (4.5, 0.18, Some(0.25)),
            (9.2, 0.3, Some(0.5)),
            (4.0, 0.37, Some(0.5)),
            (9.5, 0.3, None),
            (4.0, 0.41, None),
        ] {
            let work = with(mem_gib, level, 4);
            let work = ratio.map_or(work.clone(), |ratio| hit(work, ratio));
            self.node(&Node::of(ORION, FOUR, vec![work]));
        }
        let reserved = Work { has_preallocated_memory: Some(true), ..with(20.0, 0.2, 4) };
        let cache = |cache_ratio| {
            let engine = Some(Engine { cache_ratio, requests: 900.0 });
            Node::of(ORION, FOUR, vec![Work { engine, ..reserved.clone() }])
        };
        self.node(&cache(Some(0.9)));
        self.node(&cache(None));
        let silent = Work { has_preallocated_memory: None, ..with(4.0, 0.1, 4) };
        self.node(&Node::of(ORION, FOUR, vec![silent]));
    }

    fn plant_notebooks_in_clusters(&mut self) {
        let notebook = Work { kind: "notebook", load: idle_for(60), ..Work::fine() };
        let hit = |work: Work| work.hit(&["workload-notebook-idle"], Remedy::scale(1.0, 0.0, 2));
        let on = |work: Work| Node::of(ORION, "g4dn.xlarge", vec![work]);
        for (position, active_hours) in [0, 20, 60, 100, 140, 176].into_iter().enumerate() {
            let kind = if position % 2 == 0 { "notebook" } else { "development" };
            self.node(&on(hit(Work { kind, load: idle_for(active_hours), ..notebook.clone() })));
        }
        self.node(&on(hit(Work { has_idle_shutdown: Some(false), ..notebook.clone() })));
        self.node(&on(hit(Work { coverage: 0.83, ..notebook.clone() })));
        // A quarter of 720 hours is 180.
        self.node(&on(Work { load: idle_for(186), ..notebook.clone() }));
        self.node(&on(Work { has_idle_shutdown: Some(true), ..notebook.clone() }));
        self.node(&on(Work { coverage: 0.7, ..notebook.clone() }));
        self.node(&on(Work { load: busy(0.7), ..notebook }));
    }

    fn plant_flat_work(&mut self) {
        let wave = |low: f64, pods: usize| Work { load: Load::Wave { low }, pods, ..Work::fine() };
        let hit = |work: Work, floor: f64| {
            work.hit(&["workload-flat-replicas"], Remedy::scale(1.3, floor, 1))
        };
        for low in [0.02, 0.08, 0.14, 0.2, 0.25] {
            self.node(&Node::of(ORION, FOUR, vec![hit(wave(low, 4), 1.0)]));
        }
        let two = || hit(wave(0.05, 2), 1.0);
        self.node(&Node::of(ORION, FOUR, vec![two(), two()]));
        let live = Work { tags: &[("environment", "production")], ..wave(0.05, 4) };
        self.node(&Node::of(ORION, FOUR, vec![hit(live.clone(), 2.0)]));
        self.node(&Node::of(
            ORION,
            FOUR,
            vec![Work { pods: 2, ..live }, Work { pods: 2, ..Work::fine() }],
        ));
        for low in [0.55, 0.9] {
            self.node(&Node::of(ORION, FOUR, vec![wave(low, 4)]));
        }
        for has_scaling in [Some(true), None] {
            self.node(&Node::of(ORION, FOUR, vec![Work { has_scaling, ..wave(0.05, 4) }]));
        }
        self.node(&on_one(wave(0.05, 1)));
    }

    fn plant_work_by_day(&mut self) {
        let by_day = |stray_chance: f64| Work {
            load: Load::Gpu(Activity::Office { office: OFFICE, stray_chance, level: 0.8 }),
            ..Work::fine()
        };
        let hit = |work: Work| work.hit(&["workload-off-hours"], Remedy::schedule(OFFICE));
        for stray_chance in [0.0, 0.001, 0.002, 0.003, 0.004, 0.005] {
            self.node(&on_one(hit(by_day(stray_chance))));
        }
        self.node(&Node { billed_to: Some(AWS), ..on_one(hit(by_day(0.002))) });
        self.node(&on_one(hit(Work { coverage: 0.85, ..by_day(0.0) })));
        self.node(&on_one(Work { has_scaling: Some(true), ..by_day(0.0) }));
        self.node(&on_one(Work { has_scaling: None, ..by_day(0.0) }));
        self.node(&on_one(Work { tags: &[("latency", "50ms")], ..by_day(0.0) }));
        self.node(&on_one(Work { tags: &[("role", "standby")], ..by_day(0.0) }));
        self.node(&on_one(by_day(0.25)));
        self.node(&Node { launched_days: 13.5, ..on_one(by_day(0.0)) });
    }

    fn plant_batch_work(&mut self) {
        let batch = |kind: &'static str| Work { kind, has_checkpoint: Some(true), ..Work::fine() };
        let hit = |work: Work, site: Site, instance_type: &'static str, yard: &Self| {
            let sold = Site { provider: "aws", ..site };
            let quote = yard.quote(sold, instance_type);
            let ratio = quote.and_then(super::market::Quote::spot_ratio).unwrap_or(1.0);
            let reclaimed = quote.and_then(|quote| quote.interruption_monthly_ratio);
            let remedy = Remedy::default().and_spot(ratio, reclaimed);
            Node::of(site, instance_type, vec![work.hit(&["workload-on-demand"], remedy)])
        };
        for kind in ["training", "job", "cronjob", "pytorchjob", "batch", "rayjob"] {
            let node = hit(batch(kind), ORION, ONE, self);
            self.node(&node);
        }
        let tagged = Work { tags: &[("workload", "batch")], ..Work::fine() };
        let node = hit(tagged, ORION, ONE, self);
        self.node(&node);
        // 79 % of the on-demand price, and 82 %.
        let edge = ORION.in_region(SPOT_EDGE);
        let node = hit(batch("training"), edge, "g4dn.xlarge", self);
        self.node(&node);
        self.node(&Node::of(edge, ONE, vec![batch("training")]));
        self.node(&on_one(Work { has_checkpoint: Some(false), ..batch("training") }));
        self.node(&on_one(Work { tags: &[("interruptible", "no")], ..batch("job") }));
        let node = on_one(batch("job"));
        self.node(&Node { purchase: "spot", ..node });
        self.node(&on_one(batch("deployment")));
    }

    fn plant_cpu_only_nodes(&mut self) {
        let held_up = |cpu_pods: usize| Node { cpu_pods, ..Node::of(ORION, ONE, Vec::new()) };
        let hit = |node: Node| Node { hits: vec!["node-cpu-only"], is_to_go: true, ..node };
        for cpu_pods in [1, 1, 2, 3, 4] {
            self.node(&hit(held_up(cpu_pods)));
        }
        self.node(&hit(Node { billed_to: Some(AWS), ..held_up(2) }));
        self.node(&hit(Node { launched_days: 7.1, ..held_up(2) }));
        self.node(&hit(Node { cpu_pods: 2, ..Node::of(ORION, FOUR, Vec::new()) }));
        self.node(&Node { launched_days: 6.8, ..held_up(2) });
        self.node(&Node { tags: &[("role", "standby")], ..held_up(1) });
        self.node(&Node { cpu_pods: 2, ..on_one(Work::fine()) });
    }

    fn plant_unallocated(&mut self) {
        let site =
            |position: usize| ORION.in_account(PACKED.get(position).copied().unwrap_or("pack-z"));
        let held = |pods: usize| {
            if pods == 0 { Vec::new() } else { vec![Work { pods, ..Work::fine() }] }
        };
        let hit = |node: Node, packable_ratio: f64| Node {
            spare_hits: vec!["gpu-unallocated"],
            packable_ratio,
            ..node
        };
        // Nothing but a daemon set.
        for position in 0..2 {
            self.node(&hit(Node::of(site(position), ONE, Vec::new()), 1.0));
        }
        self.node(&hit(Node { launched_days: 7.1, ..Node::of(site(2), ONE, Vec::new()) }, 1.0));
        // Two halves are one node; three of four on each of two and two of four on a third are no fewer than two.
        for _ in 0..2 {
            self.node(&hit(Node::of(site(3), FOUR, held(2)), 1.0));
        }
        for pods in [2, 1] {
            self.node(&hit(Node::of(site(4), FOUR, held(pods)), 0.8));
        }
        for pods in [3, 3, 2] {
            let node = Node::of(site(5), FOUR, held(pods));
            self.node(&hit(node, 1.0));
        }
        // A half and a quarter that cannot be given back.
        self.node(&Node::of(site(6), FOUR, held(2)));
        self.node(&Node::of(site(7), FOUR, held(3)));
        self.node(&Node { launched_days: 6.8, ..Node::of(site(8), ONE, Vec::new()) });
        self.node(&Node { tags: &[("role", "standby")], ..Node::of(site(9), ONE, Vec::new()) });
        // A large pod on each leaves three of eight that no other fits into.
        for _ in 0..2 {
            let large = Work { gpus: 3.0, ..Work::fine() };
            self.node(&Node::of(site(10), FOUR, vec![large]));
        }
    }

    /// Quarters of one accelerator: nobody knows which of them works.
    fn plant_shared_accelerators(&mut self) {
        let quarters = |load: Load| {
            let quarter = Work { gpus: 0.25, load, coverage: 0.0, ..Work::fine() };
            Node::of(ORION, ONE, vec![quarter; 4])
        };
        self.node(&quarters(busy(0.8)));
        for _ in 0..2 {
            let idle = quarters(IDLE);
            self.node(&Node { hits: vec!["gpu-idle-holding-memory"], is_to_go: true, ..idle });
        }
    }
}
