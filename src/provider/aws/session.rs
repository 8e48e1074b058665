//! Who asks: credentials by AWS's own chain, and those of a role in each other account.

use aws_config::{
    BehaviorVersion, Region, SdkConfig, identity::IdentityCache,
    profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig, retry::RetryConfig,
    sts::AssumeRoleProvider,
};
use aws_sdk_sts::config::{SharedCredentialsProvider, SharedIdentityCache};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider as Tls, rustls_provider::CryptoMode},
};

use super::{
    options::{Options, Regions},
    refusal,
    seat::{Registry, Seat},
};
use crate::provider::{call::CallError, contract::ProviderError};

/// How the session of an assumed role is called in the account's own records.
const SESSION_NAME: &str = "ai-cost";

/// Who am I?
const IDENTITY: &str = "sts:GetCallerIdentity";

/// The credentials that were found, and whom they belong to.
#[derive(Debug)]
pub(super) struct Session {
    config: SdkConfig,
    /// All that is asked.
    pub(super) registry: Registry,
    /// Who asks about the credentials themselves and about the organisation.
    pub(super) asker: Seat,
    /// Account of the credentials.
    pub(super) account_id: String,
    /// Who they are, as an ARN.
    pub(super) arn: String,
    /// Where people here work, if they say so, and the home region: where an account is asked about itself, in this order.
    near: Vec<String>,
}

impl Session {
    /// Finds credentials and asks whom they belong to.
    pub(super) async fn open(options: &Options) -> Result<Self, ProviderError> {
        let http = Builder::new().tls_provider(Tls::Rustls(CryptoMode::Ring)).build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            // Repetitions are ours: they are counted, and share one budget of patience.
            .retry_config(RetryConfig::disabled())
            .identity_cache(patient(options));
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        let mut config = loader.load().await;
        let region = match &options.regions {
            Regions::Named(regions) => regions.first().cloned(),
            Regions::All => None,
        };
        let region = region.or_else(|| config.region().map(ToString::to_string));
        let home = home_region(region.as_deref());
        if config.region().is_none() {
            let region = Region::new(region.clone().unwrap_or_else(|| home.to_owned()));
            config = config.to_builder().region(region).build();
        }
        if let Some(profile) = &options.profile {
            // The chain takes keys of the environment first. Who names a profile means that one.
            let around = ProviderConfig::without_region()
                .with_region(config.region().cloned())
                .with_http_client(http);
            let own = ProfileFileCredentialsProvider::builder()
                .configure(&around)
                .profile_name(profile)
                .build();
            let own = SharedCredentialsProvider::new(own);
            config = config.to_builder().credentials_provider(own).build();
        }
        let near = near(region.as_deref(), home);
        let registry = Registry::default();
        let asker = Seat::new(&config, "", home, options.limits, &registry);
        let (account_id, arn) = identity(&asker, &near).await.map_err(|source| {
            let help = refusal::remedy(&source).map_or_else(|| login(options), str::to_owned);
            let what = match &options.profile {
                Some(profile) => format!("AWS with the profile `{profile}`"),
                None => "AWS".to_owned(),
            };
            ProviderError::Unreachable { what, help, source }
        })?;
        Ok(Self { config, registry, asker, account_id, arn, near })
    }

    /// Where an account is asked about itself: one place may be closed to it, by a policy of its organisation for example.
    pub(super) fn near(&self) -> &[String] {
        &self.near
    }

    /// An account, in the home region: with the credentials as they are if it is their own, else with those of a role.
    pub(super) async fn account(
        &self,
        account_id: &str,
        options: &Options,
    ) -> Result<Seat, CallError> {
        if account_id == self.account_id {
            return Ok(self.seat(&self.config, account_id, options));
        }
        let partition = self.arn.split(':').nth(1).unwrap_or("aws");
        let role = format!("arn:{partition}:iam::{account_id}:role/{}", options.role_name);
        let mut provider =
            AssumeRoleProvider::builder(role).session_name(SESSION_NAME).configure(&self.config);
        if let Some(external_id) = &options.external_id {
            provider = provider.external_id(external_id);
        }
        let provider = SharedCredentialsProvider::new(provider.build().await);
        let config = self
            .config
            .to_builder()
            .credentials_provider(provider)
            .identity_cache(patient(options))
            .build();
        let seat = self.seat(&config, account_id, options);
        identity(&seat, &self.near).await?;
        Ok(seat)
    }

