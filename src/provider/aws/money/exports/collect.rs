//! Files of exports, listed and fetched piece by piece.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use aws_sdk_s3::{Client, operation::get_object::GetObjectError, types::BucketLocationConstraint};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{place::region_of, select::Object};
use crate::provider::{
    aws::{listed::once, seat::Seat},
    call::CallError,
};

/// Bytes of one request. Each has its own time limit and is repeated by itself.
const PIECE_BYTES: u64 = 8 << 20;
/// Pieces under way at once: all that is in memory.
const PIECES_AT_ONCE: usize = 4;

/// Why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("it cannot be kept on this machine: {0}")]
    Io(#[from] io::Error),
}

/// A bucket, asked in its own region.
pub(super) struct Bucket<'b> {
    name: &'b str,
    seat: Seat,
    client: Client,
    /// Why it is not known in which region it is.
    pub(super) unplaced: Option<CallError>,
}

impl<'b> Bucket<'b> {
    /// Finds out where a bucket is. Who may not know that asks in the home region.
    pub(super) async fn open(home: &Seat, name: &'b str) -> Self {
        let client = home.s3();
        let location = home
            .ask("s3:GetBucketLocation", || client.get_bucket_location().bucket(name).send())
            .await;
        let (region, unplaced) = match location {
            Ok(said) => {
                let said = said.location_constraint;
                let region = region_of(said.as_ref().map(BucketLocationConstraint::as_str));
                (region.to_owned(), None)
            }
            Err(error) => (home.region.clone(), Some(error)),
        };
        let seat = home.in_region(&region);
        let client = seat.s3();
        Self { name, seat, client, unplaced }
    }

    /// The seat that asks.
    pub(super) fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Everything below a prefix.
    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<Object>, CallError> {
        let mut found = Vec::new();
        self.seat
            .pages(
                "s3:ListObjectsV2",
                |token| {
                    self.client
                        .list_objects_v2()
                        .bucket(self.name)
                        .prefix(prefix)
                        .set_continuation_token(token)
                        .send()
                },
                |page| {
                    found.extend(page.contents.unwrap_or_default().into_iter().filter_map(object));
                    page.next_continuation_token
                },
            )
            .await?;
        // A page that comes twice would count its part of the bill twice.
        Ok(once(found, |object| object.key.clone()))
    }

    /// A small file as text.
    pub(super) async fn text(&self, key: &str) -> Result<String, CallError> {
        let bytes = self.get(key, None, None).await?;
        String::from_utf8(bytes).map_err(|error| malformed(error.to_string()))
    }

    /// Fetches a file. If it changes meanwhile, that is an error.
    pub(super) async fn fetch(&self, object: &Object, into: &Path) -> Result<(), FetchError> {
        let size = object.size_bytes;
        let starts = (0..size.div_ceil(PIECE_BYTES)).map(|piece| piece * PIECE_BYTES);
        let pieces = starts.map(|from| async move {
            let to = (from + PIECE_BYTES).min(size) - 1;
            let bytes = self.get(&object.key, Some((from, to)), object.tag.as_deref()).await?;
            if bytes.len() as u64 != to - from + 1 {
                let reason = format!("{} bytes came instead of {}", bytes.len(), to - from + 1);
                return Err(FetchError::Call(malformed(reason)));
            }
            Ok(bytes)
        });
        let mut pieces = stream::iter(pieces).buffered(PIECES_AT_ONCE);
        let mut file = File::create(into)?;
        while let Some(bytes) = pieces.try_next().await? {
            file.write_all(&bytes)?;
        }
        Ok(())
    }

    async fn get(
        &self,
        key: &str,
        range: Option<(u64, u64)>,
        tag: Option<&str>,
    ) -> Result<Vec<u8>, CallError> {
        let range = range.map(|(from, to)| format!("bytes={from}-{to}"));
        let send = || {
            let request = self
                .client
                .get_object()
                .bucket(self.name)
                .key(key)
                .set_range(range.clone())
                .set_if_match(tag.map(str::to_owned));
            async move {
                let answer = request.send().await?;
                // A body that ends early is the connection's fault, like one that never came.
                let cut = |error| {
                    SdkError::<GetObjectError, _>::dispatch_failure(ConnectorError::io(Box::new(
                        error,
                    )))
                };
                Ok(answer.body.collect().await.map_err(cut)?.to_vec())
            }
        };
        self.seat.ask("s3:GetObject", send).await
    }
}

fn malformed(reason: String) -> CallError {
    CallError::Malformed { operation: "s3:GetObject".to_owned(), reason }
}

fn object(said: aws_sdk_s3::types::Object) -> Option<Object> {
    Some(Object {
        key: said.key?,
        size_bytes: said.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        modified_ms: said.last_modified.and_then(|at| at.to_millis().ok()),
        tag: said.e_tag,
    })
}

/// The files of a folder here, by their paths below it; of a file itself.
pub(super) fn local(path: &Path) -> io::Result<Vec<Object>> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![path.to_owned()];
    while let Some(at) = open.pop() {
        let about = fs::metadata(&at)?;
        if about.is_dir() {
            for entry in fs::read_dir(&at)? {
                open.push(entry?.path());
            }
            continue;
        }
        let below = at.strip_prefix(path).unwrap_or(&at);
        let modified = about.modified().ok().and_then(|at| jiff::Timestamp::try_from(at).ok());
        found.push(Object {
            key: below.to_string_lossy().replace('\\', "/"),
            size_bytes: about.len(),
            modified_ms: modified.map(jiff::Timestamp::as_millisecond),
            tag: None,
        });
    }
    found.sort();
    Ok(found)
}
