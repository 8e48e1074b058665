//! JSON reports, one module per version: a change of meaning is a new version.

#[cfg(test)]
mod conform;
mod provenance;
pub mod v1;
mod v1_from;

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{conform::violations, v1};
    use crate::report::sample::sample_report;

    const COMMITTED: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/report-v1.schema.json");

    fn json(text: &str) -> Value {
        serde_json::from_str(text).expect("JSON")
    }

    fn document() -> Value {
        let mut out = Vec::new();
        v1::render(&sample_report(), &mut out).expect("memory does not fail");
        serde_json::from_slice(&out).expect("JSON")
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test that rewrites the page on request")]
    fn the_committed_schema_is_the_one_of_the_code() {
        if std::env::var("BLESS").is_ok() {
            std::fs::write(COMMITTED, v1::schema()).expect("the page can be written");
        }
        let committed = std::fs::read_to_string(COMMITTED).expect("the committed schema");
        assert!(committed == v1::schema(), "run the tests with BLESS=1 to rewrite {COMMITTED}");
    }

    #[test]
    fn a_report_conforms_to_the_schema() {
        assert_eq!(violations(&json(&v1::schema()), &document()), [""; 0]);
    }

    #[test]
    fn the_schema_refuses_other_fields_missing_fields_and_money_as_numbers() {
        let schema = json(&v1::schema());
        let broken = |change: fn(&mut Value)| {
            let mut document = document();
            change(&mut document);
            violations(&schema, &document)
        };
        let object = |value: &mut Value| value.as_object_mut().map(std::mem::take);
        assert_eq!(broken(|_| ()).len(), 0);
        assert_eq!(broken(|document| document["totals"]["extra"] = 1.into()).len(), 1);
        assert_eq!(broken(|document| document["schema"] = "ai-cost/report/v2".into()).len(), 1);
        assert_eq!(
            broken(|document| document["findings"][0]["freed_usd_per_month"] = 1.5.into()).len(),
            2
        );
        assert_eq!(
            broken(|document| document["findings"][0]["freed_usd_per_month"] = "1.5".into()).len(),
            1
        );
        let mut document = document();
        object(&mut document["findings"][0]["subject"]);
        assert_eq!(violations(&schema, &document).len(), 1);
    }
}
