//! The small fleet: one company's month, with something for nearly every rule and plenty that is right.

use super::{
    activity::{Activity, OFFICE},
    cluster::{Load, Node, Work},
    commitments::Commitment,
    endpoint::{Endpoint, Requests},
    ids::Site,
    machine::Machine,
    platform::{Job, Notebook, Throughput},
    truth::Remedy,
    yard::Yard,
};

/// Regions that the small fleet's policy approves.
pub(super) const APPROVED_REGIONS: [&str; 6] =
    ["eu-central-1", "eu-west-1", "us-east-1", "westeurope", "europe-west4", "global"];

const FRANKFURT: Site = Site::new("aws", "111122223333", "eu-central-1", 0.95);
const IRELAND: Site = Site::new("aws", "444455556666", "eu-west-1", 0.95);
const VIRGINIA: Site = Site::new("aws", "111122223333", "us-east-1", 0.95);
const TOKYO: Site = Site::new("aws", "444455556666", "ap-northeast-1", 0.95);
const AMSTERDAM: Site =
    Site::new("azure", "5b1f0c7e-0000-4000-8000-00000000a001", "westeurope", 0.97);
const EEMSHAVEN: Site = Site::new("gcp", "orbital-ml-prod", "europe-west4", 1.0);
const CLUSTER: Site = Site::new("kubernetes", "cluster-fra1", "eu-central-1", 1.0);

const SECOND_CLUSTER: Site = Site::new("kubernetes", "cluster-fra2", "eu-central-1", 1.0);

const IDLE: Activity = Activity::Idle { active_hours: 0 };
const BY_DAY: Activity = Activity::Office { office: OFFICE, stray_chance: 0.002, level: 0.8 };

fn named(name: &'static str, site: Site, instance_type: &'static str) -> Machine {
    Machine { name, ..Machine::fine(site, instance_type) }
}

impl Yard {
    pub(super) fn plant_show(&mut self) {
        self.show_machines();
        self.show_work();
        self.show_right_machines();
        self.show_endpoints();
        self.show_platform();
        self.show_cluster();
    }

    fn show_machines(&mut self) {
        let idle = Machine {
            activity: IDLE,
            mem_gib: Some(0.4),
            cpu: 0.02,
            ..named("old-demo-box", FRANKFURT, "g5.2xlarge")
        };
        self.machine(&idle.hit(&["gpu-idle"], Remedy::STOP));
        let holding = Machine {
            activity: IDLE,
            mem_gib: Some(61.0),
            cpu: 0.03,
            ..named("chat-canary", EEMSHAVEN, "a2-ultragpu-1g")
        };
        self.machine(&holding.hit(&["gpu-idle-holding-memory"], Remedy::STOP));
        let stranded =
            Machine { busy_gpus: 1, cpu: 0.15, ..named("render-node-3", FRANKFURT, "g5.12xlarge") };
        self.machine(&stranded.hit(&["gpu-stranded"], Remedy::default()));
        let small = Machine {
            mem_gib: Some(8.0),
            activity: Activity::Busy { level: 0.35 },
            cpu: 0.12,
            ..named("tagging-worker", IRELAND, "g5.xlarge")
        };
        self.machine(&small.hit(&["gpu-oversized-memory"], Remedy::default()));
        let by_day = Machine {
            activity: BY_DAY,
            ..named("vision-workbench", AMSTERDAM, "Standard_NC24ads_A100_v4")
        };
        self.machine(&by_day.hit(&["gpu-off-hours"], Remedy::schedule(OFFICE)));
        let by_day =
            Machine { activity: BY_DAY, ..named("labelling-preview", FRANKFURT, "g6.4xlarge") };
        self.machine(&by_day.hit(&["gpu-off-hours"], Remedy::schedule(OFFICE)));
        let old = Machine { cpu: 0.25, ..named("legacy-ocr", FRANKFURT, "p3.2xlarge") };
        self.machine(&old.hit(&["gpu-outdated-generation"], Remedy::default()));
        let fast = Machine {
            activity: Activity::Busy { level: 0.15 },
            ..named("embedder-blue", EEMSHAVEN, "a3-highgpu-1g")
        };
        self.machine(&fast.hit(&["gpu-oversized-compute"], Remedy::default()));
        let stopped = Machine {
            state: "stopped_billed",
            stopped_days: Some(12.0),
            ..named("sim-rig-2", AMSTERDAM, "Standard_NC40ads_H100_v5")
        };
        self.machine(&stopped.hit(&["machine-stopped-still-billed"], Remedy::STOP));
        let shelved = Machine {
            state: "stopped",
            stopped_days: Some(63.0),
            launched_days: 300.0,
            ..named("retired-trainer", FRANKFURT, "g5.12xlarge")
        };
        self.volume_of(&shelved, 4000.0, &["volume-of-stopped-machine"]);
        let blind = Machine { coverage: 0.0, ..named("ranker-7", IRELAND, "g5.12xlarge") };
        self.machine(&blind.hit(&["telemetry-missing"], Remedy::default()));
        let abroad = named("launch-event-tokyo", TOKYO, "g5.xlarge");
        self.machine(&abroad.hit(&["region-not-allowed"], Remedy::default()));
    }

