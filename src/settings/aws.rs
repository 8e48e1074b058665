//! `[aws]`: which accounts and regions are read, under which role, and what that may cost.

/// What is decided about AWS. It holds no secrets: credentials come from AWS's own chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Aws {
    /// Profile of the shared configuration files. `None`: that of the environment.
    pub profile: Option<String>,
    /// Regions; empty, or `all`: every region that an account has switched on.
    pub regions: Vec<String>,
    /// Accounts; empty: that of the credentials.
    pub accounts: Vec<String>,
    /// Whether all accounts of the organisation are read.
    pub organization: bool,
    /// Role that is assumed in other accounts.
    pub role_name: String,
    /// What the role wants to hear besides.
    pub external_id: Option<String>,
    /// Most that requests may cost. `None`: whatever they cost.
    pub max_api_cost_usd: Option<f64>,
    /// Namespaces in which `CloudWatch` agents write.
    pub agent_namespaces: Vec<String>,
    /// Bills instead of Cost Explorer: files, or folders and objects in S3.
    pub exports: Vec<String>,
    /// Longest wait for one answer.
    pub timeout_seconds: f64,
    /// Times that one request is sent at most.
    pub attempt_count: usize,
}

impl Default for Aws {
    fn default() -> Self {
        Self {
            profile: None,
            regions: Vec::new(),
            accounts: Vec::new(),
            organization: false,
            role_name: "ai-cost".to_owned(),
            external_id: None,
            max_api_cost_usd: None,
            agent_namespaces: vec!["CWAgent".to_owned()],
            exports: Vec::new(),
            timeout_seconds: 30.0,
            attempt_count: 5,
        }
    }
}
