use super::*;

const HEADER: &str = "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ProviderName,SubAccountId,ServiceName";

fn row(billed: &str, currency: &str, start: &str) -> String {
    format!("{billed},1,{currency},Usage,{start},2026-10-02T00:00:00Z,AWS,123,S3")
}

fn fault(rows: &[String]) -> String {
    message(import_text("bill.csv", format!("{HEADER}\n{}\n", rows.join("\n"))))
}

const GOOD: &str = "2026-10-01T00:00:00Z";

#[test]
fn cells_that_cannot_be_read_are_named() {
    let good = row("1", "USD", GOOD);
    assert_eq!(
        fault(&[good.clone(), row("1 USD", "USD", GOOD)]),
        "bill.csv, line 3, column `BilledCost`: `1 USD` is not a number"
    );
    assert_eq!(
        fault(&[row("NaN", "USD", GOOD)]),
        "bill.csv, line 2, column `BilledCost`: `NaN` is not a finite number below 1e15"
    );
    assert_eq!(
        fault(&[row("", "USD", GOOD)]),
        "bill.csv, line 2 has no value in column `BilledCost`"
    );
    assert_eq!(
        fault(&[row("1", "USD", "31/12/2026")]),
        "bill.csv, line 2, column `ChargePeriodStart`: `31/12/2026` is not a date or time"
    );
    assert_eq!(
        fault(&[row("1", "USD", "2026-10-03T00:00:00Z")]),
        "bill.csv, line 2: the charge period ends before it starts"
    );
}

#[test]
fn a_currency_without_a_rate_is_refused_with_the_setting_to_make() {
    let error = import_text(
        "bill.csv",
        format!("{HEADER}\n{}\n{}\n", row("1", "USD", GOOD), row("1", "EUR", GOOD)),
    )
    .unwrap_err();
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert_eq!(help, "set `currency.usd_per.EUR` to the US dollars one EUR is worth");
    assert_eq!(
        message(Err(error)),
        "bill.csv, line 3: the charge is in EUR, and no exchange rate to US dollars is set"
    );
}

#[test]
fn a_rate_must_be_above_zero() {
    assert_eq!(
        message(import(&[], &with_rates(&[("EUR", 0.0)]))),
        "the exchange rate `currency.usd_per.EUR` is 0, which is not above 0"
    );
}

#[test]
fn unknown_and_missing_columns_are_named_with_those_found() {
    assert_eq!(
        message(import_text("bill.csv", "a,b\n1,2\n")),
        "bill.csv is in no billing format that is known: its columns are a, b"
    );
    assert_eq!(
        message(import_text("bill.csv", "BilledCost,ChargeCategory\n1,Usage\n")),
        "bill.csv lacks the column `EffectiveCost` of FOCUS 1.0: its columns are BilledCost, ChargeCategory"
    );
}

#[test]
fn the_same_file_twice_is_refused() {
    let bills = Bills::new();
    let rows = [row("1", "USD", GOOD), row("2", "USD", GOOD)];
    let first = bills.file("a.csv", format!("{HEADER}\n{}\n{}\n", rows[0], rows[1]));
    let again = bills.file("b.csv", format!("{HEADER}\r\n{}\r\n{}\r\n", rows[1], rows[0]));
    assert_eq!(
        message(import(&[first, again], &ImportOptions::default())),
        "a.csv and b.csv hold the same charges"
    );
}

#[test]
fn files_without_rows_are_refused() {
    assert_eq!(message(import_text("bill.csv", "")), "bill.csv is empty");
    assert_eq!(message(import_text("bill.csv", format!("{HEADER}\n"))), "bill.csv holds no rows");
}
