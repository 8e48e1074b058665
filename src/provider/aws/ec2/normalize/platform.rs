//! What the price of a machine holds beside a plain Linux machine on shared hardware.

use crate::provider::aws::{ec2::wire::Machine, operation::licence_code};

const LINUX: &str = "Linux/UNIX";

/// In a word, what a machine's price holds that list prices do not: hardware of its own, or a licence. `None`: nothing, or
/// nothing that is reported. What is new to us has a price that we do not know.
pub(in super::super) fn price_variant(machine: &Machine) -> Option<&str> {
    match machine.tenancy.as_deref() {
        None | Some("default") => licence(machine),
        Some(other) => Some(other),
    }
}

fn licence(machine: &Machine) -> Option<&str> {
    let platform = machine.platform.as_deref().filter(|platform| *platform != LINUX);
    let Some(operation) = machine.usage_operation.as_deref() else { return platform };
    licence_code(operation).map(|_code| machine.platform.as_deref().unwrap_or(operation))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(platform: &str, operation: &str, tenancy: &str) -> Option<String> {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let machine = Machine {
            platform: text(platform),
            usage_operation: text(operation),
            tenancy: text(tenancy),
            ..Machine::default()
        };
        price_variant(&machine).map(str::to_owned)
    }

    #[test]
    fn plain_linux_on_shared_hardware_has_the_list_price() {
        assert_eq!(of("Linux/UNIX", "RunInstances", "default"), None);
        assert_eq!(of("Linux/UNIX", "", ""), None);
        assert_eq!(of("", "", ""), None, "an answer that says nothing is no reason for doubt");
        assert_eq!(of("Linux/UNIX", "RunInstances:SV012", "default"), None, "spot");
    }

    #[test]
    fn a_licence_in_the_price_has_another() {
        assert_eq!(of("Windows", "RunInstances:0002", "default").as_deref(), Some("Windows"));
        let red_hat = "Red Hat Enterprise Linux";
        assert_eq!(of(red_hat, "RunInstances:0010", "default").as_deref(), Some(red_hat));
        assert_eq!(of("SUSE Linux", "", "default").as_deref(), Some("SUSE Linux"));
        let with_sql = "Linux with SQL Server Standard";
        assert_eq!(of(with_sql, "RunInstances:0004", "").as_deref(), Some(with_sql));
        assert_eq!(
            of("", "RunInstances:9zzz", "").as_deref(),
            Some("RunInstances:9zzz"),
            "new to us"
        );
    }

    #[test]
    fn a_licence_that_was_brought_along_costs_nothing_here() {
        assert_eq!(of("Windows BYOL", "RunInstances:0800", "default"), None);
        assert_eq!(of("Red Hat BYOL Linux", "RunInstances:00g0", "default"), None);
    }

    #[test]
    fn hardware_of_its_own_has_another_price() {
        assert_eq!(of("Linux/UNIX", "RunInstances", "dedicated").as_deref(), Some("dedicated"));
        assert_eq!(of("Linux/UNIX", "RunInstances", "host").as_deref(), Some("host"));
    }
}
