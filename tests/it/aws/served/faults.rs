//! What goes wrong on request, in the words of each service.

use std::time::{Duration, Instant};

use aws_sdk_sagemaker::error::ProvideErrorMetadata;
use serde_json::json;

use super::{MEMBER, PAYER, REGION, empty, serve};
use crate::aws::{
    client,
    fake::{Calls, Effect, Fake, Fault, Scope},
};

fn told(error: &impl ProvideErrorMetadata) -> String {
    error.code().unwrap_or("no code").to_owned()
}

fn switch_on(fake: &Fake, action: &str, calls: Calls, effect: Effect) {
    fake.fault(Fault { scope: Scope::action(action), calls, effect });
}

/// An estate with 15 endpoints.
fn endpoints() -> Fake {
    let mut estate = empty();
    for number in 0..15 {
        let endpoint = json!({
            "EndpointName": format!("e{number:02}"),
            "EndpointArn": format!("arn:aws:sagemaker:{REGION}:{PAYER}:endpoint/e{number:02}"),
            "EndpointStatus": "InService",
            "CreationTime": 1_780_000_000 + number,
            "LastModifiedTime": 1_780_000_000 + number,
        });
        estate.put(PAYER, REGION, "Endpoint", endpoint);
    }
    serve(estate)
}

/// Names of the endpoints on each page, and the error that ended it.
async fn pages(fake: &Fake) -> (Vec<usize>, Option<String>) {
    let client = aws_sdk_sagemaker::Client::new(&client::config(&fake.url(), PAYER, REGION));
    let (mut sizes, mut next) = (Vec::new(), None);
    loop {
        match client.list_endpoints().set_next_token(next).send().await {
            Ok(page) => {
                sizes.push(page.endpoints().len());
                next = page.next_token;
                if next.is_none() {
                    return (sizes, None);
                }
            }
            Err(error) => return (sizes, Some(told(&error))),
        }
    }
}

#[tokio::test]
async fn each_service_throttles_refuses_and_expires_with_its_own_words() {
    let fake = serve(empty());
    let config = client::config(&fake.url(), PAYER, REGION);
    for (effect, expected) in [
        (
            Effect::Throttle,
            [
                "RequestLimitExceeded",
                "Throttling",
                "ThrottlingException",
                "LimitExceededException",
                "ThrottlingException",
                "SlowDown",
            ],
        ),
        (
            Effect::Deny,
            [
                "UnauthorizedOperation",
                "AccessDenied",
                "AccessDeniedException",
                "AccessDeniedException",
                "AccessDeniedException",
                "AccessDenied",
            ],
        ),
        (
            Effect::Expire,
            [
                "RequestExpired",
                "ExpiredToken",
                "ExpiredTokenException",
                "ExpiredTokenException",
                "ExpiredTokenException",
                "ExpiredToken",
            ],
        ),
        (
            Effect::ServerError,
            [
                "InternalError",
                "InternalServiceError",
                "InternalFailure",
                "InternalFailure",
                "InternalServerException",
                "InternalError",
            ],
        ),
    ] {
        for service in ["ec2", "cloudwatch", "sagemaker", "ce", "eks", "s3"] {
            switch_on(&fake, service, Calls::First(1), effect);
        }
        let ec2 = aws_sdk_ec2::Client::new(&config).describe_regions().send().await;
        let cloudwatch = aws_sdk_cloudwatch::Client::new(&config).list_metrics().send().await;
        let sagemaker = aws_sdk_sagemaker::Client::new(&config).list_endpoints().send().await;
        let day = aws_sdk_costexplorer::types::DateInterval::builder()
            .start("2026-09-01")
            .end("2026-09-02");
        let costs = aws_sdk_costexplorer::Client::new(&config)
            .get_cost_and_usage()
            .time_period(day.build().unwrap())
            .granularity("DAILY".into())
            .metrics("AmortizedCost");
        let costs = costs.send().await;
        let eks = aws_sdk_eks::Client::new(&config).list_clusters().send().await;
        let bucket =
            aws_sdk_s3::Client::new(&config).list_objects_v2().bucket("exports").send().await;
        let said = [
            told(&ec2.unwrap_err()),
            told(&cloudwatch.unwrap_err()),
            told(&sagemaker.unwrap_err()),
            told(&costs.unwrap_err()),
            told(&eks.unwrap_err()),
            told(&bucket.unwrap_err()),
        ];
        assert_eq!(said, expected, "{effect:?}");
        // They are over.
        assert!(aws_sdk_eks::Client::new(&config).list_clusters().send().await.is_ok());
    }
}

#[tokio::test]
async fn faults_strike_as_often_as_they_are_told_and_only_where() {
    let fake = endpoints();
    let scope = Scope::action("sagemaker:ListEndpoints").region(REGION).account(PAYER);
    let fault = fake.fault(Fault { scope, calls: Calls::First(2), effect: Effect::Throttle });
    for expected in [Some("ThrottlingException"), Some("ThrottlingException"), None] {
        assert_eq!(pages(&fake).await.1.as_deref(), expected);
    }
    let elsewhere = client::config(&fake.url(), PAYER, "eu-west-1");
    let elsewhere = aws_sdk_sagemaker::Client::new(&elsewhere);
    assert!(elsewhere.list_endpoints().send().await.is_ok());
    assert_eq!(fake.struck(fault), 2);
    let expired = Fault { scope: Scope::default(), calls: Calls::After(1), effect: Effect::Expire };
    fake.fault(expired);
    // The first of two pages comes, and then the token is of no use.
    assert_eq!(pages(&fake).await, (vec![10], Some("ExpiredTokenException".to_owned())));
}

