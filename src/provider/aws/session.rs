//! Who asks: credentials by AWS's own chain, and those of a role in each other account.

use aws_config::{
    BehaviorVersion, Region, SdkConfig, identity::IdentityCache, retry::RetryConfig,
    sts::AssumeRoleProvider,
};
use aws_sdk_sts::config::SharedCredentialsProvider;
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
}

impl Session {
    /// Finds credentials and asks whom they belong to.
    pub(super) async fn open(options: &Options) -> Result<Self, ProviderError> {
        let http = Builder::new().tls_provider(Tls::Rustls(CryptoMode::Ring)).build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            // Repetitions are ours: they are counted, and share one budget of patience.
            .retry_config(RetryConfig::disabled())
            .identity_cache(IdentityCache::lazy().build());
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        let mut config = loader.load().await;
        let region = match &options.regions {
            Regions::Named(regions) => regions.first().map(String::as_str),
            Regions::All => None,
        };
        let home = home_region(region.or(config.region().map(AsRef::as_ref)));
        if config.region().is_none() {
            config = config.to_builder().region(Region::from_static(home)).build();
        }
        let registry = Registry::default();
        let asker = Seat::new(&config, "", home, options.limits, &registry);
        let (account_id, arn) = identity(&asker).await.map_err(|source| {
            let login = "log in as usual, with AWS_PROFILE, `aws sso login` or AWS_ACCESS_KEY_ID; \
                        `ai-cost doctor aws` shows what is missing";
            let help = refusal::remedy(&source).unwrap_or(login).to_owned();
            ProviderError::Unreachable { what: "AWS".to_owned(), help, source }
        })?;
        Ok(Self { config, registry, asker, account_id, arn })
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
            .identity_cache(IdentityCache::lazy().build())
            .build();
        let seat = self.seat(&config, account_id, options);
        identity(&seat).await?;
        Ok(seat)
    }

    fn seat(&self, config: &SdkConfig, account_id: &str, options: &Options) -> Seat {
        Seat::new(config, account_id, &self.asker.region, options.limits, &self.registry)
    }
}

/// Where global services of a partition are asked, and everything before the regions are known.
fn home_region(region: Option<&str>) -> &'static str {
    match region {
        Some(region) if region.starts_with("us-gov-") => "us-gov-west-1",
        Some(region) if region.starts_with("cn-") => "cn-northwest-1",
        _ => "us-east-1",
    }
}

/// Whose credentials these are: account and ARN.
async fn identity(seat: &Seat) -> Result<(String, String), CallError> {
    let sts = seat.sts();
    let operation = "sts:GetCallerIdentity";
    let said = seat.ask(operation, || sts.get_caller_identity().send()).await?;
    match (said.account, said.arn) {
        (Some(account_id), Some(arn)) => Ok((account_id, arn)),
        _ => Err(CallError::Malformed {
            operation: operation.to_owned(),
            reason: "it names no account".to_owned(),
        }),
    }
}
