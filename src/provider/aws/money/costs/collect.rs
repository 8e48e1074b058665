//! What Cost Explorer is asked: three questions for all accounts that one account sees, and one more where there are volumes.

use aws_sdk_costexplorer::{
    Client,
    operation::{
        get_cost_and_usage::GetCostAndUsageOutput,
        get_cost_and_usage_with_resources::GetCostAndUsageWithResourcesOutput,
    },
    types::{
        DateInterval, Dimension, DimensionValues, Expression, Granularity, GroupDefinition,
        GroupDefinitionType, MetricValue, ResultByTime,
    },
};

use super::{
    super::{
        Days, MaySpend,
        ask::{Unanswered, pages},
        date,
    },
    BEDROCK, EC2, EC2_OTHER, SAGEMAKER, SAGEMAKER_AI, usage_type,
    wire::{Answers, Spent},
};
use crate::provider::{aws::seat::Seat, call::CallError};

const OPERATION: &str = "ce:GetCostAndUsage";
/// Types of record that are the use of something under a commitment.
const COVERED: [&str; 2] = ["DiscountedUsage", "SavingsPlanCoveredUsage"];
/// Types of record that are billed by a service of their own, which has another name for each kind of plan.
const OF_PLANS: [&str; 3] =
    ["SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "SavingsPlanNegation"];
const NET: &str = "NetAmortizedCost";
const AMORTIZED: &str = "AmortizedCost";
const UNBLENDED: &str = "UnblendedCost";
const QUANTITY: &str = "UsageQuantity";

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    /// Accounts.
    pub(super) account_ids: &'a [String],
    /// Regions with volumes whose cost matters.
    pub(super) volume_regions: &'a [String],
    pub(super) days: Days,
}

/// Asks an account about itself and others.
///
/// Without all of the usage there is no answer: a part of it would make things look cheap. What else is missing comes with what
/// it hides.
pub(super) async fn ask(
    seat: &Seat,
    may_spend: MaySpend<'_>,
    question: Question<'_>,
) -> Result<(Answers, Vec<(Unanswered, &'static str)>), Unanswered> {
    let Question { account_ids, volume_regions, days } = question;
    let accounts = is("LINKED_ACCOUNT", account_ids.iter().cloned());
    let services = is("SERVICE", [EC2, SAGEMAKER, SAGEMAKER_AI, BEDROCK].map(str::to_owned));
    let usage = is("RECORD_TYPE", ["Usage".to_owned()]);
    let covered = is("RECORD_TYPE", COVERED.map(str::to_owned));
    let mut asking = Asking { seat, client: seat.cost_explorer(), may_spend, days, has_net: true };
    let mut answers = Answers::default();
    let mut missing = Vec::new();

    let filter = all([accounts.clone(), services.clone(), usage.clone()]);
    asking.spent("USAGE_TYPE", filter, &mut answers.usage).await?;
    let filter = all([accounts.clone(), services.clone(), covered]);
    asking.spent("USAGE_TYPE", filter, &mut answers.covered).await?;

    let of_use = is("RECORD_TYPE", COVERED.into_iter().chain(["Usage"]).map(str::to_owned));
    let no_use = Expression::builder().not(of_use).build();
    let ours =
        Expression::builder().or(services).or(is("RECORD_TYPE", OF_PLANS.map(str::to_owned)));
    let filter = all([accounts.clone(), no_use, ours.build()]);
    if let Err(error) = asking.spent("RECORD_TYPE", filter, &mut answers.rest).await {
        answers.rest.clear();
        missing.push((error, "fees, the unused part of commitments, tax and credits in totals"));
    }
    let volumes: Vec<String> =
        volume_regions.iter().flat_map(|region| usage_type::of_volumes(region)).collect();
    if !volumes.is_empty() {
        let of_volumes = is("USAGE_TYPE", volumes);
        let filter = all([accounts, is("SERVICE", [EC2_OTHER.to_owned()]), usage, of_volumes]);
        if let Err(error) = asking.spent("USAGE_TYPE", filter, &mut answers.volumes).await {
            answers.volumes.clear();
            missing.push((error, "what volumes cost"));
        }
    }
    Ok((answers, missing))
}

/// One account that is asked several questions.
struct Asking<'a> {
    seat: &'a Seat,
    client: Client,
    may_spend: MaySpend<'a>,
    days: Days,
    /// Whether amounts after private discounts are asked for.
    has_net: bool,
}