    fn seat(&self, config: &SdkConfig, account_id: &str, options: &Options) -> Seat {
        Seat::new(config, account_id, &self.asker.region, options.limits, &self.registry)
    }
}

/// What to do where nobody's credentials were found.
fn login(options: &Options) -> String {
    match &options.profile {
        Some(profile) => format!(
            "`aws configure list-profiles` shows which profiles there are; log in with `aws sso login --profile {profile}`, or as \
             you usually do"
        ),
        None => "log in as usual, with `--profile`, AWS_PROFILE, `aws sso login` or AWS_ACCESS_KEY_ID, and name a region of yours \
                 if it is none of the commercial ones (GovCloud, China)"
            .to_owned(),
    }
}

/// Where global services of a partition are asked.
fn home_region(region: Option<&str>) -> &'static str {
    const HOMES: [(&str, &str); 6] = [
        ("us-gov-", "us-gov-west-1"),
        ("cn-", "cn-northwest-1"),
        ("us-iso-", "us-iso-east-1"),
        ("us-isob-", "us-isob-east-1"),
        ("us-isof-", "us-isof-south-1"),
        ("eusc-", "eusc-de-east-1"),
    ];
    let region = region.unwrap_or_default();
    let home = HOMES.iter().find(|(start, _)| region.starts_with(start));
    home.map_or("us-east-1", |(_, home)| home)
}

/// A region of one's own, and that of global services.
fn near(region: Option<&str>, home: &str) -> Vec<String> {
    let mut near: Vec<String> = region.into_iter().chain([home]).map(str::to_owned).collect();
    near.dedup();
    near
}

/// Credentials may take as long as any answer: they are one, of STS or of a login. It is we who give up first.
fn patient(options: &Options) -> SharedIdentityCache {
    IdentityCache::lazy().load_timeout(options.limits.timeout * 2).build()
}

/// Whose credentials these are: account and ARN. The first region that says so is believed.
async fn identity(seat: &Seat, near: &[String]) -> Result<(String, String), CallError> {
    let mut first_error = None;
    for region in near {
        match identity_in(&seat.in_region(region)).await {
            Ok(identity) => return Ok(identity),
            // There are no credentials to ask with, wherever one asks.
            Err(error) if error.operation() != IDENTITY => return Err(error),
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    Err(first_error.unwrap_or_else(|| malformed("no region was asked")))
}

async fn identity_in(seat: &Seat) -> Result<(String, String), CallError> {
    let sts = seat.sts();
    let said = seat.ask(IDENTITY, || sts.get_caller_identity().send()).await?;
    match (said.account, said.arn) {
        (Some(account_id), Some(arn)) => Ok((account_id, arn)),
        _ => Err(malformed("it names no account")),
    }
}

fn malformed(reason: &str) -> CallError {
    CallError::Malformed { operation: IDENTITY.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_a_home_and_a_region_of_ones_own_is_asked_before_it() {
        for (region, asked) in [
            (None, vec!["us-east-1"]),
            (Some("us-east-1"), vec!["us-east-1"]),
            (Some("eu-west-1"), vec!["eu-west-1", "us-east-1"]),
            (Some("us-gov-east-1"), vec!["us-gov-east-1", "us-gov-west-1"]),
            (Some("cn-north-1"), vec!["cn-north-1", "cn-northwest-1"]),
            (Some("us-isob-east-1"), vec!["us-isob-east-1"]),
        ] {
            assert_eq!(near(region, home_region(region)), asked);
        }
    }
}
