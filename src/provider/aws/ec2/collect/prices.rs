//! What spot capacity costs.

use aws_sdk_ec2::types::InstanceType;
use aws_smithy_types::DateTime;

use crate::{
    provider::aws::{ec2::wire::SpotPrice, instant::instant, listed::Listed, seat::Seat},
    window::Window,
};

/// The names that Linux goes by; other systems cost more.
const LINUX: [&str; 2] = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"];

/// Prices of machine types in force in the last hour of the window. The service answers with the change before the start
/// too, so that a price which did not move in that hour is there.
pub(in super::super) async fn spot_prices(
    seat: &Seat,
    window: Window,
    names: &[&str],
) -> Listed<SpotPrice> {
    if names.is_empty() {
        return Listed::none();
    }
    let client = seat.ec2();
    let end = window.end_at().as_second();
    let (start, end) = (DateTime::from_secs(end - 3600), DateTime::from_secs(end));
    let types: Vec<InstanceType> = names.iter().map(|name| InstanceType::from(*name)).collect();
    let mut found = Vec::new();
    let asked = seat
        .pages(
            "ec2:DescribeSpotPriceHistory",
            |token| {
                let request = client.describe_spot_price_history().start_time(start).end_time(end);
                let request = request.set_instance_types(Some(types.clone())).max_results(1000);
                let products = LINUX.map(str::to_owned).to_vec();
                request.set_product_descriptions(Some(products)).set_next_token(token).send()
            },
            |page| {
                let prices = page.spot_price_history.unwrap_or_default().into_iter();
                found.extend(prices.map(|said| SpotPrice {
                    instance_type: said.instance_type.map(|it| it.as_str().to_owned()),
                    zone: said.availability_zone,
                    usd_per_hour: said.spot_price,
                    since: instant(said.timestamp.as_ref()),
                }));
                page.next_token
            },
        )
        .await;
    Listed::new(found, asked)
}
