//! Where an export lies.

use std::path::PathBuf;

/// A bucket, or this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// `s3://bucket/prefix`
    Bucket { bucket: String, prefix: String },
    /// A file or a folder.
    Local(PathBuf),
}

impl Source {
    /// As the settings name it.
    pub(super) fn parse(text: &str) -> Self {
        match text.strip_prefix("s3://") {
            None => Self::Local(PathBuf::from(text)),
            Some(rest) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                Self::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() }
            }
        }
    }
}

/// The region of a bucket, in the words of its location: nothing stands for the first region, and `EU` for the second.
pub(super) fn region_of(location: Option<&str>) -> &str {
    match location {
        None | Some("") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_a_prefix_or_none() {
        let bucket = |bucket: &str, prefix: &str| Source::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        };
        assert_eq!(Source::parse("s3://bills/cur/prod"), bucket("bills", "cur/prod"));
        assert_eq!(Source::parse("s3://bills"), bucket("bills", ""));
        assert_eq!(Source::parse("bills/cur"), Source::Local(PathBuf::from("bills/cur")));
    }

    #[test]
    fn the_oldest_regions_have_names_of_their_own() {
        assert_eq!(region_of(None), "us-east-1");
        assert_eq!(region_of(Some("EU")), "eu-west-1");
        assert_eq!(region_of(Some("eu-central-1")), "eu-central-1");
    }
}
