//! What `CloudWatch` holds: series by their exact namespace, name and dimensions, in hours.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

/// Seconds.
pub(crate) const HOUR: i64 = 3600;

/// What was sent in an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bucket {
    pub(crate) mean: f64,
    pub(crate) max: f64,
    pub(crate) min: f64,
    /// How many values.
    pub(crate) count: f64,
    /// 95th percentile. `None`: only the figures above were sent, from which none can be made.
    pub(crate) p95: Option<f64>,
}

impl Bucket {
    /// One value a minute, all alike.
    pub(crate) fn steady(value: f64) -> Self {
        Self { mean: value, max: value, min: value, count: 60.0, p95: None }
    }

    /// As many events, each sent as a one.
    pub(crate) fn events(count: f64) -> Self {
        Self { mean: 1.0, max: 1.0, min: 1.0, count, p95: None }
    }
}

/// What was sent in each hour since 1970, if anything was.
pub(crate) type Hours = Arc<dyn Fn(i64) -> Option<Bucket> + Send + Sync>;

/// A metric with everything that was sent.
#[derive(Clone)]
pub(crate) struct Series {
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Sorted by name.
    pub(crate) dimensions: Dimensions,
    /// As it was sent, if it was: `Percent`.
    pub(crate) unit: Option<&'static str>,
    pub(crate) hours: Hours,
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} {:?}", self.namespace, self.name, self.dimensions)
    }
}

impl Series {
    pub(crate) fn new(
        namespace: &str,
        name: &str,
        dimensions: &[(&str, &str)],
        hours: impl Fn(i64) -> Option<Bucket> + Send + Sync + 'static,
    ) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut dimensions: Vec<_> = dimensions.iter().map(own).collect();
        dimensions.sort_unstable();
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions,
            unit: None,
            hours: Arc::new(hours),
        }
    }

    /// The same with a unit.
    pub(crate) fn in_unit(self, unit: &'static str) -> Self {
        Self { unit: Some(unit), ..self }
    }
}

/// Names and values, sorted by name.
pub(crate) type Dimensions = Vec<(String, String)>;

/// Namespace, name and dimensions.
type Key = (String, String, Dimensions);

/// The series of a region of an account.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// Sorted as they are listed.
    series: BTreeMap<Key, Series>,
}

impl Store {
    /// The one of exactly these dimensions, which are sorted.
    pub(crate) fn get(
        &self,
        namespace: &str,
        name: &str,
        dimensions: Dimensions,
    ) -> Option<&Series> {
        self.series.get(&(namespace.to_owned(), name.to_owned(), dimensions))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Series> {
        self.series.values()
    }
}

/// All series, by account and region.
#[derive(Debug, Default)]
pub(crate) struct Metrics(HashMap<(String, String), Store>);

impl Metrics {
    /// Adds a series. One of the same name and dimensions must not be there.
    pub(crate) fn add(&mut self, account: &str, region: &str, series: Series) {
        let store = self.0.entry((account.to_owned(), region.to_owned())).or_default();
        let key = (series.namespace.clone(), series.name.clone(), series.dimensions.clone());
        let before = store.series.insert(key, series);
        assert!(before.is_none(), "planted twice: {before:?}");
    }

    pub(crate) fn of(&self, account: &str, region: &str) -> Option<&Store> {
        self.0.get(&(account.to_owned(), region.to_owned()))
    }
}
