//! A collection that is killed is gone on with where it was.

use std::{process::Stdio, thread, time::Duration};

use super::before_small;
use crate::{
    kubernetes::{
        faulty::{Faulty, Reply},
        made, report,
        wire::Request,
    },
    support::Folder,
};

/// Whether a request is about hours of accelerators by pod.
fn is_of_workloads(request: &Request) -> bool {
    let query = request.parameter("query").unwrap_or_default();
    request.path().ends_with("query_range") && query.contains("pod=~")
}

/// Whether a request is about hours of accelerators by node.
fn is_of_nodes(request: &Request) -> bool {
    request.path().ends_with("query_range") && !is_of_workloads(request)
}

#[test]
fn a_killed_collection_goes_on_where_it_was_and_ends_the_same() {
    let whole = before_small(|_, _| Reply::Forward);
    let Some((_, whole)) = whole else { return };
    let folder = Folder::new();
    folder.write("ai-cost.toml", made::SETTINGS);
    let collect = |url: &str, out: &str| {
        format!("collect {} {} --out {out}", report::asking(url), made::WINDOW)
    };
    folder.run(&collect(&whole.url(), "whole")).done();
    let of_nodes =
        |server: &Faulty| server.requests().iter().filter(|asked| is_of_nodes(asked)).count();
    assert!(of_nodes(&whole) > 0);

    // This server falls silent when the hours of workloads are asked for, and the program is killed.
    let (_, halting) =
        before_small(
            move |_, request| {
                if is_of_workloads(request) { Reply::Never } else { Reply::Forward }
            },
        )
        .unwrap();
    let words = collect(&halting.url(), "halted");
    let mut running = std::process::Command::new(crate::support::program())
        .args(words.split_whitespace())
        .current_dir(folder.path(""))
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let waits = (0..600).find(|_| {
        thread::sleep(Duration::from_millis(50));
        halting.requests().iter().any(is_of_workloads)
    });
    assert!(waits.is_some(), "it never came that far");
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(folder.path("halted").is_dir());

    let (_, rest) = before_small(|_, _| Reply::Forward).unwrap();
    folder.run(&collect(&rest.url(), "halted")).done();
    assert_eq!(of_nodes(&rest), 0, "what was complete was asked for again");
    let audit = |dir: &str| folder.run(&format!("audit --snapshot {dir} --format json")).json();
    let (halted, undisturbed) = (audit("halted"), audit("whole"));
    assert_eq!(super::substance(&halted), super::substance(&undisturbed));
}
