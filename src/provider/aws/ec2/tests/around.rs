//! What belongs to machines: groups, volumes, prices and reservations.

use super::script::{
    RUNNING, autoscaling, ec2, instance, instances, observed, refusal, row, server,
};

const IN_GROUP: &str = "<instanceState><name>running</name></instanceState><tagSet><item>\
    <key>aws:autoscaling:groupName</key><value>workers</value></item></tagSet>";

fn group(min: u8, max: u8, more: &str) -> String {
    let fields = format!(
        "<AutoScalingGroups><member><AutoScalingGroupName>workers</AutoScalingGroupName>\
         <MinSize>{min}</MinSize><MaxSize>{max}</MaxSize><DesiredCapacity>{max}</DesiredCapacity>{more}</member></AutoScalingGroups>"
    );
    autoscaling("DescribeAutoScalingGroups", &fields)
}

#[test]
fn a_machine_of_a_group_with_a_schedule_in_its_own_time_zone_is_scheduled() {
    let actions = "<ScheduledUpdateGroupActions><member><AutoScalingGroupName>workers</AutoScalingGroupName>\
        <Recurrence>0 19 * * MON-FRI</Recurrence><TimeZone>Europe/Berlin</TimeZone>\
        <MinSize>0</MinSize><DesiredCapacity>0</DesiredCapacity></member></ScheduledUpdateGroupActions>";
    let server = server(move |asked| match asked.action() {
        "DescribeInstances" => Some((200, instances(&instance("i-1", "g5.xlarge", IN_GROUP), ""))),
        "DescribeAutoScalingGroups" => Some((200, group(2, 2, ""))),
        "DescribeScheduledActions" => Some((200, autoscaling("DescribeScheduledActions", actions))),
        _ => None,
    });
    let found = observed(&server).unwrap();
    let row = row(&found, "i-1");
    assert_eq!((row.has_scaling, row.scaling_min_count), (Some(true), Some(0.0)));
    assert_eq!(server.asked("DescribePolicies"), []);
}

#[test]
fn the_policies_of_a_group_are_asked_for_where_nothing_else_tells() {
    let policy = "<ScalingPolicies><member><AutoScalingGroupName>workers</AutoScalingGroupName>\
        <PolicyType>TargetTrackingScaling</PolicyType><Enabled>true</Enabled></member></ScalingPolicies>";
    let server = server(move |asked| match asked.action() {
        "DescribeInstances" => Some((200, instances(&instance("i-1", "g5.xlarge", IN_GROUP), ""))),
        "DescribeAutoScalingGroups" => Some((200, group(1, 4, ""))),
        "DescribePolicies" => Some((200, autoscaling("DescribePolicies", policy))),
        _ => None,
    });
    assert_eq!(row(&observed(&server).unwrap(), "i-1").has_scaling, Some(true));
    assert_eq!(server.asked("DescribePolicies").len(), 1);
}

#[test]
fn volumes_of_a_stopped_machine_are_read_unless_it_waits_in_a_warm_pool() {
    let stopped = "<instanceState><name>stopped</name></instanceState>";
    let waiting = "<instanceState><name>stopped</name></instanceState><tagSet><item>\
        <key>aws:autoscaling:groupName</key><value>workers</value></item></tagSet>";
    let volume = "<volumeSet><item><volumeId>vol-1</volumeId><size>2000</size><status>in-use</status>\
        <availabilityZone>us-east-1b</availabilityZone><createTime>2026-01-01T00:00:00.000Z</createTime>\
        <attachmentSet><item><instanceId>i-1</instanceId></item></attachmentSet>\
        <tagSet><item><key>Name</key><value>data</value></item></tagSet></item></volumeSet>";
    let server = server(move |asked| match asked.action() {
        "DescribeInstances" => {
            let items =
                [instance("i-1", "g5.xlarge", stopped), instance("i-2", "g5.xlarge", waiting)];
            Some((200, instances(&items.concat(), "")))
        }
        "DescribeAutoScalingGroups" => {
            let pool =
                "<WarmPoolConfiguration><PoolState>Stopped</PoolState></WarmPoolConfiguration>";
            Some((200, group(0, 4, pool)))
        }
        "DescribeVolumes" => Some((200, ec2("DescribeVolumes", volume))),
        _ => None,
    });
    let found = observed(&server).unwrap();
    let ids = found.resources.iter().map(|row| row.resource_id.as_str());
    assert!(ids.eq(["i-1", "i-2", "vol-1"].map(|id| format!("aws:111122223333:us-east-1:{id}"))));
    let row = row(&found, "vol-1");
    assert_eq!(row.attached_to.as_deref(), Some("aws:111122223333:us-east-1:i-1"));
    assert_eq!((row.size_gib, row.state.as_deref()), (Some(2000.0), Some("attached")));
    assert_eq!((row.kind.as_str(), row.name.as_deref()), ("volume", Some("data")));
    let asked = server.asked("DescribeVolumes");
    assert!(asked[0].body.contains("i-1") && !asked[0].body.contains("i-2"), "{asked:?}");
}

