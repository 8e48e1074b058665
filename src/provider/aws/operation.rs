//! The operation that bills name for a machine: `RunInstances`, with a code behind it for a licence in its price.

const RUN: &str = "RunInstances";

/// Codes without a price of their own: licences that were brought along (Windows, RHEL).
const BROUGHT: [&str; 2] = ["0800", "00g0"];

/// Whether a name is that of an operation.
pub(super) fn is_operation(name: &str) -> bool {
    name.starts_with(RUN)
}

/// The code of a licence that is in the price. `None`: it is the price of plain Linux.
pub(super) fn licence_code(operation: &str) -> Option<&str> {
    let code = operation.strip_prefix(RUN).unwrap_or(operation).trim_start_matches(':');
    // Spot capacity has a code of its own, which says nothing of a licence.
    let is_plain = code.is_empty() || code.starts_with("SV") || BROUGHT.contains(&code);
    (!is_plain).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_linux_spot_capacity_and_licences_that_were_brought_along_have_no_licence_in_the_price()
    {
        for operation in
            ["RunInstances", "RunInstances:SV012", "RunInstances:0800", "RunInstances:00g0"]
        {
            assert_eq!(licence_code(operation), None, "{operation}");
        }
        assert_eq!(licence_code("RunInstances:0002"), Some("0002"));
    }
}
