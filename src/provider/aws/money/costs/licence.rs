//! What a machine's price holds beside the machine: Cost Explorer tells it by operation (`RunInstances:0002`), EC2 by platform.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    normalize::{Line, Read},
    pool::PoolKey,
    usage_type::Use,
};
use crate::{
    frame::ResourceRow,
    provider::{
        aws::operation::{is_operation, licence_code},
        billing::money::{self, Pico},
    },
};

/// Codes of operations by the platform that EC2 calls them by.
const PLATFORMS: [(&str, &str); 16] = [
    ("Windows", "0002"),
    ("Windows with SQL Server Standard", "0006"),
    ("Windows with SQL Server Web", "0202"),
    ("Windows with SQL Server Enterprise", "0102"),
    ("SQL Server Standard", "0004"),
    ("SQL Server Web", "0200"),
    ("SQL Server Enterprise", "0100"),
    ("Red Hat Enterprise Linux", "0010"),
    ("Red Hat Enterprise Linux with HA", "1010"),
    ("Red Hat Enterprise Linux with SQL Server Standard", "0014"),
    ("Red Hat Enterprise Linux with SQL Server Web", "0210"),
    ("Red Hat Enterprise Linux with SQL Server Enterprise", "0110"),
    ("Red Hat with HA and SQL Server Standard", "1014"),
    ("Red Hat with HA and SQL Server Enterprise", "1110"),
    ("SUSE Linux", "000g"),
    ("Ubuntu Pro", "0g00"),
];

/// The code of what a price holds; empty for plain Linux.
pub(super) type Licence = String;

/// Of an operation on a bill.
pub(super) fn of_operation(operation: &str) -> Licence {
    licence_code(operation).unwrap_or_default().to_owned()
}

/// Of a machine. `None`: what its platform is called on bills is not known.
pub(super) fn of_machine(row: &ResourceRow) -> Option<Licence> {
    match row.price_variant.as_deref() {
        None | Some("dedicated" | "host") => Some(Licence::new()),
        Some(name) if is_operation(name) => Some(of_operation(name)),
        Some(name) => {
            let known = PLATFORMS.iter().find(|(platform, _)| *platform == name);
            known.map(|(_, code)| (*code).to_owned())
        }
    }
}

/// Usage types of accounts, not covered and covered, that have to be told by licence: some of their machines have one, and of each
/// of them it is known what its operation is called.
pub(super) fn wanted(
    read: &Read<'_>,
    resources: &[ResourceRow],
) -> BTreeMap<String, BTreeMap<bool, Vec<String>>> {
    let mut licences: BTreeMap<PoolKey, BTreeSet<Option<Licence>>> = BTreeMap::new();
    for row in resources {
        let key = PoolKey::of_resource(row).filter(|key| key.usage == Use::Machine);
        if let Some(key) = key {
            licences.entry(key).or_default().insert(of_machine(row));
        }
    }
    licences.retain(|_, of_pool| {
        let is_known = !of_pool.contains(&None);
        is_known && of_pool.iter().flatten().any(|licence| !licence.is_empty())
    });
    let mut wanted: BTreeMap<String, BTreeMap<bool, BTreeSet<String>>> = BTreeMap::new();
    for line in &read.lines {
        if PoolKey::of_line(line).is_some_and(|key| licences.contains_key(&key)) {
            let of_account = wanted.entry(line.account_id.clone()).or_default();
            let usage_types = of_account.entry(line.is_covered).or_default();
            usage_types.insert(line.usage_type.clone());
        }
    }
    let listed = |by_cover: BTreeMap<bool, BTreeSet<String>>| {
        by_cover.into_iter().map(|(cover, types)| (cover, types.into_iter().collect())).collect()
    };
    wanted.into_iter().map(|(account_id, by_cover)| (account_id, listed(by_cover))).collect()
}

/// Puts lines that are told by licence in the place of those that are not, where they are the same money.
pub(super) fn replace(read: &mut Read<'_>, told: Vec<Line>) {
    type Whole = (String, String, bool);
    let whole = |line: &Line| -> Whole {
        (line.account_id.clone(), line.usage_type.clone(), line.is_covered)
    };
    let mut sums: BTreeMap<Whole, [Option<Pico>; 2]> = BTreeMap::new();
    for (side, lines) in [&read.lines, &told].into_iter().enumerate() {
        for line in lines {
            let sum = &mut sums.entry(whole(line)).or_insert([Some(0), Some(0)])[side];
            *sum = sum.zip(line.effective).map(|(sum, usd)| sum + usd);
        }
    }
    let is_same = |line: &Line| {
        let [of_lines, of_told] = sums.get(&whole(line)).copied().unwrap_or_default();
        let both = of_lines.zip(of_told);
        // Each amount is rounded by itself.
        both.is_some_and(|(all, told)| money::amount(all - told).abs() < 0.01)
    };
    let mut told: Vec<Line> = told.into_iter().filter(is_same).collect();
    // Machines whose covered hours are told and the others not would find half of their money only.
    let pool = |line: &Line| PoolKey::of_line(line).map(PoolKey::of_any_licence);
    let known: BTreeSet<Whole> = told.iter().map(whole).collect();
    let untold = read.lines.iter().filter(|line| !known.contains(&whole(line)));
    let open: BTreeSet<PoolKey> = untold.filter_map(pool).collect();
    told.retain(|line| pool(line).is_none_or(|key| !open.contains(&key)));
    read.split.extend(told.iter().filter_map(PoolKey::of_line).map(PoolKey::of_any_licence));
    let is_told = |line: &Line| told.iter().any(|other| whole(other) == whole(line));
    read.lines.retain(|line| !is_told(line));
    read.lines.extend(told);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(variant: Option<&str>) -> Option<Licence> {
        of_machine(&ResourceRow {
            price_variant: variant.map(str::to_owned),
            ..ResourceRow::default()
        })
    }

    #[test]
    fn a_platform_of_ec2_is_an_operation_on_the_bill() {
        assert_eq!(machine(Some("Windows")), Some(of_operation("RunInstances:0002")));
        assert_eq!(
            machine(Some("Red Hat Enterprise Linux")),
            Some(of_operation("RunInstances:0010"))
        );
        assert_eq!(machine(Some("RunInstances:9zzz")), Some(of_operation("RunInstances:9zzz")));
        assert_eq!(machine(Some("An Unheard Of System")), None);
        assert_eq!(machine(None), Some(of_operation("RunInstances")), "plain Linux");
    }

    fn line(is_covered: bool, licence: Option<&str>, effective: Pico) -> Line {
        Line {
            day: 0,
            account_id: "111122223333".to_owned(),
            usage_type: "BoxUsage:g5.xlarge".to_owned(),
            is_covered,
            licence: licence.map(of_operation),
            effective: Some(effective),
            billed: None,
            quantity: Some(24.0),
        }
    }

    #[test]
    fn lines_are_only_told_by_licence_where_all_of_a_machine_type_are() {
        let usd = money::pico(10.0);
        let read = || Read {
            lines: vec![line(false, None, usd), line(true, None, usd)],
            ..Read::default()
        };
        let told = |is_covered| line(is_covered, Some("RunInstances:0002"), usd);
        let mut half = read();
        replace(&mut half, vec![told(false)]);
        assert_eq!(half.lines, read().lines, "the covered hours were not told");
        assert!(half.split.is_empty());

        let mut whole = read();
        replace(&mut whole, vec![told(false), told(true)]);
        assert_eq!(whole.lines, [told(false), told(true)]);
        assert_eq!(whole.split.len(), 1);
    }
}
