//! `CloudWatch`: its limits, its pages, and what it keeps.

use aws_sdk_cloudwatch::{
    Client,
    error::ProvideErrorMetadata as _,
    operation::get_metric_data::GetMetricDataOutput,
    primitives::DateTime,
    types::{
        Dimension, DimensionFilter, Metric, MetricDataQuery, MetricStat, ScanBy, StandardUnit,
        StatusCode,
    },
};

use super::{NOW, PAYER, REGION, empty, serve};
use crate::aws::{
    client,
    fake::{Bucket, Calls, Effect, Estate, Fake, Fault, HOUR, Scope, Series},
};

const GPU: &str = "nvidia_smi_utilization_gpu";

fn client(fake: &Fake) -> Client {
    Client::new(&client::config(&fake.url(), PAYER, REGION))
}

/// So many machines with a GPU each; the number of a machine is its utilization.
fn machines(count: u32) -> Estate {
    let mut estate = empty();
    for number in 0..count {
        let value = f64::from(number);
        let host = format!("ip-10-0-{}-{}", number / 200, number % 200);
        let dimensions = [("host", host.as_str()), ("index", "0"), ("name", "NVIDIA A10G")];
        let hours = move |_| {
            Some(Bucket { mean: value, max: value + 1.0, min: 0.0, count: 60.0, p95: None })
        };
        estate.metrics.add(PAYER, REGION, Series::new("CWAgent", GPU, &dimensions, hours));
    }
    estate
}

fn query(id: usize, host: &str, period: i32, stat: &str) -> MetricDataQuery {
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let metric = Metric::builder()
        .namespace("CWAgent")
        .metric_name(GPU)
        .dimensions(dimension("name", "NVIDIA A10G"))
        .dimensions(dimension("index", "0"))
        .dimensions(dimension("host", host));
    let stat = MetricStat::builder().metric(metric.build()).period(period).stat(stat).build();
    MetricDataQuery::builder().id(format!("q{id}")).metric_stat(stat).build()
}

async fn ask(
    client: &Client,
    queries: Vec<MetricDataQuery>,
    days: i64,
    next: Option<String>,
) -> Result<GetMetricDataOutput, String> {
    let asked = client
        .get_metric_data()
        .set_metric_data_queries(Some(queries))
        .start_time(DateTime::from_secs(NOW - days * 24 * HOUR))
        .end_time(DateTime::from_secs(NOW))
        .scan_by(ScanBy::TimestampAscending)
        .set_next_token(next);
    asked.send().await.map_err(|error| {
        format!("{}: {}", error.code().unwrap_or_default(), error.message().unwrap_or_default())
    })
}

#[tokio::test]
async fn metrics_are_listed_500_at_a_time() {
    let fake = serve(machines(1_201));
    let client = client(&fake);
    let (mut sizes, mut next) = (Vec::new(), None);
    loop {
        let list = client.list_metrics().namespace("CWAgent").set_next_token(next);
        let page = list.send().await.unwrap();
        sizes.push(page.metrics().len());
        next = page.next_token;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [500, 500, 201]);
    assert_eq!(fake.log().count("cloudwatch:ListMetrics"), 3);
}

#[tokio::test]
async fn a_list_can_be_narrowed_by_dimensions_and_hides_what_got_nothing_in_two_weeks() {
    let mut estate = machines(3);
    let old = |hour: i64| (hour < NOW / HOUR - 400).then(|| Bucket::steady(1.0));
    estate.metrics.add(PAYER, REGION, Series::new("CWAgent", GPU, &[("host", "gone")], old));
    let a_while_ago = |hour: i64| (hour < NOW / HOUR - 4).then(|| Bucket::steady(1.0));
    let paused = Series::new("CWAgent", GPU, &[("host", "paused")], a_while_ago);
    estate.metrics.add(PAYER, REGION, paused);
    let fake = serve(estate);
    let client = client(&fake);
    let of = |name: &str, value: Option<&str>| {
        let filter =
            DimensionFilter::builder().name(name).set_value(value.map(str::to_owned)).build();
        let list = client.list_metrics().dimensions(filter).set_recently_active(None);
        async move { list.send().await.unwrap().metrics().len() }
    };
    assert_eq!(of("index", None).await, 3);
    assert_eq!(of("host", Some("ip-10-0-0-1")).await, 1);
    assert_eq!(of("host", Some("gone")).await, 0);
    assert_eq!(of("host", Some("paused")).await, 1);
    let active = client.list_metrics().recently_active("PT3H".into()).send().await.unwrap();
    assert_eq!(active.metrics().len(), 3);
}

