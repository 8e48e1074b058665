//! The server itself, asked through the SDK: it is worth something only if it is as strict as the real one.

mod cloudwatch;
mod costs;
mod faults;
mod inventory;
mod machines;

use std::sync::Arc;

use super::fake::{Account, Estate, Fake, Role};

/// The account that pays.
const PAYER: &str = "111122223333";
/// Another one, with a role for the first.
const MEMBER: &str = "444455556666";
const REGION: &str = "us-east-1";
/// 2026-10-01, 00:00 UTC.
const NOW: i64 = 1_790_812_800;

/// Two accounts and nothing in them.
fn empty() -> Estate {
    let account = |id: &str, name: &str| Account {
        id: id.to_owned(),
        name: name.to_owned(),
        is_payer: id == PAYER,
        role: Some(Role { name: "ai-cost".to_owned(), external_id: Some("agreed".to_owned()) }),
    };
    let mut estate = Estate::default();
    estate.now = NOW;
    estate.accounts = vec![account(PAYER, "root"), account(MEMBER, "research")];
    estate.regions = vec![REGION.to_owned(), "eu-west-1".to_owned()];
    estate
}

fn serve(estate: Estate) -> Fake {
    Fake::start(Arc::new(estate), None)
}
