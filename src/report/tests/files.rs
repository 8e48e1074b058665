//! The flat forms: CSV, NDJSON and Parquet say the same.

use polars::prelude::{ParquetReader, SerReader as _};

use super::{
    super::{csv, json, markdown, ndjson, parquet, rows::COLUMNS, sample::sample_report, table},
    is_harmless, rendered,
};

#[test]
fn csv_has_one_row_per_finding_and_no_formulas() {
    let csv = rendered(|out| csv::render(&sample_report(), out));
    assert!(is_harmless(&csv));
    insta::assert_snapshot!(csv, @r#"
window_start,window_end,fingerprint,rule,title,severity,confidence,action,target,provider,account_id,region,resource_id,kind,name,instance_type,owner,team,claim_low_usd_per_month,claim_likely_usd_per_month,claim_high_usd_per_month,counted_low_usd_per_month,counted_likely_usd_per_month,counted_high_usd_per_month,freed_usd_per_month,resolution,resolution_by,message
2026-10-01T00:00:00Z,2026-10-31T00:00:00Z,3e7abe4e1fa8,gpu-idle,GPU machine without work,high,high,stop,,aws,111122223333,us-east-1,arn:aws:ec2:us-east-1:111122223333:instance/i-0a1b2c3d4e5f60718,instance,trainer-07,p4d.24xlarge,ada@example.com,research,2010.10,2233.80,2400.00,2010.10,2233.80,2400.00,0.00,counted,,"No GPU of trainer-07 was above 1 % in 710 of 720 hours: stop it, and start it when there is work."
2026-10-01T00:00:00Z,2026-10-31T00:00:00Z,22f20effc572,endpoint-off-hours,Endpoint without requests at night,medium,high,schedule,,aws,111122223333,eu-central-1,arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2,endpoint,,ml.g5.12xlarge,,search | <b>ads</b>,500.00,600.00,650.00,400.00,480.00,520.00,0.00,reduced,727092c3bf85,No requests between 20:00 and 06:00: scale arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2 to zero at night.
2026-10-01T00:00:00Z,2026-10-31T00:00:00Z,727092c3bf85,endpoint-flat-replicas,Replicas that do not follow the traffic,medium,medium,scale,,aws,111122223333,eu-central-1,arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2,endpoint,,ml.g5.12xlarge,,search | <b>ads</b>,350.00,440.00,500.00,250.00,320.00,380.00,0.00,reduced,22f20effc572,"4 replicas all day, while traffic needs between 1 and 3."
2026-10-01T00:00:00Z,2026-10-31T00:00:00Z,01d092ad844f,notebook-idle,Notebook nobody uses,low,low,delete,,gcp,lab-42,europe-west4,projects/lab-42/locations/europe-west4/instances/nb-7,notebook,"'=HYPERLINK(""http://x.io"")␛[31m|<script>`@all`</script>�[a](b)␊## x",a2-highgpu-1g,'@everyone,,200.00,320.00,410.00,200.00,320.00,410.00,0.00,counted,,Nobody used ␛]0;owned␇<b>it</b> for 41 days.
2026-10-01T00:00:00Z,2026-10-31T00:00:00Z,437e2851e004,gpu-on-demand-interruptible,Interruptible work on demand,medium,medium,reprice,spot,aws,111122223333,us-east-1,arn:aws:ec2:us-east-1:111122223333:instance/i-0a1b2c3d4e5f60718,instance,trainer-07,p4d.24xlarge,ada@example.com,research,900.00,1200.00,1300.00,0.00,0.00,0.00,0.00,superseded,3e7abe4e1fa8,Training on demand: spot costs 40 % of it.
2026-10-01T00:00:00Z,2026-10-31T00:00:00Z,8e23115ee7b5,gpu-idle,GPU machine without work,high,high,stop,,azure,5e3c,westeurope,/subscriptions/5e3c/resourceGroups/ml/providers/Microsoft.Compute/virtualMachines/vm-a100-02,instance,vm-a100-02,Standard_NC24ads_A100_v4,ada@example.com,research,900.00,900.00,900.00,0.00,0.00,0.00,900.00,committed,,No GPU of vm-a100-02 was above 1 % in 700 of 720 hours.
2026-10-01T00:00:00Z,2026-10-31T00:00:00Z,2fc39106bebd,provisioned-throughput-underused,Provisioned throughput that is not used,medium,medium,scale,,azure,5e3c,westeurope,/subscriptions/5e3c/resourceGroups/ml/providers/Microsoft.CognitiveServices/accounts/openai-west-europe/deployments/gpt-summaries-production-with-a-very-long-name-0001,provisioned_throughput,,,,,,,,0.00,0.00,0.00,0.00,unpriced,,At most 11 % of 100 units were used.
2026-10-01T00:00:00Z,2026-10-31T00:00:00Z,52a67d5cc9a9,region-not-allowed,Resource outside the approved regions,info,high,inform,,gcp,lab-42,europe-west4,projects/lab-42/locations/europe-west4/instances/nb-7,notebook,"'=HYPERLINK(""http://x.io"")␛[31m|<script>`@all`</script>�[a](b)␊## x",a2-highgpu-1g,'@everyone,,0.00,0.00,0.00,0.00,0.00,0.00,0.00,informational,,europe-west4 is not an approved region.
"#);
}

#[test]
fn ndjson_has_the_same_columns_with_nulls() {
    let ndjson = rendered(|out| ndjson::render(&sample_report(), out));
    assert!(is_harmless(&ndjson));
    let lines: Vec<serde_json::Map<String, serde_json::Value>> =
        ndjson.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(lines.len(), 8);
    let names: Vec<&str> = lines[0].keys().map(String::as_str).collect();
    let columns: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(names, columns);
    assert_eq!(lines[1]["counted_likely_usd_per_month"], "480.00");
    assert_eq!(lines[1]["name"], serde_json::Value::Null);
    assert_eq!(lines[6]["claim_likely_usd_per_month"], serde_json::Value::Null);
}

#[test]
fn parquet_has_the_same_columns_with_dollars_as_floats() {
    let mut file = Vec::new();
    parquet::render(&sample_report(), &mut file).expect("memory does not fail");
    let frame = ParquetReader::new(std::io::Cursor::new(&file)).finish().expect("a Parquet file");
    assert_eq!(frame.shape(), (8, COLUMNS.len()));
    let counted = frame.column("counted_likely_usd_per_month").expect("the column");
    let counted: Vec<Option<f64>> = counted.f64().expect("floats").iter().collect();
    assert_eq!(counted, [2233.8, 480.0, 320.0, 320.0, 0.0, 0.0, 0.0, 0.0].map(Some));
    let claim = frame.column("claim_likely_usd_per_month").expect("the column");
    assert_eq!(claim.f64().expect("floats").get(6), None);

    let mut again = Vec::new();
    parquet::render(&sample_report(), &mut again).expect("memory does not fail");
    assert_eq!(file, again);
}

#[test]
fn a_closed_pipe_is_told_as_one() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let report = sample_report();
    for error in [
        csv::render(&report, &mut Closed),
        ndjson::render(&report, &mut Closed),
        parquet::render(&report, &mut Closed),
        json::v1::render(&report, &mut Closed),
        markdown::render(&report, &mut Closed),
        table::render(&report, &table::TableOptions::default(), &mut Closed),
    ] {
        assert_eq!(error.expect_err("the pipe is closed").kind(), std::io::ErrorKind::BrokenPipe);
    }
}