#[tokio::test]
async fn pages_can_be_empty_or_come_twice() {
    let fake = endpoints();
    assert_eq!(pages(&fake).await, (vec![10, 5], None));
    switch_on(&fake, "sagemaker:ListEndpoints", Calls::First(1), Effect::EmptyPage);
    assert_eq!(pages(&fake).await, (vec![0, 10, 5], None));
    switch_on(&fake, "sagemaker:ListEndpoints", Calls::First(1), Effect::DoublePage);
    assert_eq!(pages(&fake).await, (vec![10, 10, 5], None));
}

#[tokio::test]
async fn connections_break_before_and_within_an_answer() {
    let fake = endpoints();
    for effect in [Effect::Reset, Effect::CutBody] {
        switch_on(&fake, "sagemaker", Calls::First(1), effect);
        let client = aws_sdk_sagemaker::Client::new(&client::config(&fake.url(), PAYER, REGION));
        let error = client.list_endpoints().send().await.unwrap_err();
        let is_broken = matches!(
            error,
            aws_sdk_sagemaker::error::SdkError::DispatchFailure(_)
                | aws_sdk_sagemaker::error::SdkError::ResponseError(_)
        );
        assert!(is_broken, "{effect:?}: {error:?}");
    }
    switch_on(&fake, "sagemaker", Calls::First(1), Effect::Malformed);
    let client = aws_sdk_sagemaker::Client::new(&client::config(&fake.url(), PAYER, REGION));
    let error = client.list_endpoints().send().await.unwrap_err();
    let is_unread = matches!(error, aws_sdk_sagemaker::error::SdkError::ResponseError(_));
    assert!(is_unread, "{error:?}");
    assert_eq!(pages(&fake).await, (vec![10, 5], None));
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a wait is measured")]
async fn answers_can_take_their_time_or_never_come() {
    let fake = endpoints();
    let wait = Effect::Wait(Duration::from_millis(300));
    switch_on(&fake, "sagemaker", Calls::First(1), wait);
    let start = Instant::now();
    assert_eq!(pages(&fake).await.0, [10, 5]);
    assert!(start.elapsed() >= Duration::from_millis(300));
    switch_on(&fake, "sagemaker", Calls::Always, Effect::Silence);
    let answer = tokio::time::timeout(Duration::from_millis(300), pages(&fake)).await;
    assert!(answer.is_err(), "{answer:?}");
}

/// A client remembers what time its service told, and signs by it from then on. Another client does not know.
#[tokio::test]
async fn a_clock_that_is_off_is_told_what_time_it_is_and_what_is_signed_by_that_is_taken() {
    let words = [(20, "Signature expired: 20"), (-20, "Signature not yet current: 20")];
    for (minutes, expected) in words {
        let fake = endpoints();
        switch_on(&fake, "sagemaker", Calls::Always, Effect::ClockSkew(minutes));
        for _new in 0..2 {
            let config = client::config(&fake.url(), PAYER, REGION);
            let client = aws_sdk_sagemaker::Client::new(&config);
            let error = client.list_endpoints().send().await.unwrap_err();
            assert_eq!(told(&error), "InvalidSignatureException");
            let said = error.message().unwrap_or_default();
            assert!(said.starts_with(expected), "{said}");
            assert!(client.list_endpoints().send().await.is_ok(), "{minutes}");
        }
    }
    let fake = endpoints();
    switch_on(&fake, "sagemaker", Calls::Always, Effect::ClockSkew(4));
    let client = aws_sdk_sagemaker::Client::new(&client::config(&fake.url(), PAYER, REGION));
    assert!(client.list_endpoints().send().await.is_ok(), "four minutes are within bounds");
}

#[tokio::test]
async fn roles_are_assumed_with_what_was_agreed_and_by_nobody_else() {
    let fake = serve(empty());
    let sts = aws_sdk_sts::Client::new(&client::config(&fake.url(), PAYER, REGION));
    let assume = |role: &str, external_id: Option<&str>| {
        let asked = sts
            .assume_role()
            .role_arn(format!("arn:aws:iam::{MEMBER}:role/{role}"))
            .role_session_name("audit")
            .set_external_id(external_id.map(str::to_owned));
        asked.send()
    };
    assert_eq!(told(&assume("ai-cost", None).await.unwrap_err()), "AccessDenied");
    assert_eq!(told(&assume("ai-cost", Some("guessed")).await.unwrap_err()), "AccessDenied");
    assert_eq!(told(&assume("admin", Some("agreed")).await.unwrap_err()), "AccessDenied");
    let got = assume("ai-cost", Some("agreed")).await.unwrap().credentials.unwrap();
    let keys = aws_sdk_sts::config::Credentials::new(
        got.access_key_id(),
        got.secret_access_key(),
        Some(got.session_token().to_owned()),
        None,
        "test",
    );
    let other = aws_sdk_sts::Client::new(&client::signed(&fake.url(), REGION, keys));
    let is = other.get_caller_identity().send().await.unwrap();
    assert_eq!(is.account(), Some(MEMBER));
    assert_eq!(is.arn(), Some("arn:aws:sts::444455556666:assumed-role/ai-cost/audit"));
    let calls = fake.log().calls();
    let asked = ("sts:GetCallerIdentity".to_owned(), MEMBER.to_owned(), REGION.to_owned());
    assert_eq!(calls.get(&asked), Some(&1), "{calls:?}");
}

#[tokio::test]
async fn keys_of_nobody_are_refused() {
    let fake = serve(empty());
    let sts = aws_sdk_sts::Client::new(&client::config(&fake.url(), "999999999999", REGION));
    let error = sts.get_caller_identity().send().await.unwrap_err();
    assert_eq!(told(&error), "UnrecognizedClientException");
    assert_eq!(fake.log().count(""), 0);
}