impl Asking<'_> {
    /// Asks for days by a key and account. An account without private discounts may refuse amounts after them.
    async fn spent(
        &mut self,
        key: &str,
        filter: Expression,
        into: &mut Vec<Spent>,
    ) -> Result<(), Unanswered> {
        self.spent_by([key, "LINKED_ACCOUNT"], filter, into).await
    }

    async fn spent_by(
        &mut self,
        keys: [&str; 2],
        filter: Expression,
        into: &mut Vec<Spent>,
    ) -> Result<(), Unanswered> {
        let before = into.len();
        match self.groups(keys, &filter, into).await {
            Err(Unanswered::Failed(CallError::Rejected { reason, .. }))
                if self.has_net && reason.contains(NET) =>
            {
                self.has_net = false;
                into.truncate(before);
                self.groups(keys, &filter, into).await
            }
            answered => answered,
        }
    }

    async fn groups(
        &self,
        [first, second]: [&str; 2],
        filter: &Expression,
        into: &mut Vec<Spent>,
    ) -> Result<(), Unanswered> {
        let (start, end) = (date(self.days.start).to_string(), date(self.days.end).to_string());
        let send = |token: Option<String>| {
            let net = self.has_net.then_some(NET);
            let metrics = [AMORTIZED, UNBLENDED, QUANTITY].into_iter().chain(net);
            self.client
                .get_cost_and_usage()
                .set_time_period(DateInterval::builder().start(&start).end(&end).build().ok())
                .granularity(Granularity::Daily)
                .filter(filter.clone())
                .group_by(by(first))
                .group_by(by(second))
                .set_metrics(Some(metrics.map(str::to_owned).collect()))
                .set_next_page_token(token)
                .send()
        };
        let take = |page: GetCostAndUsageOutput| {
            for result in page.results_by_time.unwrap_or_default() {
                into.extend(spent(result));
            }
            page.next_page_token
        };
        pages(self.seat, self.may_spend, OPERATION, send, take).await
    }
}

/// Usage of EC2 in one account under some usage types, by operation, covered by commitments or not.
pub(super) async fn by_operation(
    seat: &Seat,
    may_spend: MaySpend<'_>,
    (account_id, usage_types): (&str, &[String]),
    is_covered: bool,
    days: Days,
) -> Result<Vec<Spent>, Unanswered> {
    let mut asking = Asking { seat, client: seat.cost_explorer(), may_spend, days, has_net: true };
    let filter = of_machines(&[account_id.to_owned()], usage_types, is_covered);
    let mut found = Vec::new();
    asking.spent_by(["USAGE_TYPE", "OPERATION"], filter, &mut found).await?;
    Ok(found)
}

/// Usage of EC2 under some usage types.
fn of_machines(account_ids: &[String], usage_types: &[String], is_covered: bool) -> Expression {
    let records = if is_covered { COVERED.to_vec() } else { vec!["Usage"] };
    all([
        is("LINKED_ACCOUNT", account_ids.iter().cloned()),
        is("SERVICE", [EC2.to_owned()]),
        is("RECORD_TYPE", records.into_iter().map(str::to_owned)),
        is("USAGE_TYPE", usage_types.iter().cloned()),
    ])
}

/// Hours of single machines of EC2 under some usage types, covered by commitments or not.
pub(super) async fn hours(
    seat: &Seat,
    may_spend: MaySpend<'_>,
    account_ids: &[String],
    usage_types: &[String],
    is_covered: bool,
    days: Days,
) -> Result<Vec<Spent>, Unanswered> {
    let client = seat.cost_explorer();
    let (start, end) = (date(days.start).to_string(), date(days.end).to_string());
    let filter = of_machines(account_ids, usage_types, is_covered);
    let send = |token: Option<String>| {
        client
            .get_cost_and_usage_with_resources()
            .set_time_period(DateInterval::builder().start(&start).end(&end).build().ok())
            .granularity(Granularity::Daily)
            .filter(filter.clone())
            .group_by(by("RESOURCE_ID"))
            .group_by(by("USAGE_TYPE"))
            .metrics(QUANTITY)
            .set_next_page_token(token)
            .send()
    };
    let mut found = Vec::new();
    let take = |page: GetCostAndUsageWithResourcesOutput| {
        for result in page.results_by_time.unwrap_or_default() {
            found.extend(spent(result));
        }
        page.next_page_token
    };
    pages(seat, may_spend, "ce:GetCostAndUsageWithResources", send, take).await?;
    Ok(found)
}

fn spent(result: ResultByTime) -> impl Iterator<Item = Spent> {
    let day = result.time_period.map(|period| period.start);
    result.groups.unwrap_or_default().into_iter().map(move |group| {
        let metrics = group.metrics.unwrap_or_default();
        let amount =
            |name: &str| metrics.get(name).and_then(|value: &MetricValue| value.amount.clone());
        Spent {
            day: day.clone(),
            keys: group.keys.unwrap_or_default(),
            net_amortized: amount(NET),
            amortized: amount(AMORTIZED),
            unblended: amount(UNBLENDED),
            currency: metrics.get(AMORTIZED).and_then(|value| value.unit.clone()),
            quantity: amount(QUANTITY),
        }
    })
}

fn by(key: &str) -> GroupDefinition {
    GroupDefinition::builder().r#type(GroupDefinitionType::Dimension).key(key).build()
}

fn is(key: &str, values: impl IntoIterator<Item = String>) -> Expression {
    let values = DimensionValues::builder()
        .key(Dimension::from(key))
        .set_values(Some(values.into_iter().collect()));
    Expression::builder().dimensions(values.build()).build()
}

fn all<const N: usize>(parts: [Expression; N]) -> Expression {
    Expression::builder().set_and(Some(parts.into())).build()
}
