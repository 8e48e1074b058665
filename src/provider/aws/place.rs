//! An account in a region, as the snapshot names it: in the steps that read it, and in the folders of their parts.

/// The name of a step.
pub(super) fn step(account_id: &str, region: &str, own: &str) -> String {
    format!("aws/{account_id}/{region}/{own}")
}

/// The account, the region and the own name of a step. `None`: it is of no single place.
pub(super) fn of_step(step: &str) -> Option<(&str, &str, &str)> {
    let (account_id, rest) = step.strip_prefix("aws/")?.split_once('/')?;
    let (region, own) = rest.split_once('/')?;
    Some((account_id, region, own))
}

/// The folders of parts, below that of the frame.
pub(super) fn folders(account_id: &str, region: &str) -> Vec<String> {
    vec!["provider=aws".to_owned(), format!("account={account_id}"), format!("region={region}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_tells_its_place_and_one_of_all_accounts_tells_none() {
        let named = step("111122223333", "eu-west-1", "hours 0 of 2");
        assert_eq!(of_step(&named), Some(("111122223333", "eu-west-1", "hours 0 of 2")));
        assert_eq!(of_step("aws/prices"), None);
        assert_eq!(of_step("kubernetes/prod/nodes 1 of 2"), None);
    }
}
