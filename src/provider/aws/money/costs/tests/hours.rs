//! Whose hours they were, and days that have no bill yet.

use super::*;

/// Two like machines, of which one is there all day and the other was stopped at times.
fn scheduled() -> (Answers, [ResourceRow; 2]) {
    let bill = Answers {
        usage: vec![spent("BoxUsage:g5.xlarge", OWN, "30.00", "30")],
        covered: vec![spent("BoxUsage:g5.xlarge", OWN, "2.00", "4")],
        ..Answers::default()
    };
    (bill, [machine("i-a", "g5.xlarge"), machine("i-b", "g5.xlarge")])
}

/// What is known where every day's bill is complete and nobody committed to anything.
fn all_settled<'a>(hours: &'a Hours, resources: &'a [ResourceRow]) -> Known<'a> {
    Known { hours, resources, commitments: &[], days: ALL, settled: ALL }
}

#[test]
fn days_without_a_bill_count_as_the_last_one_that_has() {
    let bill = usage(&[spent("BoxUsage:g5.xlarge", OWN, "30.00", "30")]);
    let resources = [machine("i-a", "g5.xlarge")];
    let days = Days { start: DAY, end: DAY + 3 * MS_PER_DAY };
    let known =
        Known { hours: &Hours::new(), resources: &resources, commitments: &[], days, settled: ALL };

    let read = normalize::read(&bill);
    let shared = share(&read, known);

    assert_eq!(
        said(&shared.booked.rows().collect::<Vec<_>>()),
        [
            "- usage on_demand 6.00 6.00",
            "i-a usage on_demand 24.00 24.00",
            "i-a usage on_demand 24.00 24.00",
            "i-a usage on_demand 24.00 24.00",
        ]
    );
    assert_eq!(
        shared.booked.rows().nth(2).unwrap().billed_usd,
        None,
        "nothing of it is invoiced yet"
    );
    let said: Vec<String> = gaps(&shared, known, &read).into_iter().map(|gap| gap.what).collect();
    assert_eq!(
        said,
        [
            "the cost of single resources in account 111122223333",
            "the bill of account 111122223333 since 2026-10-02",
        ]
    );
}

#[test]
fn machines_with_different_licences_on_one_line_are_a_gap() {
    let bill = usage(&[spent("BoxUsage:g5.xlarge", OWN, "52.00", "48")]);
    let windows =
        ResourceRow { price_variant: Some("Windows".to_owned()), ..machine("i-b", "g5.xlarge") };
    let told = |resources: &[ResourceRow]| {
        let known =
            Known { hours: &Hours::new(), resources, commitments: &[], days: ALL, settled: ALL };
        let read = normalize::read(&bill);
        let found = gaps(&share(&read, known), known, &read);
        found.into_iter().find(|gap| gap.because.contains("licence")).map(|gap| gap.because)
    };
    let expected =
        "they differ by licence (Windows, plain Linux), and Cost Explorer has them on one line";
    assert_eq!(told(&[machine("i-a", "g5.xlarge"), windows.clone()]).as_deref(), Some(expected));
    assert_eq!(told(&[windows]), None);
}