    /// Work that may be interrupted.
    fn show_work(&mut self) {
        let training: &[(&str, &str)] = &[("workload", "training")];
        let runs = Activity::Runs { share: 0.7, run_hours: 20.0, level: 0.95 };
        let trainer = Machine {
            tags: training,
            activity: runs,
            has_checkpoint: Some(true),
            ..named("nightly-finetune", FRANKFURT, "g6e.12xlarge")
        };
        self.machine(&trainer.hit(&["gpu-on-demand-interruptible"], Remedy::default()));
        // Only needed by day, on a large machine, and it may be interrupted: the savings overlap.
        let activity = Activity::Office { office: OFFICE, stray_chance: 0.0, level: 0.35 };
        let sandbox = Machine {
            tags: &[("workload", "experiment-lora")],
            activity,
            mem_gib: Some(8.0),
            cpu: 0.12,
            ..named("lora-sandbox", IRELAND, "g5.xlarge")
        };
        let hits = ["gpu-off-hours", "gpu-oversized-memory", "gpu-on-demand-interruptible"];
        self.machine(&sandbox.hit(&hits, Remedy::schedule(OFFICE)));
        let batch = Machine {
            tags: &[("workload", "batch")],
            ..named("transcribe-batch", EEMSHAVEN, "g2-standard-24")
        };
        self.machine(&batch.hit(&["gpu-on-demand-interruptible"], Remedy::default()));
    }

    /// Machines with nothing wrong, but for the price of being free to leave.
    fn show_right_machines(&mut self) {
        for name in ["search-a", "search-b", "search-c"] {
            self.machine(&named(name, FRANKFURT, "g6.12xlarge"));
        }
        for name in ["speech-a", "speech-b"] {
            self.machine(&named(name, AMSTERDAM, "Standard_NC24ads_A100_v4"));
        }
        self.machine(&Machine {
            tags: &[("role", "standby")],
            activity: IDLE,
            ..named("search-failover", IRELAND, "g5.12xlarge")
        });
        self.machine(&Machine {
            purchase: "spot",
            tags: &[("workload", "training")],
            ..named("sweep-spot-1", FRANKFURT, "g5.xlarge")
        });
        self.machine(&Machine {
            launched_days: 4.0,
            activity: IDLE,
            ..named("new-arrival", EEMSHAVEN, "g2-standard-8")
        });
        let quarters: &[f64] = &[0.25, 0.25, 0.5];
        let node = Machine {
            kind: "node",
            unlisted_usd_per_hour: Some(1.4),
            workloads: Some(("deployment", quarters)),
            ..named("gpu-pool-1", CLUSTER, "g5.xlarge")
        };
        self.machine(&node);
        let node = Machine {
            activity: IDLE,
            mem_gib: Some(0.3),
            cpu: 0.02,
            name: "gpu-pool-2",
            workloads: None,
            ..node
        };
        self.machine(&node.hit(&["gpu-idle"], Remedy::STOP));
        let committed = Machine {
            purchase: "committed",
            committed_share: 1.0,
            ..named("forecast-core", IRELAND, "p4d.24xlarge")
        };
        self.machine(&committed);
    }

