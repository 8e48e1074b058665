//! Who one is, who one may become, and which accounts there are.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{
    answer::{Answer, Refusal},
    call::Call,
    estate::{Account, Estate},
    page::{self, Page},
    xml,
};

/// Further keys than were ever handed out.
static NEXT_KEY: AtomicUsize = AtomicUsize::new(0);

pub(super) fn answer(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    match (call.service.as_str(), call.operation.as_str()) {
        ("sts", "GetCallerIdentity") => Ok(Answer::Xml(result(call, &caller(call)))),
        ("sts", "AssumeRole") => assume(estate, call),
        ("organizations", "ListAccounts") => accounts(estate, call),
        _ => Err(Refusal::unknown_operation(call)),
    }
}

/// Who signed.
fn caller(call: &Call) -> Value {
    let is_role = call.access_key.starts_with("ASIA");
    let (user, arn) = if is_role {
        ("AROAEXAMPLE:audit", format!("arn:aws:sts::{}:assumed-role/ai-cost/audit", call.account))
    } else {
        ("AIDAEXAMPLE", format!("arn:aws:iam::{}:user/auditor", call.account))
    };
    json!({ "UserId": user, "Account": call.account, "Arn": arn })
}

fn result(call: &Call, fields: &Value) -> String {
    let operation = &call.operation;
    format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>{}\
         </{operation}Result></{operation}Response>",
        xml::elements(fields, "member")
    )
}

fn assume(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let arn = call.text("RoleArn").unwrap_or_default();
    let wanted = || {
        let mut parts = arn.split(':').skip(4);
        let (account, role) = (parts.next()?, parts.next()?.strip_prefix("role/")?);
        let account = estate.accounts.iter().find(|known| known.id == account)?;
        let is_it = account.role.as_ref().filter(|known| known.name == role)?;
        let said = call.text("ExternalId");
        is_it.external_id.as_deref().is_none_or(|id| said == Some(id)).then_some(account)
    };
    let Some(account) = wanted() else {
        let user = format!("arn:aws:iam::{}:user/auditor", call.account);
        let message =
            format!("User: {user} is not authorized to perform: sts:AssumeRole on resource: {arn}");
        return Err(Refusal::new(403, "AccessDenied", &message));
    };
    let number = NEXT_KEY.fetch_add(1, Ordering::Relaxed);
    let session = call.text("RoleSessionName").unwrap_or_default();
    let fields = json!({
        "Credentials": {
            "AccessKeyId": format!("ASIA{}N{number}", account.id),
            "SecretAccessKey": "of-no-use-elsewhere",
            "SessionToken": "of-no-use-elsewhere",
            "Expiration": "2099-12-31T23:59:59Z",
        },
        "AssumedRoleUser": {
            "AssumedRoleId": format!("AROAEXAMPLE:{session}"),
            "Arn": format!("arn:aws:sts::{}:assumed-role/ai-cost/{session}", account.id),
        },
    });
    Ok(Answer::Xml(result(call, &fields)))
}

/// All accounts, for the one that pays.
fn accounts(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let payer = estate.accounts.iter().find(|account| account.is_payer);
    let Some(payer) = payer.filter(|payer| payer.id == call.account) else {
        let message = "You don't have permissions to access this resource.";
        return Err(Refusal::new(400, "AccessDeniedException", message));
    };
    let page = Page::of(
        call,
        estate.accounts.len(),
        "NextToken",
        page::size(call, "MaxResults", 20, 20)?,
    )?;
    let told = |account: &Account| {
        json!({
            "Id": account.id,
            "Arn": format!("arn:aws:organizations::{}:account/o-example/{}", payer.id, account.id),
            "Email": format!("{}@example.com", account.name),
            "Name": account.name,
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": 1_700_000_000,
        })
    };
    let mut answer = json!({
        "Accounts": page.take(&estate.accounts).iter().map(told).collect::<Vec<_>>(),
    });
    if let Some(next) = page.next {
        answer["NextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}