#[test]
fn lines_that_are_told_by_licence_are_divided_among_machines_that_have_it() {
    let bill = usage(&[spent("BoxUsage:g5.xlarge", OWN, "140.00", "96")]);
    let windows =
        ResourceRow { price_variant: Some("Windows".to_owned()), ..machine("i-win", "g5.xlarge") };
    let resources = [machine("i-a", "g5.xlarge"), windows, machine("i-b", "g5.xlarge")];
    let by = |operation: &str, usd: &str, hours: &str| Spent {
        keys: vec!["BoxUsage:g5.xlarge".to_owned(), operation.to_owned()],
        ..spent("", "", usd, hours)
    };
    let divided = |told: &[Spent]| {
        let mut read = normalize::read(&bill);
        licence::replace(&mut read, normalize::by_licence(told, OWN, false));
        let none = Hours::new();
        let known = all_settled(&none, &resources);
        let shared = share(&read, known);
        let is_averaged =
            gaps(&shared, known, &read).iter().any(|gap| gap.because.contains("licence"));
        (said(&shared.booked.rows().collect::<Vec<_>>()), is_averaged)
    };
    // Another Windows machine ran, too, which is gone by now.
    let (rows, is_averaged) =
        divided(&[by("RunInstances", "48.00", "48"), by("RunInstances:0002", "92.00", "48")]);
    assert_eq!(
        rows,
        [
            "- usage on_demand 46.00 24.00",
            "i-a usage on_demand 24.00 24.00",
            "i-b usage on_demand 24.00 24.00",
            "i-win usage on_demand 46.00 24.00",
        ]
    );
    assert!(!is_averaged);
    let (rows, is_averaged) = divided(&[by("RunInstances", "48.00", "48")]);
    assert_eq!(rows[3], "i-win usage on_demand 35.00 24.00", "the mean, where a part is missing");
    assert!(is_averaged);
}

#[test]
fn a_machine_that_the_bill_does_not_have_is_a_gap() {
    let bill = usage(&[spent("BoxUsage:g5.xlarge", OWN, "24.00", "24")]);
    let resources = [machine("i-a", "g5.xlarge"), machine("i-b", "p9.48xlarge")];
    let none = Hours::new();
    let known = all_settled(&none, &resources);
    let read = normalize::read(&bill);
    let said = gaps(&share(&read, known), known, &read);
    assert_eq!(
        said[1].what,
        "the cost of 1 resource of type p9.48xlarge in us-east-1, account 111122223333"
    );
}

#[test]
fn hours_of_single_machines_win_where_they_are_told() {
    let (bill, machines) = scheduled();
    let by_machine = |id: &str, hours: &str| Spent {
        keys: vec![id.to_owned(), "BoxUsage:g5.xlarge".to_owned()],
        ..spent("", "", "0", hours)
    };
    let mut hours = Hours::new();
    normalize::hours(&[by_machine("i-a", "20"), by_machine("i-b", "10")], false, &mut hours);
    let by_arn = by_machine("arn:aws:ec2:us-east-1:111122223333:instance/i-a", "4");
    normalize::hours(&[by_arn], true, &mut hours);

    let known =
        Known { hours: &hours, resources: &machines, commitments: &[], days: ALL, settled: ALL };
    let rows = share(&normalize::read(&bill), known).booked.rows().collect::<Vec<_>>();

    assert_eq!(
        said(&rows),
        [
            "i-a usage committed 2.00 4.00",
            "i-a usage on_demand 20.00 20.00",
            "i-b usage on_demand 10.00 10.00",
        ]
    );
}

#[test]
fn hours_of_single_machines_are_asked_for_only_where_it_is_open_whose_they_were() {
    let (bill, machines) = scheduled();
    let asked = |bill: &Answers, machines: &[ResourceRow]| {
        let known = Known {
            hours: &Hours::new(),
            resources: machines,
            commitments: &[],
            days: ALL,
            settled: ALL,
        };
        let (usage_types, machine_count) = unclear(&normalize::read(bill), known, DAY);
        (usage_types.len(), machine_count)
    };
    assert_eq!(asked(&bill, &machines), (2, 2), "34 hours of two machines, some covered");
    let whole = usage(&[spent("BoxUsage:g5.xlarge", OWN, "48.00", "47.9")]);
    assert_eq!(asked(&whole, &machines), (0, 0), "both ran all day");
    let part = usage(&[spent("BoxUsage:g5.xlarge", OWN, "10.00", "10")]);
    assert_eq!(asked(&part, &machines[..1]), (0, 0), "there is only one to have run");
    let more = usage(&[spent("BoxUsage:g5.xlarge", OWN, "40.00", "40")]);
    assert_eq!(asked(&more, &machines[..1]), (1, 1), "another one is gone");
}
