//! What is asked, and what is understood of the answers.

use super::script::{RUNNING, WINDOW, ec2, instance, instances, observed, refusal, row, server};
use crate::{
    catalog::Catalog,
    frame::ResourceRow,
    provider::{
        aws::{
            ec2::observe,
            observed::Observed,
            scripted::{run, seat_at},
        },
        call::CallError,
    },
};

fn ids(observed: &Observed) -> Vec<&str> {
    observed.resources.iter().map(|row| row.resource_id.rsplit(':').next().unwrap()).collect()
}

#[test]
fn a_machine_is_read_with_everything_that_decides() {
    let more = "<instanceState><name>stopped</name></instanceState>\
        <reason>User initiated (2026-10-20 08:30:00 GMT)</reason>\
        <launchTime>2026-10-02T00:00:00.000Z</launchTime>\
        <privateDnsName>ip-10-0-0-1.ec2.internal</privateDnsName>\
        <instanceLifecycle>spot</instanceLifecycle>\
        <platformDetails>Windows</platformDetails><usageOperation>RunInstances:0002</usageOperation>\
        <networkInterfaceSet><item><attachment><deviceIndex>0</deviceIndex>\
          <attachTime>2026-03-01T00:00:00.000Z</attachTime></attachment></item></networkInterfaceSet>\
        <tagSet><item><key>Name</key><value>train-1</value></item>\
          <item><key>team</key><value>vision</value></item></tagSet>";
    let server = server(move |asked| {
        let page = instances(&instance("i-1", "g5.12xlarge", more), "");
        (asked.action() == "DescribeInstances").then_some((200, page))
    });
    let found = observed(&server).unwrap();
    let at = |text: &str| Some(text.parse::<jiff::Timestamp>().unwrap().into());
    let expected = ResourceRow {
        resource_id: "aws:111122223333:us-east-1:i-1".to_owned(),
        provider: "aws".to_owned(),
        account_id: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        zone: Some("us-east-1b".to_owned()),
        name: Some("train-1".to_owned()),
        instance_type: Some("g5.12xlarge".to_owned()),
        kind: "gpu_instance".to_owned(),
        state: Some("stopped".to_owned()),
        purchase_option: Some("spot".to_owned()),
        launched_at: at("2026-03-01T00:00:00Z"),
        stopped_at: at("2026-10-20T08:30:00Z"),
        gpu_model: Some("A10G".to_owned()),
        gpu_count: Some(4.0),
        gpu_mem_gib_per_gpu: Some(22.35),
        vcpu_count: Some(48),
        mem_gib: Some(192.0),
        tags_json: r#"{"Name":"train-1","team":"vision"}"#.to_owned(),
        last_started_at: at("2026-10-02T00:00:00Z"),
        price_variant: Some("Windows".to_owned()),
        is_on_demand_base: None,
        ..ResourceRow::default()
    };
    assert_eq!(found.resources, [expected]);
    assert_eq!(found.gaps, []);
}

#[test]
fn an_estate_without_accelerators_costs_few_requests_and_no_machine_is_kept() {
    let server = server(|asked| {
        let page = instances(&instance("i-1", "m7i.large", RUNNING), "");
        (asked.action() == "DescribeInstances").then_some((200, page))
    });
    let found = observed(&server).unwrap();
    assert_eq!(found, Observed::default());
    let expected = [
        "DescribeCapacityReservations",
        "DescribeInstanceTypes",
        "DescribeInstances",
        "DescribeReservedInstances",
    ];
    assert_eq!(server.actions(), expected);
}

#[test]
fn what_the_catalog_knows_is_not_asked_and_what_it_does_not_know_is() {
    let described = "<instanceTypeSet><item><instanceType>g9.xlarge</instanceType>\
        <gpuInfo><gpus><item><name>L4</name><count>0</count><logicalGpuCount>1</logicalGpuCount>\
          <gpuPartitionSize>0.25</gpuPartitionSize><memoryInfo><sizeInMiB>5632</sizeInMiB></memoryInfo></item></gpus></gpuInfo>\
        <vCpuInfo><defaultVCpus>8</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>32768</sizeInMiB></memoryInfo></item></instanceTypeSet>";
    let server = server(move |asked| match asked.action() {
        "DescribeInstances" => {
            let items =
                [instance("i-1", "g9.xlarge", RUNNING), instance("i-2", "g5.xlarge", RUNNING)];
            Some((200, instances(&items.concat(), "")))
        }
        "DescribeInstanceTypes" => Some((200, ec2("DescribeInstanceTypes", described))),
        _ => None,
    });
    let found = observed(&server).unwrap();
    let new = row(&found, "i-1");
    assert_eq!((new.gpu_model.as_deref(), new.gpu_count), (Some("L4"), Some(0.25)));
    assert_eq!((new.gpu_mem_gib_per_gpu, new.vcpu_count), (Some(5.5), Some(8)));
    let asked = server.asked("DescribeInstanceTypes");
    assert!(
        asked[0].body.contains("g9.xlarge") && !asked[0].body.contains("g5.xlarge"),
        "{asked:?}"
    );
}

