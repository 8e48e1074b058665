//! Tags, which are asked for thing by thing: only for what costs money.

use std::collections::BTreeMap;

use super::{Reader, several::each};
use crate::{provider::aws::sagemaker::wire::Tags, provider::call::CallError, snapshot::Gap};

/// What is hidden without them.
const HIDES: &str = "tags, so owners, teams, environments and exemptions by tag";

impl Reader<'_> {
    /// The tags of each ARN, in order.
    pub(super) async fn tags(&self, arns: &[String], gaps: &mut Vec<Gap>) -> Vec<Tags> {
        let answers = each(arns, |arn| self.tags_of(arn)).await;
        gaps.extend(answers.gap(self.seat, HIDES));
        answers.known().collect()
    }

    async fn tags_of(&self, arn: &str) -> Result<BTreeMap<String, String>, CallError> {
        let mut tags = BTreeMap::new();
        let send = |token| self.client.list_tags().resource_arn(arn).set_next_token(token).send();
        self.seat
            .pages("sagemaker:ListTags", send, |page| {
                let read = page.tags.unwrap_or_default().into_iter();
                tags.extend(read.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))));
                page.next_token
            })
            .await?;
        Ok(tags)
    }
}