#[test]
fn volumes_are_left_open_where_nobody_knows_who_waits_in_a_warm_pool() {
    let stopped = "<instanceState><name>stopped</name></instanceState>";
    let grouped = "<instanceState><name>stopped</name></instanceState><tagSet><item>\
        <key>aws:autoscaling:groupName</key><value>workers</value></item></tagSet>";
    let server = server(move |asked| match asked.action() {
        "DescribeInstances" => {
            let items =
                [instance("i-1", "g5.xlarge", stopped), instance("i-2", "g5.xlarge", grouped)];
            Some((200, instances(&items.concat(), "")))
        }
        "DescribeAutoScalingGroups" => Some(refusal("AccessDenied", "not authorized")),
        _ => None,
    });
    let found = observed(&server).unwrap();
    let asked = server.asked("DescribeVolumes");
    assert!(asked[0].body.contains("i-1") && !asked[0].body.contains("i-2"), "{asked:?}");
    let gap = found.gaps.iter().find(|gap| gap.what.starts_with("volumes of")).unwrap();
    assert_eq!(gap.what, "volumes of 1 stopped machine of account 111122223333 in us-east-1");
    assert!(gap.because.contains("warm pool"), "{}", gap.because);
}

#[test]
fn the_volumes_of_a_machine_whose_group_is_gone_are_read() {
    let grouped = "<instanceState><name>stopped</name></instanceState><tagSet><item>\
        <key>aws:autoscaling:groupName</key><value>workers</value></item></tagSet>";
    let server = server(move |asked| {
        let page = instances(&instance("i-1", "g5.xlarge", grouped), "");
        (asked.action() == "DescribeInstances").then_some((200, page))
    });
    let found = observed(&server).unwrap();
    assert_eq!(server.asked("DescribeVolumes").len(), 1);
    assert_eq!(found.gaps, []);
}

#[test]
fn what_a_group_keeps_on_demand_beside_spot_is_told_machine_by_machine() {
    let spot = "<instanceState><name>running</name></instanceState>\
        <instanceLifecycle>spot</instanceLifecycle><tagSet><item>\
        <key>aws:autoscaling:groupName</key><value>workers</value></item></tagSet>";
    let policy = "<MixedInstancesPolicy><InstancesDistribution><OnDemandBaseCapacity>1</OnDemandBaseCapacity>\
        <OnDemandPercentageAboveBaseCapacity>0</OnDemandPercentageAboveBaseCapacity>\
        <SpotAllocationStrategy>price-capacity-optimized</SpotAllocationStrategy></InstancesDistribution>\
        <LaunchTemplate><Overrides><member><InstanceType>g5.xlarge</InstanceType><WeightedCapacity>2</WeightedCapacity></member>\
        <member><InstanceRequirements><VCpuCount><Min>4</Min></VCpuCount></InstanceRequirements></member></Overrides></LaunchTemplate>\
        </MixedInstancesPolicy>";
    let server = server(move |asked| match asked.action() {
        "DescribeInstances" => {
            let items = [
                instance("i-1", "g5.xlarge", IN_GROUP),
                instance("i-2", "g5.xlarge", spot),
                instance("i-3", "g5.xlarge", RUNNING),
            ];
            Some((200, instances(&items.concat(), "")))
        }
        "DescribeAutoScalingGroups" => Some((200, group(2, 8, policy))),
        _ => None,
    });
    let found = observed(&server).unwrap();
    let is_base = |id: &str| row(&found, id).is_on_demand_base;
    assert_eq!([is_base("i-1"), is_base("i-2"), is_base("i-3")], [Some(true), Some(false), None]);
    assert_eq!(row(&found, "i-1").scaling_min_count, None, "its size is counted in weights");
}

