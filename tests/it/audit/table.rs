//! What people read: the table, its groups, one finding explained, the summary for pull requests.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use crate::support::{Folder, ai_cost, demo_report, list, outcome};

#[test]
fn the_demo_at_80_columns() {
    assert_snapshot!(ai_cost("audit --demo --top 5").done(), @"
      COUNTED/MO  LOW–HIGH       SEVERITY  RULE
     FINGERPRINT  SUBJECT
    ────────────────────────────────────────────────────────────────────────────────
       $6,655.88  $6,656         low       gpu-oversized-compute
    f971eb065f7c  embedder-blue · 00000008 · a3-highgpu-1g · europe-west4
                  team search
                  H100-80GB is busy to 14.9 % at most (95th percentile of hours) and
                  to 17.9 % in bursts inside them: g4-standard-48 would carry it,
                  where bursts take 100 % of today's time, number formats lost: none

       $6,429.55  $6,430         high      machine-stopped-still-billed
    14b4d71182e0  sim-rig-2 · vm-00000009 · Standard_NC40ads_H100_v5 · westeurope
                  team forecasting
                  Standard_NC40ads_H100_v5 was shut down inside 12 d ago and still
                  costs $6,429.55/mo

       $5,367.61  $4,808–$5,927  medium    gpu-on-demand-interruptible
    e5c249a334a2  nightly-finetune · i-0f0000000e · g6e.12xlarge · eu-central-1
                  team robotics
                  interruptible work on g6e.12xlarge at the on-demand price; spot as
                  a share of it: 41 %

       $4,874.52  $4,875         medium    commitment-missing
    ec6a8f44b864  g6.12xlarge · eu-central-1
                  4 × g6.12xlarge cost $21.87/h around the clock on demand; one year
                  costs 65.1 % of it: commit $12.46/h (EC2 Instance Savings Plan, no
                  upfront) for what the other findings leave
                  ↳ part of its saving counts for 9a052844cc20

       $4,818.00  $4,818         high      capacity-reservation-unused
    235b9d3cb3a0  launch-capacity · eu-central-1
                  used to 40 %: $4,818.00/mo for capacity in which nothing runs

    … 37 more findings not shown (--top 5); $36,887.52 per month of the sum is
      theirs
    ────────────────────────────────────────────────────────────────────────────────
    Window      2026-10-01T00:00:00Z to 2026-10-31T00:00:00Z (30 days)
    Counted     $65,033.08 ($60,990.84 – $71,752.45) per month
    Freed       $2,978.40 per month more: paid either way, so it saves when the term
                ends or something else uses it
    Effective   $140,891.01 per month for 43 resources; 48.3 % of it is waste
                (counted and freed)
    Superseded  9 findings: better ways to save the same money count
    Not judged  $87.33 per month could not be judged by any rule meant for it

    Not judged
      · 16 of 28 accelerators, $52,506.57 per month, by gpu-on-demand-interruptible,
        because of is_interruptible. No tag says so and the work on it is not known.
      · 8 of 21 machine pools, $40,416.09 per month, by commitment-missing, because
        of base_usd_per_hour, commit_price_ratio. No commitment price is known, or
        no cost by the hour. No commitment price is known.
      · 1 of 28 accelerators, $4,391.01 per month, by gpu-oversized-compute, because
        of gpu_compute_p95_ratio. No accelerator telemetry.
      · 1 of 28 accelerators, $4,391.01 per month, by gpu-oversized-memory, because
        of gpu_mem_used_max_gib. No memory telemetry.
      · 1 of 28 accelerators, $4,391.01 per month, by gpu-stranded, because of
        gpu_unused_count. Not every accelerator has telemetry.
      · 1 of 28 accelerators, $4,391.01 per month, by gpu-idle,
        gpu-idle-holding-memory, because of observed_ratio, gpu_count,
        gpu_observed_count. Known, and not enough to judge by: observed_ratio,
        gpu_count, gpu_observed_count.
      · 1 of 28 accelerators, $4,391.01 per month, by gpu-off-hours, because of
        off_hours_ratio. Less than two weeks observed.
      · 1 of 21 machine pools, $87.33 per month, by commitment-missing, because of
        trend_ratio. The window is shorter than 14 days, or the first third cost
        nothing.

    Not seen
      · account 999900001111: permission ce:GetCostAndUsage is missing. It hides the
        cost of everything in it.
        → Grant the permission to the role that collects.

    Read first
      · 34 of the prices used are older than 90 days, the oldest 667 days. Bring
        newer ones with --catalog.

    Prices
      · aws-price-list standard no-upfront reserved via aws-gpu 2026-01-21 of
        2026-01-21: 282 days old, 8 prices used
      · aws-price-list via aws-gpu 2026-01-21 of 2026-01-21: 282 days old, 11 prices
        used
      · aws-sagemaker-price-list via foundation-model-benchmarking-tool undated of
        2025-01-01: 667 days old, 2 prices used
      · derived: on-demand x spot advisor 2025-07-28 of 2025-07-28: 459 days old, 2
        prices used
      · gcp-billing-catalog via google-cloud-pricing-cost-calculator 2026-07-30 of
        2026-07-30: 92 days old, 11 prices used

    Telemetry
      · 35 resources measured over 24,288 hours: mean GPU utilisation 45.4 %; 10
        under 10 %

    42 findings · $65,033.08 per month counted ($60,990.84 – $71,752.45) · $2,978.40
    freed · 9 superseded
    Not judged: 16 of 28 accelerators (is_interruptible) · 8 of 21 machine pools
    (base_usd_per_hour, commit_price_ratio) · 1 of 28 accelerators
    (gpu_compute_p95_ratio) · 1 of 28 accelerators (gpu_mem_used_max_gib) · 5 more,
    listed above
    ");
}

#[test]
fn the_demo_at_120_columns() {
    let text = ai_cost("audit --demo --top 5 --width 120").done();
    assert_snapshot!(head(&text, 30), @"
      COUNTED/MO  LOW–HIGH               SEVERITY  RULE
     FINGERPRINT  SUBJECT
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
       $6,655.88  $6,655.88              low       gpu-oversized-compute
    f971eb065f7c  embedder-blue · 00000008 · a3-highgpu-1g · europe-west4 · team search
                  H100-80GB is busy to 14.9 % at most (95th percentile of hours) and to 17.9 % in bursts inside them:
                  g4-standard-48 would carry it, where bursts take 100 % of today's time, number formats lost: none

       $6,429.55  $6,429.55              high      machine-stopped-still-billed
    14b4d71182e0  sim-rig-2 · vm-00000009 · Standard_NC40ads_H100_v5 · westeurope · team forecasting
                  Standard_NC40ads_H100_v5 was shut down inside 12 d ago and still costs $6,429.55/mo

       $5,367.61  $4,807.95 – $5,927.28  medium    gpu-on-demand-interruptible
    e5c249a334a2  nightly-finetune · i-0f0000000e · g6e.12xlarge · eu-central-1 · team robotics
                  interruptible work on g6e.12xlarge at the on-demand price; spot as a share of it: 41 %

       $4,874.52  $4,874.52              medium    commitment-missing
    ec6a8f44b864  g6.12xlarge · eu-central-1
                  4 × g6.12xlarge cost $21.87/h around the clock on demand; one year costs 65.1 % of it: commit $12.46/h
                  (EC2 Instance Savings Plan, no upfront) for what the other findings leave
                  ↳ part of its saving counts for 9a052844cc20

       $4,818.00  $4,818.00              high      capacity-reservation-unused
    235b9d3cb3a0  launch-capacity · eu-central-1
                  used to 40 %: $4,818.00/mo for capacity in which nothing runs

    … 37 more findings not shown (--top 5); $36,887.52 per month of the sum is theirs
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Window      2026-10-01T00:00:00Z to 2026-10-31T00:00:00Z (30 days)
    Counted     $65,033.08 ($60,990.84 – $71,752.45) per month
    ");
}

#[test]
fn teams_see_their_share() {
    let text = ai_cost("audit --demo --group-by team").done();
    assert_snapshot!(head(&text, 10), @"
    COUNTED/MO  LOW–HIGH          FREED/MO  FINDINGS  TEAM
    ────────────────────────────────────────────────────────────────────────────────
    $12,941.87  $12,942–$15,920  $2,978.40        13  (no team)
    $11,429.45  $11,415–$11,474      $0.00         5  search
    $10,541.93  $10,527–$10,655      $0.00         4  speech
     $9,787.61  $9,161–$10,508       $0.00         6  robotics
     $9,494.07  $9,448–$9,538        $0.00         5  forecasting
     $8,123.61  $5,125–$10,597       $0.00         3  vision
     $2,714.54  $2,372–$3,060        $0.00         6  platform
    ────────────────────────────────────────────────────────────────────────────────
    ");
}

#[test]
fn one_finding_explained() {
    let fingerprint = fingerprint_of("gpu-idle");
    assert_snapshot!(ai_cost(&format!("audit --demo --explain {fingerprint}")).done(), @r"
    gpu-idle · GPU machine runs, but its GPUs do nothing
    ────────────────────────────────────────────────────────────────────────────────
    1 × A10G: active in 0 % of 720 h

    Resource     aws:111122223333:eu-central-1:i-0f00000001
    Name         old-demo-box
    Kind         gpu_instance
    Type         g5.2xlarge
    Provider     aws
    Account      111122223333
    Region       eu-central-1
    Team         vision
    Owner        vision-oncall
    Severity     high
    Confidence   medium
    Action       stop
    Fingerprint  acd95fd58a07

    Saving
      alone      $1,051.07 per month
      counted    $1,051.07 per month
      freed      $0.00 per month
      All of $1,051.07 per month counts.

    Evidence
      gpu_active_hours_ratio  0 %
      gpu_mem_used_max_ratio  1.79 %
      gpu_util_mean_ratio     0.999 %
      network_gib_per_day     0.48 GiB/day
      cpu_util_p95_ratio      1.96 %
      native_id               i-0f00000001
      state                   running
      observed_ratio          100 %
      gpu_count               1
      gpu_observed_count      1

    Its week (Europe/Berlin): hours in which it was active
           0     6     12    18
      Mon  ░░░░░░░░░░░░░░░░░░░░░░░░
      Tue  ░░░░░░░░░░░░░░░░░░░░░░░░
      Wed  ░░░░░░░░░░░░░░░░░░░░░░░░
      Thu  ░░░░░░░░░░░░░░░░░░░░░░░░
      Fri  ░░░░░░░░░░░░░░░░░░░░░░░░
      Sat  ░░░░░░░░░░░░░░░░░░░░░░░░
      Sun  ░░░░░░░░░░░░░░░░░░░░░░░░
      ░ under 25 % of its hours ▒ 25 % ▓ 50 % █ 75 % and more · not observed

    Bill replayed with this action alone
      2026-10-01  before        $241.92  ███████████████████████████████████
                    after           $0.00
      2026-10-08  before        $241.92  ███████████████████████████████████
                    after           $0.00
      2026-10-15  before        $241.92  ███████████████████████████████████
                    after           $0.00
      2026-10-22  before        $241.92  ███████████████████████████████████
                    after           $0.00
      2026-10-29  before         $69.12  ██████████
                    after           $0.00
      whole window  before      $1,036.80
                    after           $0.00

    Prices used
      · g5.2xlarge on_demand in eu-central-1: $1.516/h, read 2026-01-21
        (aws-price-list via aws-gpu 2026-01-21)

    Why
      A machine with GPUs is billed for every hour it is on, whether a kernel runs
      or not. Idle ones are mostly left over from a training run that ended, or were
      started for an experiment nobody came back to. Spot machines count too: a
      cheap hour of nothing is still an hour of nothing.

    When this is wrong
      Warm standbys that carry no standby tag, machines that wait for a job rarer
      than the window, and work that uses only the video encoder. Exempt them with a
      reason and an end date rather than raising the threshold.

    What to do
      Ask the owner. Copy off what must survive, then stop the machine; delete its
      volumes once nobody claims it. A GPU of a scarce family may not be available
      again at once, so agree on that before stopping one.

    The change
    aws ec2 stop-instances --region eu-central-1 --instance-ids i-0f00000001
    ");
}

#[test]
fn the_first_digits_of_a_fingerprint_are_enough() {
    let fingerprint = fingerprint_of("gpu-idle");
    let short = ai_cost(&format!("audit --demo --explain {}", &fingerprint[..6])).done();
    let long = ai_cost(&format!("audit --demo --explain {fingerprint}")).done();
    assert_eq!(short, long);
}

#[test]
fn an_unknown_fingerprint_is_refused() {
    assert_snapshot!(ai_cost("audit --demo --explain 0badc0de").refused(), @r"
    cli::usage

      × no finding has the fingerprint `0badc0de`
      help: the table shows the fingerprint of every finding
    ");
}

#[test]
fn the_summary_for_pull_requests() {
    let text = ai_cost("audit --demo --format markdown").done();
    assert_snapshot!(head(&text, 15), @r"
    ## $65,033.08 per month can be saved

    Between $60,990.84 and $71,752.45, out of $140,891.01 per month, 48.3 % of it is waste, counted and freed.
    $2,978.40 per month more is freed, not saved: it is paid either way.
    $87.33 per month could not be judged by any rule meant for it.

    42 findings · $65,033.08 per month counted ($60,990.84 – $71,752.45) · $2,978.40 freed · 9 superseded. From 2026-10-01T00:00:00Z to 2026-10-31T00:00:00Z.

    ### Findings

    | Counted per month | Range | Severity | Rule | Subject | Type | Region | Team | Finding | Fingerprint |
    |---:|---|---|---|---|---|---|---|---|---|
    | $6,655.88 | $6,655.88 | low | gpu-oversized-compute | embedder-blue | a3-highgpu-1g | europe-west4 | search | H100-80GB is busy to 14.9 % at most (95th percentile of hours) and to 17.9 % in bursts inside them: g4-standard-48 would carry it, where bursts take 100 % of today's time, number formats lost: none | `f971eb065f7c` |
    | $6,429.55 | $6,429.55 | high | machine-stopped-still-billed | sim-rig-2 | Standard\_NC40ads\_H100\_v5 | westeurope | forecasting | Standard\_NC40ads\_H100\_v5 was shut down inside 12 d ago and still costs \$6,429.55/mo | `14b4d71182e0` |
    | $5,367.61 | $4,807.95 – $5,927.28 | medium | gpu-on-demand-interruptible | nightly-finetune | g6e.12xlarge | eu-central-1 | robotics | interruptible work on g6e.12xlarge at the on-demand price; spot as a share of it: 41 % | `e5c249a334a2` |
    ");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [80, 120] {
        for view in ["", "--group-by rule", "--group-by account"] {
            let text = ai_cost(&format!("audit --demo --width {width} {view}")).done();
            let widest = text.lines().max_by_key(|line| ai_cost::text::width(line)).unwrap();
            assert!(ai_cost::text::width(widest) <= width, "{width} {view}: {widest}");
        }
    }
}

#[test]
fn what_one_copies_from_the_table_is_never_broken() {
    let report = demo_report();
    let parts: BTreeSet<String> = list(&report["findings"])
        .iter()
        .flat_map(|finding| {
            let subject = &finding["subject"];
            let id = subject["resource_id"].as_str().unwrap_or_default();
            let tail = id.rsplit(['/', ':']).next().unwrap().to_owned();
            let named = ["name", "instance_type", "region"].map(|part| subject[part].clone());
            let own = ["fingerprint", "rule"].map(|part| finding[part].clone());
            let texts = named.into_iter().chain(own);
            let texts = texts.filter_map(|part| part.as_str().map(str::to_owned));
            texts.chain([tail]).collect::<Vec<_>>()
        })
        .filter(|part| !part.is_empty())
        .collect();
    for width in [60, 80] {
        let text = ai_cost(&format!("audit --demo --width {width}")).done();
        let broken: Vec<&String> =
            parts.iter().filter(|part| !text.lines().any(|line| line.contains(*part))).collect();
        assert!(broken.is_empty(), "{width} columns: {broken:?}");
    }
}

#[test]
fn colour_is_for_terminals_or_for_whoever_asks() {
    let folder = Folder::new();
    let demo = |extra: &str| folder.run(&format!("audit --demo --top 1 {extra}")).done();
    let plain = demo("");
    assert!(!plain.contains('\u{1b}'));
    let colourful = demo("--color always");
    assert!(colourful.contains("\u{1b}["));
    assert_eq!(without_colour(&colourful), plain);
    assert_eq!(demo("--color never"), plain);

    let quiet =
        outcome(folder.ai_cost().env("NO_COLOR", "1").args(["audit", "--demo", "--top", "1"]));
    assert_eq!(quiet.done(), plain);
}

#[test]
fn columns_of_the_environment_are_respected() {
    let folder = Folder::new();
    let declared = outcome(folder.ai_cost().env("COLUMNS", "120").args(["audit", "--demo"])).done();
    assert_eq!(declared, folder.run("audit --demo --width 120").done());
}

fn fingerprint_of(rule: &str) -> String {
    let report = demo_report();
    let finding = list(&report["findings"]).iter().find(|finding| finding["rule"] == rule);
    finding.unwrap()["fingerprint"].as_str().unwrap().to_owned()
}

fn head(text: &str, lines: usize) -> String {
    text.lines().take(lines).collect::<Vec<_>>().join("\n")
}

/// The text without `ESC [ … m`.
fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or(part, |(_, rest)| rest))
}