#[tokio::test]
async fn five_hundred_queries_are_answered_and_one_more_is_refused() {
    let fake = serve(machines(1));
    let client = client(&fake);
    let queries = |count| (0..count).map(|id| query(id, "ip-10-0-0-0", 3600, "Average")).collect();
    let answer = ask(&client, queries(500), 1, None).await.unwrap();
    assert_eq!(answer.metric_data_results().len(), 500);
    let log = fake.log();
    // It is one metric, however often it is asked for.
    assert_eq!((log.metric_count(), log.query_count(), log.datapoint_count()), (1, 500, 12_000));
    let said = ask(&client, queries(501), 1, None).await.unwrap_err();
    assert_eq!(
        said,
        "ValidationError: The collection MetricDataQueries must not have a size greater than 500."
    );
}

/// 140 series of 30 days in hours fit; the next one is cut.
#[tokio::test]
async fn an_answer_holds_100800_datapoints_and_the_rest_comes_with_a_token() {
    let fake = serve(machines(200));
    let client = client(&fake);
    let queries: Vec<_> = (0..150)
        .map(|number| query(number, &format!("ip-10-0-0-{number}"), 3600, "Average"))
        .collect();
    let first = ask(&client, queries.clone(), 30, None).await.unwrap();
    let points = |answer: &GetMetricDataOutput| {
        answer.metric_data_results().iter().map(|result| result.values().len()).sum::<usize>()
    };
    assert_eq!((first.metric_data_results().len(), points(&first)), (140, 100_800));
    let next = first.next_token.clone();
    let second = ask(&client, queries.clone(), 30, next.clone()).await.unwrap();
    assert_eq!((points(&second), second.next_token()), (10 * 720, None));
    assert_eq!(second.metric_data_results()[0].values()[..1], [140.0]);
    // A token belongs to its question.
    let said = ask(&client, queries[1..].to_vec(), 30, next).await.unwrap_err();
    assert_eq!(said, "InvalidNextToken: The parameter NextToken is not valid.");
}

#[tokio::test]
async fn a_series_that_does_not_fit_is_partial_and_goes_on_where_it_stopped() {
    let fake = serve(machines(2));
    let asked = |next: Option<String>| {
        let client = client(&fake);
        let queries =
            vec![query(0, "ip-10-0-0-0", 3600, "Average"), query(1, "ip-10-0-0-1", 3600, "Sum")];
        async move {
            let asked = client
                .get_metric_data()
                .set_metric_data_queries(Some(queries))
                .start_time(DateTime::from_secs(NOW - 10 * HOUR))
                .end_time(DateTime::from_secs(NOW))
                .max_datapoints(15)
                .set_next_token(next);
            asked.send().await.unwrap()
        }
    };
    let first = asked(None).await;
    let shape = |answer: &GetMetricDataOutput| -> Vec<(String, usize, StatusCode)> {
        let results = answer.metric_data_results().iter();
        results
            .map(|result| {
                let status = result.status_code().unwrap().clone();
                (result.id().unwrap().to_owned(), result.values().len(), status)
            })
            .collect()
    };
    let own = |id: &str, count, status| (id.to_owned(), count, status);
    assert_eq!(
        shape(&first),
        [own("q0", 10, StatusCode::Complete), own("q1", 5, StatusCode::PartialData)]
    );
    let second = asked(first.next_token.clone()).await;
    assert_eq!(shape(&second), [own("q1", 5, StatusCode::Complete)]);
    // The newest come first, and the end does not belong to it.
    let times = second.metric_data_results()[0].timestamps();
    assert_eq!(times[4].secs(), NOW - 10 * HOUR);
    assert_eq!(first.metric_data_results()[0].timestamps()[0].secs(), NOW - HOUR);
}

#[tokio::test]
async fn only_the_exact_set_of_dimensions_has_data() {
    let fake = serve(machines(1));
    let client = client(&fake);
    let whole = query(0, "ip-10-0-0-0", 3600, "Maximum");
    let dimension = Dimension::builder().name("host").value("ip-10-0-0-0").build();
    let metric =
        Metric::builder().namespace("CWAgent").metric_name(GPU).dimensions(dimension).build();
    let stat = MetricStat::builder().metric(metric).period(3600).stat("Maximum").build();
    let part = MetricDataQuery::builder().id("part").metric_stat(stat).build();
    let answer = ask(&client, vec![whole, part], 1, None).await.unwrap();
    let counts: Vec<usize> =
        answer.metric_data_results().iter().map(|result| result.values().len()).collect();
    assert_eq!(counts, [24, 0]);
    assert_eq!(answer.metric_data_results()[1].status_code(), Some(&StatusCode::Complete));
    assert_eq!(answer.metric_data_results()[0].values()[..1], [1.0]);
}

