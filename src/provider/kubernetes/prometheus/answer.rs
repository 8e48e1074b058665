//! Answers of the query interface, read straight into rows without a tree of JSON in between.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, IgnoredAny, SeqAccess, Visitor},
};

/// Labels of a series.
pub(in super::super) type LabelSet = BTreeMap<String, String>;

/// One series of an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in super::super) struct Series {
    /// Its labels.
    pub(in super::super) labels: LabelSet,
    /// Its values by time, in order. What is no number is left out.
    pub(in super::super) points: Vec<Point>,
}

/// A value and the time it was worked out for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Point {
    /// Seconds since 1970.
    pub(in super::super) at_seconds: f64,
    /// A finite number.
    pub(in super::super) value: f64,
}

impl Series {
    /// A label that is not empty.
    pub(in super::super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Its last value.
    pub(in super::super) fn last(&self) -> Option<f64> {
        self.points.last().map(|point| point.value)
    }
}

/// What was answered, and what the server said about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Answered<T> {
    /// The data.
    pub(super) data: T,
    /// Why the data may be incomplete. Empty: it is whole.
    pub(super) warnings: Vec<String>,
}

/// What a server answers instead of data.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fault {
    /// Kind of the failure: `bad_data`, `execution`, `timeout`, ….
    #[serde(rename = "errorType")]
    pub(super) kind: String,
    /// What it says.
    pub(super) error: String,
}

#[derive(Deserialize)]
struct Envelope<T> {
    status: String,
    data: Option<T>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default, rename = "isPartial")]
    is_partial: bool,
}

/// The result of a query.
#[derive(Debug, Default)]
pub(super) struct QueryData(pub(super) Vec<Series>);

impl<'de> Deserialize<'de> for QueryData {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Data {
            result: Vec<Wire>,
        }
        Data::deserialize(source)
            .map(|data| Self(data.result.into_iter().map(Into::into).collect()))
    }
}

/// A series as it is written: one point of an instant, or many of a range.
#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    metric: LabelSet,
    #[serde(default)]
    values: Points,
    #[serde(default)]
    value: Option<One>,
}

impl From<Wire> for Series {
    fn from(wire: Wire) -> Self {
        let Wire { metric, values: Points(mut points), value } = wire;
        points.extend(value.and_then(|One(point)| point));
        Self { labels: metric, points }
    }
}

/// Points of a range.
#[derive(Default)]
struct Points(Vec<Point>);

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_seq(PointsVisitor)
    }
}

struct PointsVisitor;

impl<'de> Visitor<'de> for PointsVisitor {
    type Value = Points;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values with their times")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Points, A::Error> {
        let mut points = Vec::new();
        while let Some(One(point)) = items.next_element()? {
            points.extend(point);
        }
        Ok(Points(points))
    }
}

/// `[1790000000, "12.5"]`. `None`: the value is no number, which is how a server says that there is none.
struct One(Option<Point>);

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_seq(OneVisitor)
    }
}

struct OneVisitor;

impl<'de> Visitor<'de> for OneVisitor {
    type Value = One;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time and a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<One, A::Error> {
        let missing = || A::Error::custom("a value lacks its time or its number");
        let at_seconds = items.next_element::<f64>()?.ok_or_else(missing)?;
        let Decimal(value) = items.next_element()?.ok_or_else(missing)?;
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(One(value.map(|value| Point { at_seconds, value })))
    }
}

/// A number in quotation marks. `None`: `NaN` or infinite.
struct Decimal(Option<f64>);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_str(DecimalVisitor)
    }
}

struct DecimalVisitor;

impl Visitor<'_> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number in quotation marks")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
        let number: f64 = text.parse().map_err(|_no_number| {
            E::custom(format!("`{}` is no number", crate::text::clean(text)))
        })?;
        Ok(Decimal(Some(number).filter(|number| number.is_finite())))
    }
}

/// Reads a successful answer. `Err`: what is wrong with it.
pub(super) fn read<T: DeserializeOwned + Default>(body: &[u8]) -> Result<Answered<T>, String> {
    let envelope: Envelope<T> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if envelope.status != "success" {
        return Err(fault(body).error);
    }
    // Remarks of the language itself say how a query could be written better, not that data are missing.
    let mut warnings = envelope.warnings;
    warnings.retain(|warning| !warning.starts_with("PromQL "));
    if envelope.is_partial {
        warnings.push("the answer is partial".to_owned());
    }
    Ok(Answered { data: envelope.data.unwrap_or_default(), warnings })
}

/// Reads what a server says about a failure; all empty if it does not say it in JSON.
pub(super) fn fault(body: &[u8]) -> Fault {
    serde_json::from_slice(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_into_points() {
        let body = br#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"Hostname":"gpu-1","gpu":"0"},"values":[[1790002800,"12.5"],[1790006400,"NaN"],[1790010000.5,"0"]]}]}}"#;
        let Answered { data: QueryData(series), warnings } = read::<QueryData>(body).unwrap();
        let point = |at_seconds, value| Point { at_seconds, value };
        assert_eq!(series[0].label("Hostname"), Some("gpu-1"));
        assert_eq!(series[0].points, [point(1_790_002_800.0, 12.5), point(1_790_010_000.5, 0.0)]);
        assert!(warnings.is_empty());
    }

    #[test]
    fn an_instant_is_a_range_of_one() {
        let body = br#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"gpu":"0"},"value":[1790002800.123,"+Inf"]},
            {"metric":{"gpu":"1"},"value":[1790002800.123,"3e2"]}]}}"#;
        let QueryData(series) = read::<QueryData>(body).unwrap().data;
        assert_eq!(series[0].last(), None);
        assert_eq!(series[1].last(), Some(300.0));
    }

    #[test]
    fn what_is_missing_is_said_and_remarks_about_the_query_are_not() {
        let body = br#"{"status":"success","data":[],"warnings":["store 10.0.0.7: unavailable",
            "PromQL warning: bucket label missing"],"infos":["PromQL info: not a counter"],"isPartial":true}"#;
        let Answered { warnings, .. } = read::<Vec<LabelSet>>(body).unwrap();
        assert_eq!(warnings, ["store 10.0.0.7: unavailable", "the answer is partial"]);
    }

    #[test]
    fn an_error_is_no_answer() {
        let body = br#"{"status":"error","errorType":"execution","error":"too many samples"}"#;
        assert_eq!(read::<QueryData>(body).unwrap_err(), "too many samples");
        let expected = Fault { kind: "execution".to_owned(), error: "too many samples".to_owned() };
        assert_eq!(fault(body), expected);
        assert_eq!(fault(b"<html>"), Fault::default());
    }

    #[test]
    fn histograms_and_unknown_fields_do_not_disturb() {
        let body = br#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{},"histograms":[[1,{"count":"1"}]]}],"stats":{"seriesFetched":"1"}},"trace":null}"#;
        let QueryData(series) = read::<QueryData>(body).unwrap().data;
        assert_eq!(series, [Series::default()]);
    }

    #[test]
    fn a_web_page_is_not_read() {
        assert!(read::<QueryData>(b"<!doctype html><title>Sign in</title>").is_err());
    }
}
