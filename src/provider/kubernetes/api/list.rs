//! Lists of objects, page by page.

use serde::de::DeserializeOwned;

use super::{
    kind::Kind,
    transport::{self, Reply},
    wire::List,
};
use crate::provider::{
    call::{CallError, Caller},
    progress::Task,
};

/// Objects per page. More would make one answer slow, fewer many requests.
pub(super) const PAGE_COUNT: usize = 500;

/// Times that a list is begun at most: once more after its pages have expired.
const BEGIN_COUNT: usize = 2;

/// A server that lists.
#[derive(Clone, Copy)]
pub(super) struct Lister<'a> {
    pub(super) client: &'a kube::Client,
    pub(super) caller: &'a Caller,
    /// Advances with every page.
    pub(super) task: Option<&'a Task>,
}

impl Lister<'_> {
    /// What `keep` makes of all objects of a kind that match a field selector. Only what is kept stays in memory.
    ///
    /// A list that breaks off is an error, not a part: what is missing in it would look as if it were not there.
    pub(super) async fn all<T: DeserializeOwned, U>(
        &self,
        kind: Kind,
        selector: Option<&str>,
        keep: impl Fn(T) -> Option<U>,
    ) -> Result<Vec<U>, CallError> {
        let mut absent = None;
        for version in kind.versions {
            match self.version(kind, version, selector, &keep).await {
                Err(error @ CallError::Absent { .. }) => drop(absent.get_or_insert(error)),
                answer => return answer,
            }
        }
        Err(absent.unwrap_or_else(|| expired(kind)))
    }

    /// Whether objects of a kind can be listed: asks for one of them.
    pub(super) async fn one(&self, kind: Kind) -> Result<(), CallError> {
        let mut absent = None;
        for version in kind.versions {
            let path = format!("{}?limit=1", kind.path(version));
            match self.page::<serde::de::IgnoredAny>(kind, &path).await {
                Err(error @ CallError::Absent { .. }) => drop(absent.get_or_insert(error)),
                Err(error) => return Err(error),
                Ok(_) => return Ok(()),
            }
        }
        Err(absent.unwrap_or_else(|| expired(kind)))
    }

    async fn version<T: DeserializeOwned, U>(
        &self,
        kind: Kind,
        version: &str,
        selector: Option<&str>,
        keep: &impl Fn(T) -> Option<U>,
    ) -> Result<Vec<U>, CallError> {
        for _ in 0..BEGIN_COUNT {
            if let Some(kept) = self.begun(kind, version, selector, keep).await? {
                return Ok(kept);
            }
        }
        Err(expired(kind))
    }

    /// All pages. `None`: the rest of them has expired.
    async fn begun<T: DeserializeOwned, U>(
        &self,
        kind: Kind,
        version: &str,
        selector: Option<&str>,
        keep: &impl Fn(T) -> Option<U>,
    ) -> Result<Option<Vec<U>>, CallError> {
        let mut kept = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let path = path(kind, version, selector, next.as_deref());
            let Some(page) = self.page::<T>(kind, &path).await? else { return Ok(None) };
            if next.is_none()
                && let (Some(task), Some(count)) = (self.task, page.metadata.remaining_item_count)
            {
                task.extend(count.div_ceil(PAGE_COUNT as u64));
            }
            kept.extend(page.items.into_iter().filter_map(keep));
            let following = page.metadata.next.filter(|token| !token.is_empty());
            // A server that hands out the same page for ever would never let go.
            if following.is_some() && following == next {
                return Err(CallError::Malformed {
                    operation: kind.operation.to_owned(),
                    reason: "the server names a page as its own successor".to_owned(),
                });
            }
            next = following;
            if next.is_none() {
                return Ok(Some(kept));
            }
            self.task.iter().for_each(|task| task.advance());
        }
    }

    /// One page. `None`: it has expired.
    async fn page<T: DeserializeOwned>(
        &self,
        kind: Kind,
        path: &str,
    ) -> Result<Option<List<T>>, CallError> {
        let attempt = || transport::get(self.client, kind.operation, path);
        match self.caller.call(kind.operation, attempt).await? {
            Reply::Gone => Ok(None),
            Reply::Body(body) => decode(kind, &body).map(Some),
        }
    }
}

fn expired(kind: Kind) -> CallError {
    CallError::Unavailable {
        operation: kind.operation.to_owned(),
        reason: "its pages expired twice before they could be read".to_owned(),
    }
}

fn path(kind: Kind, version: &str, selector: Option<&str>, next: Option<&str>) -> String {
    let mut path = format!("{}?limit={PAGE_COUNT}", kind.path(version));
    for (name, value) in [("fieldSelector", selector), ("continue", next)] {
        if let Some(value) = value {
            path.extend(["&", name, "=", &escape(value)]);
        }
    }
    path
}

/// A value as a query may hold it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.extend(["%", &format!("{byte:02X}")]);
        }
    }
    escaped
}

/// A page of a list. Anything else comes from somebody else.
fn decode<T: DeserializeOwned>(kind: Kind, body: &[u8]) -> Result<List<T>, CallError> {
    serde_json::from_slice(body).map_err(|error| {
        let begins = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let reason = format!(
            "it is no list of {}: {error}; it begins with `{}`",
            kind.resource,
            begins.trim()
        );
        CallError::Malformed {
            operation: kind.operation.to_owned(),
            reason: super::failure::short(&reason),
        }
    })
}