#[tokio::test]
async fn short_periods_are_forgotten_sooner() {
    let fake = serve(machines(1));
    let client = client(&fake);
    let mut found = Vec::new();
    for (period, days) in [(60, 20), (300, 70), (3600, 500)] {
        let answer = ask(&client, vec![query(0, "ip-10-0-0-0", period, "Average")], days, None);
        let answer = answer.await.unwrap();
        found.push(answer.metric_data_results()[0].values().len());
    }
    assert_eq!(found, [15 * 24 * 60, 63 * 24 * 12, 455 * 24]);
}

#[tokio::test]
async fn what_an_hour_adds_up_to_is_the_same_at_every_period() {
    let mut estate = empty();
    let invocations = |hour: i64| (hour % 2 == 0).then(|| Bucket::events(120.0));
    let dimensions = [("host", "a"), ("index", "0"), ("name", "NVIDIA A10G")];
    let series = Series::new("CWAgent", GPU, &dimensions, invocations).in_unit("Count");
    estate.metrics.add(PAYER, REGION, series);
    let fake = serve(estate);
    let client = client(&fake);
    for period in [60, 300, 3600, 86_400] {
        let answer = ask(&client, vec![query(0, "a", period, "Sum")], 1, None).await.unwrap();
        let values = answer.metric_data_results()[0].values();
        assert!((values.iter().sum::<f64>() - 12.0 * 120.0).abs() < 1e-6, "{period}: {values:?}");
    }
    // Nothing was sent in the odd hours: there is no datapoint, and no zero.
    let answer = ask(&client, vec![query(0, "a", 3600, "Sum")], 1, None).await.unwrap();
    assert_eq!(answer.metric_data_results()[0].values(), [120.0; 12]);
    // It was not sent in percent.
    let mut other = query(0, "a", 3600, "Sum");
    other.metric_stat.as_mut().unwrap().unit = Some(StandardUnit::Percent);
    let answer = ask(&client, vec![other], 1, None).await.unwrap();
    assert!(answer.metric_data_results()[0].values().is_empty());
}

#[tokio::test]
async fn what_it_cannot_tell_is_refused_and_never_made_up() {
    let fake = serve(machines(1));
    let client = client(&fake);
    let host = "ip-10-0-0-0";
    let said = ask(&client, vec![query(0, host, 3600, "Median")], 1, None).await.unwrap_err();
    assert_eq!(said, "ValidationError: The value Median for parameter Stat is not supported.");
    // There is no percentile of what was sent as sums.
    let answer = ask(&client, vec![query(0, host, 3600, "p95")], 1, None).await.unwrap();
    assert!(answer.metric_data_results()[0].values().is_empty());
    let said = ask(&client, vec![query(0, host, 90, "Sum")], 1, None).await.unwrap_err();
    assert!(said.starts_with("ValidationError: The parameter Period must be"), "{said}");
    let twice = vec![query(0, host, 60, "Sum"), query(0, host, 60, "Average")];
    let said = ask(&client, twice, 1, None).await.unwrap_err();
    assert!(said.ends_with("must be unique."), "{said}");
    let said = ask(&client, vec![query(0, host, 60, "Sum")], 0, None).await.unwrap_err();
    assert!(said.contains("StartTime must be less than"), "{said}");
}

#[tokio::test]
async fn half_of_the_data_is_called_partial() {
    let fake = serve(machines(1));
    let scope = Scope::action("cloudwatch:GetMetricData");
    let fault = fake.fault(Fault { scope, calls: Calls::Always, effect: Effect::HalfData });
    let queries = vec![query(0, "ip-10-0-0-0", 3600, "Average")];
    let answer = ask(&client(&fake), queries, 1, None).await.unwrap();
    let result = &answer.metric_data_results()[0];
    assert_eq!((result.values().len(), result.status_code()), (12, Some(&StatusCode::PartialData)));
    assert_eq!(result.messages()[0].code(), Some("InternalServiceError"));
    assert_eq!((answer.next_token(), fake.struck(fault)), (None, 1));
}
