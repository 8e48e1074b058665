//! The summary for pull requests.

use super::{
    super::{
        Report,
        markdown::{MAX_CHARS, render},
        sample::sample_report,
    },
    is_harmless, rendered,
};

fn summary(report: &Report) -> String {
    rendered(|out| render(report, out))
}

#[test]
fn the_summary_says_the_sum_the_findings_and_what_is_unknown() {
    insta::assert_snapshot!(summary(&sample_report()), @r#"
## $3,353.80 per month can be saved

Between $2,860.10 and $3,710.00, out of $41,000.00 per month, 10.4 % of it is waste, counted and freed.
$900.00 per month more is freed, not saved: it is paid either way.
Left out of the cost: 5 resources of unknown cost; 30 daily charges whose effective cost the bill does not tell.
$1,234.50 per month and 3 resources of unknown cost could not be judged by any rule meant for it.

8 findings · $3,353.80 per month counted ($2,860.10 – $3,710.00) · $900.00 freed · 1 superseded · 1 unpriced · 1 exempted (the first until 2026-11-09). From 2026-10-01T00:00:00Z to 2026-10-31T00:00:00Z.

### Findings

| Counted per month | Range | Severity | Rule | Subject | Type | Region | Team | Finding | Fingerprint |
|---:|---|---|---|---|---|---|---|---|---|
| $2,233.80 | $2,010.10 – $2,400.00 | high | gpu-idle | trainer-07 | p4d.24xlarge | us-east-1 | research | No GPU of trainer-07 was above 1 % in 710 of 720 hours: stop it, and start it when there is work. | `3e7abe4e1fa8` |
| $480.00 | $400.00 – $520.00 | medium | endpoint-off-hours | ranker-v2 | ml.g5.12xlarge | eu-central-1 | search \| &lt;b&gt;ads&lt;/b&gt; | No requests between 20:00 and 06:00: scale arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2 to zero at night. | `22f20effc572` |
| $320.00 | $250.00 – $380.00 | medium | endpoint-flat-replicas | ranker-v2 | ml.g5.12xlarge | eu-central-1 | search \| &lt;b&gt;ads&lt;/b&gt; | 4 replicas all day, while traffic needs between 1 and 3. | `727092c3bf85` |
| $320.00 | $200.00 – $410.00 | low | notebook-idle | =HYPERLINK("http:&#8203;//x.io")␛\[31m\|&lt;script&gt;\`@&#8203;all\`&lt;/script&gt;�\[a\](b)␊#&#8203;#&#8203; x | a2-highgpu-1g | europe-west4 |  | Nobody used ␛\]0;owned␇&lt;b&gt;it&lt;/b&gt; for 41 days. | `01d092ad844f` |
| $0.00 |  | medium | gpu-on-demand-interruptible | trainer-07 | p4d.24xlarge | us-east-1 | research | Training on demand: spot costs 40 % of it. | `437e2851e004` |
| $0.00 |  | high | gpu-idle | vm-a100-02 | Standard\_NC24ads\_A100\_v4 | westeurope | research | No GPU of vm-a100-02 was above 1 % in 700 of 720 hours. | `8e23115ee7b5` |
| unknown |  | medium | provisioned-throughput-underused | gpt-summaries-production-with-a-very-long-name-0001 |  | westeurope |  | At most 11 % of 100 units were used. | `2fc39106bebd` |
| – |  | info | region-not-allowed | =HYPERLINK("http:&#8203;//x.io")␛\[31m\|&lt;script&gt;\`@&#8203;all\`&lt;/script&gt;�\[a\](b)␊#&#8203;#&#8203; x | a2-highgpu-1g | europe-west4 |  | europe-west4 is not an approved region. | `52a67d5cc9a9` |

### Teams

| Team | Counted per month | Range | Findings |
|---|---:|---|---:|
| research | $2,233.80 | $2,010.10 – $2,400.00 | 3 |
| search \| &lt;b&gt;ads&lt;/b&gt; | $800.00 | $650.00 – $900.00 | 2 |
| (no team) | $320.00 | $200.00 – $410.00 | 3 |

### Not judged

- 14 of 412 accelerators ($1,234.50 per month and 3 of unknown cost) by gpu-idle, gpu-off-hours: No GPU telemetry reached the audit.

### Not seen

- **account 444455556666**: permission ce:GetCostAndUsage is missing. It hides the cost of 12 endpoints. Attach the policy that \`ai-cost policy aws\` prints to arn:aws:iam::444455556666:role/audit-read-only-role.

### Read first

- 31 prices from AWS price list are 122 days old.

### Servers

- Asked kubernetes 48 times (2 repeated), 3.1 MiB
"#);
}

#[test]
fn hostile_names_are_shown_and_not_obeyed() {
    let text = summary(&sample_report());
    assert!(is_harmless(&text));
    for markup in ["<script>", "<b>", "@all", "[a](b)", "http://"] {
        assert!(!text.contains(markup), "{markup}");
    }
}

#[test]
fn whatever_the_input_the_summary_fits_a_comment_and_says_what_it_cut() {
    let mut report = sample_report();
    let hostile = report.findings[3].clone();
    let gap = report.gaps[0].clone();
    for number in 0..2_000 {
        let mut finding = hostile.clone();
        finding.finding.message = "@".repeat(10_000);
        finding.finding.subject.name = Some(format!("a{}", "\u{301}".repeat(10_000)));
        finding.finding.subject.team = Some(format!("{number}{}", "|<".repeat(1_000)));
        report.findings.push(finding);
        let mut gap = gap.clone();
        gap.remedy = "#".repeat(10_000);
        report.gaps.push(gap);
    }
    let text = summary(&report);
    assert!(text.chars().count() <= MAX_CHARS, "{}", text.chars().count());
    let last = text.lines().last().expect("a line");
    assert_eq!(
        last,
        "_Left out here, and in the full report: 1,998 more findings, 1,978 more teams, 1,983 more gaps._"
    );
}