    fn show_endpoints(&mut self) {
        let office = Requests::Office { office: OFFICE, stray_chance: 0.0 };
        let of =
            |name, site, instance_type| Endpoint { name, ..Endpoint::fine(site, instance_type) };
        let idle = Endpoint {
            requests: Requests::Few(0),
            level: 0.0,
            ..of("summarizer-v1", VIRGINIA, "ml.g5.2xlarge")
        };
        self.endpoint(&idle.hit(&["endpoint-idle"], Remedy::STOP));
        let flat = Endpoint {
            replicas: 4.0,
            requests: Requests::Wave { low: 0.05 },
            ..of("recommender", VIRGINIA, "ml.g5.xlarge")
        };
        self.endpoint(&flat.hit(&["endpoint-flat-replicas"], Remedy::scale(1.3, 1.0, 1)));
        let by_day = Endpoint {
            requests: office,
            ..of("contract-reader", AMSTERDAM, "Standard_NC24ads_A100_v4")
        };
        self.endpoint(&by_day.hit(&["endpoint-off-hours"], Remedy::schedule(OFFICE)));
        let sparse = Endpoint {
            requests: Requests::Sparse(90),
            ..of("invoice-parser", VIRGINIA, "ml.g5.xlarge")
        };
        self.endpoint(&sparse.hit(&["endpoint-serverless-candidate"], Remedy::scale(1.3, 0.0, 1)));
        let large = Endpoint {
            mem_gib: Some(9.0),
            level: 0.3,
            ..of("toxicity-filter", VIRGINIA, "ml.g5.12xlarge")
        };
        self.endpoint(&large.hit(&["endpoint-oversized"], Remedy::default()));
        let many = Endpoint { replicas: 3.0, ..of("thumbnailer", EEMSHAVEN, "g2-standard-4") };
        self.endpoint(&many.hit(&["endpoint-spot-capable"], Remedy::default()));
        let tags: &[(&str, &str)] = &[("environment", "production"), ("latency", "80ms")];
        self.endpoint(&Endpoint {
            replicas: 2.0,
            tags,
            ..of("checkout-fraud", AMSTERDAM, "Standard_NC4as_T4_v3")
        });
    }

    fn show_platform(&mut self) {
        let notebook = Notebook {
            site: VIRGINIA,
            instance_type: "ml.g5.xlarge",
            name: "eda-notebook",
            activity: Activity::Idle { active_hours: 60 },
            burst_hours: 0,
            coverage: 1.0,
            launched_days: 80.0,
            has_idle_shutdown: Some(false),
            tags: &[],
        };
        self.notebook(&notebook, &["notebook-idle"], Remedy::scale(1.0, 0.0, 2));
        let tidy =
            Notebook { name: "eda-with-shutdown", has_idle_shutdown: Some(true), ..notebook };
        self.notebook(&tidy, &[], Remedy::default());
        let job = Job {
            site: EEMSHAVEN,
            instance_type: "a2-highgpu-8g",
            native: "customjobs/",
            name: "pretrain-step-4",
            machines: 2.0,
            from_hour: 200,
            hours: 90,
            purchase: "on_demand",
            has_checkpoint: Some(true),
            tags: &[],
        };
        self.job(&job, &["training-on-demand"]);
        self.job(&Job { purchase: "spot", name: "pretrain-step-5", from_hour: 400, ..job }, &[]);
        let throughput = Throughput {
            site: FRANKFURT,
            name: "assistant-units",
            units: 6.0,
            level: 0.35,
            coverage: 1.0,
            launched_days: 70.0,
            tags: &[],
        };
        self.throughput(
            &throughput,
            &["provisioned-throughput-underused"],
            Remedy::buy_fewer(6.0, 0.35),
        );
        let plan = Commitment {
            site: IRELAND,
            name: "compute-2026".to_owned(),
            kind: "savings_plan",
            usd_per_hour: 24.0,
            used_ratio: 0.83,
            is_readable: true,
            term_left_days: Some(210.0),
        };
        self.commitment(&plan, &["commitment-underused"]);
        let capacity = Commitment {
            site: FRANKFURT,
            name: "launch-capacity".to_owned(),
            kind: "capacity_reservation",
            usd_per_hour: 11.0,
            used_ratio: 0.4,
            ..plan
        };
        self.commitment(&capacity, &["capacity-reservation-unused"]);
    }

    /// Two nodes of a cluster on machines that are billed, and what runs on them.
    fn show_cluster(&mut self) {
        let on = |instance_type, name, work| Node {
            billed_to: Some(FRANKFURT),
            name,
            ..Node::of(SECOND_CLUSTER, instance_type, work)
        };
        let idle = Work { name: "reranker", pods: 2, load: Load::Gpu(IDLE), ..Work::fine() };
        let idle = idle.hit(&["workload-gpu-idle"], Remedy::STOP);
        let busy = Work { name: "translator", pods: 2, ..Work::fine() };
        self.node(&on("g6.12xlarge", "gpu-pool-3", vec![idle, busy]));
        let notebook = Work {
            kind: "notebook",
            name: "ada-lab",
            load: Load::Gpu(Activity::Idle { active_hours: 70 }),
            ..Work::fine()
        };
        let remedy = Remedy::scale(1.0, 0.0, 2);
        let notebook = notebook.hit(&["workload-notebook-idle"], remedy);
        self.node(&on("g4dn.xlarge", "gpu-pool-4", vec![notebook]));
    }
}
