//! S3 with the path in the path: what lies in a folder, a folder for each bucket.

use std::{fmt::Write as _, fs, path::Path};

use hyper::body::Bytes;
use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, Refusal, Wire},
    call::Call,
    estate::Estate,
    page::Page,
    xml,
};

pub(super) fn answer(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let path = percent_encoding::percent_decode_str(&call.path).decode_utf8_lossy().into_owned();
    let (bucket, key) =
        path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_matches('/'), ""));
    let missing = || Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist");
    let folder = estate.buckets.as_ref().ok_or_else(missing)?.join(bucket);
    let is_outside = |part: &str| part == ".." || part == ".";
    if bucket.is_empty() || path.split('/').any(is_outside) || !folder.is_dir() {
        return Err(missing());
    }
    // Where a bucket is may be asked everywhere, all else only there.
    let is_elsewhere = call.region != estate.bucket_region();
    if is_elsewhere && call.operation != "GetBucketLocation" {
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint. \
             Please send all future requests to this endpoint.";
        return Err(Refusal::new(301, "PermanentRedirect", message));
    }
    match call.operation.as_str() {
        "ListObjectsV2" => list(&folder, bucket, call),
        "GetObject" | "HeadObject" => object(&folder.join(key), call),
        "HeadBucket" => Ok(Answer::Raw(Wire { status: 200, ..Wire::default() })),
        "GetBucketLocation" => Ok(location(estate)),
        _ => Err(Refusal::unknown_operation(call)),
    }
}

/// The first region has no name there.
fn location(estate: &Estate) -> Answer {
    let region = estate.bucket_region();
    Answer::Xml(match region {
        "us-east-1" => "<LocationConstraint/>".to_owned(),
        _ => format!("<LocationConstraint>{region}</LocationConstraint>"),
    })
}

fn list(folder: &Path, bucket: &str, call: &Call) -> Result<Answer, Refusal> {
    let prefix = call.text("prefix").unwrap_or_default();
    let mut keys = Vec::new();
    collect(folder, "", &mut keys);
    keys.retain(|(key, _)| {
        key.starts_with(prefix) && call.text("start-after").is_none_or(|after| key.as_str() > after)
    });
    keys.sort();
    let size = call.number("max-keys").unwrap_or(1_000).clamp(1, 1_000);
    let size = usize::try_from(size).unwrap_or(1_000);
    let page = Page::of(call, keys.len(), "continuation-token", size)?;
    let contents: Vec<Value> = page
        .take(&keys)
        .iter()
        .map(|(key, size)| {
            json!({
                "Key": key,
                "LastModified": "2026-10-01T00:00:00.000Z",
                "ETag": format!("\"{size:032x}\""),
                "Size": size,
                "StorageClass": "STANDARD",
            })
        })
        .collect();
    let mut text = String::new();
    for entry in &contents {
        write!(text, "<Contents>{}</Contents>", xml::elements(entry, "member")).unwrap();
    }
    let mut head = Map::new();
    head.insert("Name".to_owned(), bucket.into());
    head.insert("Prefix".to_owned(), prefix.into());
    head.insert("KeyCount".to_owned(), contents.len().into());
    head.insert("IsTruncated".to_owned(), page.next.is_some().into());
    head.extend(page.next.map(|next| ("NextContinuationToken".to_owned(), next.into())));
    let head = xml::elements(&head.into(), "member");
    Ok(Answer::Xml(format!(
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{head}{text}</ListBucketResult>"
    )))
}

fn collect(folder: &Path, above: &str, keys: &mut Vec<(String, u64)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = format!("{above}{}", entry.file_name().to_string_lossy());
        match entry.metadata() {
            Ok(about) if about.is_dir() => collect(&entry.path(), &format!("{name}/"), keys),
            Ok(about) => keys.push((name, about.len())),
            Err(_) => {}
        }
    }
}

fn object(path: &Path, call: &Call) -> Result<Answer, Refusal> {
    let Ok(content) = fs::read(path).map(Bytes::from) else {
        return Err(Refusal::new(404, "NoSuchKey", "The specified key does not exist."));
    };
    let mut headers = vec![
        ("content-type".to_owned(), "binary/octet-stream".to_owned()),
        ("etag".to_owned(), format!("\"{:032x}\"", content.len())),
        ("last-modified".to_owned(), "Thu, 01 Oct 2026 00:00:00 GMT".to_owned()),
    ];
    let range = call.headers.get("range").and_then(|range| range.to_str().ok());
    let (status, body) = match range.and_then(|range| part(range, content.len())) {
        Some((from, to)) => {
            let told = format!("bytes {from}-{}/{}", to - 1, content.len());
            headers.push(("content-range".to_owned(), told));
            (206, content.slice(from..to))
        }
        None => (200, content),
    };
    if call.operation == "HeadObject" {
        headers.push(("content-length".to_owned(), body.len().to_string()));
        return Ok(Answer::Raw(Wire { status, headers, body: Bytes::new() }));
    }
    Ok(Answer::Raw(Wire { status, headers, body }))
}

/// The bytes of `bytes=0-9`, `bytes=10-` or `bytes=-10`.
fn part(range: &str, size: usize) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    if from.is_empty() {
        return Some((size.saturating_sub(to.parse().ok()?), size));
    }
    let from: usize = from.parse().ok().filter(|from| *from < size)?;
    let to =
        if to.is_empty() { size } else { to.parse::<usize>().ok()?.saturating_add(1).min(size) };
    (from < to).then_some((from, to))
}
