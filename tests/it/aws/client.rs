//! Clients of the SDK as the program makes them: plain HTTP to loopback, and nothing is tried twice.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};

use super::fake::Estate;

/// The configuration of an account's own user in a region.
pub(super) fn config(url: &str, account: &str, region: &str) -> SdkConfig {
    let key = Credentials::new(Estate::access_key(account), "secret", None, None, "test");
    signed(url, region, key)
}

/// The same with any credentials.
pub(super) fn signed(url: &str, region: &str, credentials: Credentials) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(url)
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .build()
}