#[test]
fn words_that_are_new_to_us_are_unknown_and_nothing_else_is_lost() {
    let more = "<instanceState><name>melting</name></instanceState>\
        <instanceLifecycle>lunar</instanceLifecycle>";
    let server = server(move |asked| {
        let page = instances(&instance("i-1", "p9.48xlarge", more), "");
        (asked.action() == "DescribeInstances").then_some((200, page))
    });
    let found = observed(&server).unwrap();
    let row = row(&found, "i-1");
    assert_eq!((row.state.as_deref(), row.purchase_option.as_deref()), (None, None));
    assert_eq!((row.instance_type.as_deref(), row.gpu_count), (Some("p9.48xlarge"), None));
}

#[test]
fn an_empty_page_ends_nothing_and_a_page_twice_counts_once() {
    let server = server(|asked| {
        let one = instance("i-1", "g5.xlarge", RUNNING);
        let page = match asked.body.split("NextToken=").nth(1) {
            None => instances("", "<nextToken>a</nextToken>"),
            Some("a") => instances(&one, "<nextToken>b</nextToken>"),
            Some(_) => instances(&one, ""),
        };
        (asked.action() == "DescribeInstances").then_some((200, page))
    });
    let found = observed(&server).unwrap();
    assert_eq!(ids(&found), ["i-1"]);
    assert_eq!(found.metered.len(), 1);
}

#[test]
fn a_page_that_fails_leaves_the_pages_before_it_and_a_gap() {
    let server = server(|asked| {
        let answer = if asked.body.contains("NextToken=") {
            refusal("RequestLimitExceeded", "slow down")
        } else {
            (200, instances(&instance("i-1", "g5.xlarge", RUNNING), "<nextToken>a</nextToken>"))
        };
        (asked.action() == "DescribeInstances").then_some(answer)
    });
    let found = observed(&server).unwrap();
    assert_eq!(ids(&found), ["i-1"]);
    let gap = &found.gaps[0];
    assert_eq!(gap.what, "ec2:DescribeInstances of account 111122223333 in us-east-1");
    assert_eq!(gap.hides, "some machines");
}

#[test]
fn a_permission_that_is_missing_hides_one_thing_and_the_rest_goes_on() {
    let server = server(|asked| {
        let refused = ["DescribeInstances", "DescribeReservedInstances"].contains(&asked.action());
        refused.then(|| refusal("UnauthorizedOperation", "You are not authorized"))
    });
    let found = observed(&server).unwrap();
    let hidden: Vec<&str> = found.gaps.iter().map(|gap| gap.hides.as_str()).collect();
    assert_eq!(hidden, ["all machines", "Reserved Instances, and when they end"]);
}

#[test]
fn a_region_that_is_closed_is_one_error_and_is_asked_once() {
    let off = server(|_| Some(refusal("OptInRequired", "not subscribed")));
    assert!(matches!(observed(&off), Err(CallError::Refused { .. })));
    assert_eq!(off.actions(), ["DescribeInstances"]);
    let message = "not authorized with an explicit deny in a service control policy";
    let forbidden = server(move |_| Some(refusal("UnauthorizedOperation", message)));
    assert!(matches!(observed(&forbidden), Err(CallError::Refused { .. })));
}

#[test]
fn a_region_that_nobody_answers_for_is_an_error() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let seat = seat_at(&format!("http://{nobody}"));
    let found = run(observe(&seat, WINDOW, &Catalog::embedded().unwrap()));
    assert!(matches!(found, Err(CallError::Unavailable { .. })), "{found:?}");
}

#[test]
fn half_a_list_is_not_taken_for_all_of_it() {
    let server = server(|asked| {
        let both = ["i-1", "i-2"].map(|id| instance(id, "g5.xlarge", RUNNING)).concat();
        let page = instances(&both, "");
        let half = page[..page.find("i-2").unwrap()].to_owned();
        (asked.action() == "DescribeInstances").then_some((200, half))
    });
    let found = observed(&server).unwrap();
    assert!(found.resources.is_empty());
    let gap = &found.gaps[0];
    assert_eq!(gap.what, "ec2:DescribeInstances of account 111122223333 in us-east-1");
    assert!(gap.because.starts_with("its answer cannot be understood: "), "{}", gap.because);
    assert!(gap.because.ends_with("the XML has no end"), "{}", gap.because);
    assert_eq!(gap.hides, "all machines");
}