#[test]
fn spot_prices_of_plain_linux_are_not_asked_for_machines_with_another_price() {
    let windows = "<instanceState><name>running</name></instanceState>\
        <platformDetails>Windows</platformDetails><usageOperation>RunInstances:0002</usageOperation>";
    let server = server(move |asked| {
        let items = [instance("i-1", "g5.xlarge", windows), instance("i-2", "g6.xlarge", RUNNING)];
        let page = instances(&items.concat(), "");
        (asked.action() == "DescribeInstances").then_some((200, page))
    });
    let found = observed(&server).unwrap();
    assert_eq!(row(&found, "i-1").price_variant.as_deref(), Some("Windows"));
    let body = &server.asked("DescribeSpotPriceHistory")[0].body;
    assert!(body.contains("g6.xlarge") && !body.contains("g5.xlarge"), "{body}");
}

#[test]
fn spot_prices_are_asked_for_at_the_end_of_the_window_and_for_linux() {
    let prices = "<spotPriceHistorySet><item><instanceType>g5.xlarge</instanceType><spotPrice>0.41</spotPrice>\
        <timestamp>2026-09-01T00:00:00.000Z</timestamp><availabilityZone>us-east-1b</availabilityZone></item></spotPriceHistorySet>";
    let server = server(move |asked| match asked.action() {
        "DescribeInstances" => Some((200, instances(&instance("i-1", "g5.xlarge", RUNNING), ""))),
        "DescribeSpotPriceHistory" => Some((200, ec2("DescribeSpotPriceHistory", prices))),
        _ => None,
    });
    let found = observed(&server).unwrap();
    let usd: Vec<f64> = found.prices.iter().map(|row| row.price_usd_per_hour).collect();
    assert_eq!(usd, [0.41]);
    let body = &server.asked("DescribeSpotPriceHistory")[0].body;
    for part in [
        "StartTime=2026-10-30T23%3A00%3A00Z",
        "EndTime=2026-10-31T00%3A00%3A00Z",
        "InstanceType.1=g5.xlarge",
        "ProductDescription.1=Linux%2FUNIX&",
    ] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
}

#[test]
fn reservations_are_read_for_machine_types_with_accelerators_only() {
    let reserved = |id: &str, instance_type: &str| {
        format!(
            "<item><reservedInstancesId>{id}</reservedInstancesId><instanceType>{instance_type}</instanceType>\
             <instanceCount>2</instanceCount><state>active</state><duration>31536000</duration>\
             <start>2026-06-01T00:00:00.000Z</start><end>2027-06-01T00:00:00.000Z</end>\
             <fixedPrice>876.0</fixedPrice><currencyCode>USD</currencyCode><recurringCharges><item>\
             <frequency>Hourly</frequency><amount>0.25</amount></item></recurringCharges></item>"
        )
    };
    let set = format!(
        "<reservedInstancesSet>{}{}</reservedInstancesSet>",
        reserved("a-1", "g4dn.xlarge"),
        reserved("a-2", "m5.xlarge")
    );
    let capacity = "<capacityReservationSet><item><capacityReservationId>cr-1</capacityReservationId>\
        <capacityReservationArn>arn:aws:ec2:us-east-1:111122223333:capacity-reservation/cr-1</capacityReservationArn>\
        <ownerId>111122223333</ownerId><instanceType>g5.xlarge</instanceType><totalInstanceCount>4</totalInstanceCount>\
        <availableInstanceCount>3</availableInstanceCount><state>active</state>\
        <startDate>2026-06-01T00:00:00.000Z</startDate></item></capacityReservationSet>";
    let server = server(move |asked| match asked.action() {
        "DescribeReservedInstances" => Some((200, ec2("DescribeReservedInstances", &set))),
        "DescribeCapacityReservations" => {
            Some((200, ec2("DescribeCapacityReservations", capacity)))
        }
        _ => None,
    });
    let found = observed(&server).unwrap();
    let ids: Vec<&str> = found.commitments.iter().map(|row| row.commitment_id.as_str()).collect();
    let expected = [
        "arn:aws:ec2:us-east-1:111122223333:capacity-reservation/cr-1",
        "arn:aws:ec2:us-east-1:111122223333:reserved-instances/a-1",
    ];
    assert_eq!(ids, expected);
    // $876 over a year is $0.10 an hour; two of them.
    let usd = found.commitments[1].committed_usd_per_hour.unwrap();
    assert!((usd - 0.7).abs() < 1e-9, "{usd}");
}
