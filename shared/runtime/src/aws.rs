//! The edge to AWS: clients built from the environment alone. No default credential chain, no scan of the machine's
//! certificates: both cost more at a cold start than everything else together.

use crate::{connector, vars::Vars};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::time::Duration;
use thiserror::Error;

/// Amazon Root CA 1-4 and Starfield Services Root CA G2: every AWS endpoint chains to one of them.
const AMAZON_ROOTS: &[u8] = include_bytes!("roots/amazon.pem");

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);
/// AWS closes idle connections later than this.
const IDLE: Duration = Duration::from_secs(15);

/// The environment does not say how to reach AWS.
#[derive(Debug, Error)]
#[error("cannot build an AWS client: {0}")]
pub struct AwsError(String);

/// What a service said, or why it said nothing. Never the raw answer, which may hold secrets or persons' data.
pub(crate) fn cause<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error.code() {
        Some(code) => format!("{code}: {}", error.message().unwrap_or_default()),
        None => crate::failure::chain(error),
    }
}

/// What every client is built from.
#[derive(Clone)]
pub struct Aws {
    region: String,
    credentials: Credentials,
    http: aws_sdk_dynamodb::config::SharedHttpClient,
    vars: Vars,
}

macro_rules! client {
    ($(#[$doc:meta])* $name:ident, $sdk:ident, $service:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> $sdk::Client {
            use $sdk::config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
            let mut config = $sdk::Config::builder()
                .behavior_version(BehaviorVersion::v2026_01_12())
                .region(Region::new(self.region.clone()))
                .credentials_provider(self.credentials.clone())
                .http_client(self.http.clone())
                .retry_config(RetryConfig::standard().with_max_attempts(3))
                .timeout_config(
                    TimeoutConfig::builder()
                        .connect_timeout(CONNECT_TIMEOUT)
                        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                        .operation_timeout(OPERATION_TIMEOUT)
                        .build(),
                );
            if let Some(endpoint) = self.endpoint($service) {
                config = config.endpoint_url(endpoint);
            }
            $sdk::Client::from_conf(config.build())
        }
    };
}

impl Aws {
    /// Reads region, credentials and endpoints from the variables that Lambda sets (and that local tools know).
    pub fn new(vars: &Vars) -> Result<Self, AwsError> {
        let need = |name: &str| {
            vars.get(name).map(str::to_owned).ok_or_else(|| AwsError(format!("{name} is not set")))
        };
        let region = vars.get("AWS_REGION").or_else(|| vars.get("AWS_DEFAULT_REGION"));
        let credentials = Credentials::new(
            need("AWS_ACCESS_KEY_ID")?,
            need("AWS_SECRET_ACCESS_KEY")?,
            vars.get("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "environment",
        );
        let http = http().map_err(|error| AwsError(error.to_string()))?;
        Ok(Self {
            region: region.unwrap_or("us-east-1").to_owned(),
            credentials,
            http: connector::over(http),
            vars: vars.clone(),
        })
    }

    fn endpoint(&self, service: &str) -> Option<&str> {
        self.vars.get(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| self.vars.get("AWS_ENDPOINT_URL"))
    }

    client!(
        /// DynamoDB.
        dynamodb, aws_sdk_dynamodb, "DYNAMODB"
    );
    client!(
        /// SQS.
        sqs, aws_sdk_sqs, "SQS"
    );
    client!(
        /// Secrets Manager.
        secrets, aws_sdk_secretsmanager, "SECRETS_MANAGER"
    );
}

/// Trusts Amazon's roots alone and takes no proxy from the environment.
fn http() -> reqwest::Result<reqwest::Client> {
    let roots = reqwest::Certificate::from_pem_bundle(AMAZON_ROOTS)?;
    let builder = reqwest::Client::builder().tls_built_in_root_certs(false).no_proxy();
    let builder = roots.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate);
    builder
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_roots_load() {
        let text = std::str::from_utf8(AMAZON_ROOTS).unwrap();
        assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 5);
        let keys =
            [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_REGION", "eu-central-1")];
        let vars = keys.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert!(Aws::new(&vars).is_ok());
    }
}
