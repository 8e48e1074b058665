//! What of EC2 is served here and not by `moto`: regions, reservations, capacity and spot prices.

use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, Refusal},
    call::Call,
    estate::Estate,
    page::{self, Page},
    xml,
};

/// A region that nobody has switched on.
const OFF: &str = "me-south-1";

/// An operation with the documents it shows.
struct Shown {
    operation: &'static str,
    kind: &'static str,
    set: &'static str,
    /// Parameter with the ids that are wanted, and the field in which they are.
    ids: (&'static str, &'static str),
    is_paged: bool,
}

const SHOWN: &[Shown] = &[
    Shown {
        operation: "DescribeReservedInstances",
        kind: "ReservedInstances",
        set: "reservedInstancesSet",
        ids: ("ReservedInstancesId", "reservedInstancesId"),
        is_paged: false,
    },
    Shown {
        operation: "DescribeCapacityReservations",
        kind: "CapacityReservation",
        set: "capacityReservationSet",
        ids: ("CapacityReservationId", "capacityReservationId"),
        is_paged: true,
    },
    Shown {
        operation: "DescribeCapacityBlocks",
        kind: "CapacityBlock",
        set: "capacityBlockSet",
        ids: ("CapacityBlockId", "capacityBlockId"),
        is_paged: true,
    },
    Shown {
        operation: "DescribeSpotPriceHistory",
        kind: "SpotPrice",
        set: "spotPriceHistorySet",
        ids: ("InstanceType", "instanceType"),
        is_paged: true,
    },
];

/// Whether a call is answered here.
pub(super) fn is_own(call: &Call) -> bool {
    call.service == "ec2"
        && (call.operation == "DescribeRegions"
            || SHOWN.iter().any(|shown| shown.operation == call.operation))
}

pub(super) fn answer(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    if call.operation == "DescribeRegions" {
        return Ok(regions(estate, call));
    }
    let Some(shown) = SHOWN.iter().find(|shown| shown.operation == call.operation) else {
        return Err(Refusal::unknown_operation(call));
    };
    let documents = estate.documents(&call.account, &call.region, shown.kind);
    let wanted = call.numbered(shown.ids.0);
    let is_wanted = |document: &&Value| {
        let id = document[shown.ids.1].as_str().unwrap_or_default();
        (wanted.is_empty() || wanted.contains(&id)) && filtered(call, document)
    };
    let mut found: Vec<&Value> = documents.iter().filter(is_wanted).collect();
    if shown.kind == "SpotPrice" {
        found = spot_prices(&found, call)?;
    }
    let size =
        if shown.is_paged { page::size(call, "MaxResults", 1_000, 1_000) } else { Ok(usize::MAX) };
    let size =
        size.map_err(|refusal| Refusal::new(400, "InvalidParameterValue", &refusal.message))?;
    let page = if shown.is_paged {
        Page::of(call, found.len(), "NextToken", size)?
    } else {
        Page { from: 0, to: found.len(), next: None }
    };
    let mut fields = Map::new();
    fields.insert(shown.set.to_owned(), json!(page.take(&found)));
    fields.extend(page.next.map(|next| ("nextToken".to_owned(), next.into())));
    Ok(Answer::Xml(response(call, &fields.into())))
}

/// An answer as EC2 writes it.
pub(super) fn response(call: &Call, fields: &Value) -> String {
    let operation = &call.operation;
    format!(
        "<{operation}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
         <requestId>00000000-0000-4000-8000-000000000000</requestId>{}</{operation}Response>",
        xml::elements(fields, "item")
    )
}

fn regions(estate: &Estate, call: &Call) -> Answer {
    let wanted = call.numbered("RegionName");
    let shows_all = call.text("AllRegions") == Some("true");
    let known = estate.regions.iter().map(|name| (name.as_str(), "opt-in-not-required"));
    let told = |(name, status): (&str, &str)| {
        json!({
            "regionName": name,
            "regionEndpoint": format!("ec2.{name}.amazonaws.com"),
            "optInStatus": status,
        })
    };
    let off = Some((OFF, "not-opted-in")).filter(|_| shows_all);
    let set: Vec<Value> = known
        .chain(off)
        .filter(|(name, _)| wanted.is_empty() || wanted.contains(name))
        .map(told)
        .collect();
    Answer::Xml(response(call, &json!({ "regionInfo": set })))
}

/// Whether the filters of a call hold: `instance-type` looks at `instanceType`.
fn filtered(call: &Call, document: &Value) -> bool {
    (1..).map_while(|number| Some((number, call.text(&format!("Filter.{number}.Name"))?))).all(
        |(number, name)| {
            let values = call.numbered(&format!("Filter.{number}.Value"));
            document[camel(name)].as_str().is_some_and(|is| values.contains(&is))
        },
    )
}

fn camel(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        name + &head.to_uppercase() + tail
    })
}

/// Prices of a time: those that were set in it, and of each zone and type the one that was in force when it began.
fn spot_prices<'a>(found: &[&'a Value], call: &Call) -> Result<Vec<&'a Value>, Refusal> {
    let time = |name: &str| -> Result<Option<jiff::Timestamp>, Refusal> {
        let Some(text) = call.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|error| {
            Refusal::new(400, "InvalidParameterValue", &format!("{name} {text}: {error}"))
        })
    };
    let at = |price: &Value| -> jiff::Timestamp {
        price["timestamp"].as_str().unwrap_or_default().parse().unwrap()
    };
    let (start, end) = (time("StartTime")?, time("EndTime")?);
    let products = call.numbered("ProductDescription");
    let zone = call.text("AvailabilityZone");
    let mut found: Vec<&Value> = found
        .iter()
        .copied()
        .filter(|price| {
            let product = price["productDescription"].as_str().unwrap_or_default();
            (products.is_empty() || products.contains(&product))
                && zone.is_none_or(|zone| price["availabilityZone"] == zone)
                && end.is_none_or(|end| at(price) <= end)
        })
        .collect();
    found.sort_by_key(|price| std::cmp::Reverse(at(price)));
    let mut in_force = std::collections::BTreeSet::new();
    found.retain(|price| {
        let field = |name: &str| price[name].as_str().unwrap_or_default().to_owned();
        let of = (field("availabilityZone"), field("instanceType"), field("productDescription"));
        // The newest come first: of those before the start only the first counts.
        start.is_none_or(|start| at(price) > start || in_force.insert(of))
    });
    Ok(found)
}
