//! What the doctor says after a visit to a server.

use super::{
    QUICK, access, estate,
    server::{Reply, Server},
    wait,
};
use crate::provider::{
    contract::{Check, CheckState},
    kubernetes::{api::Api, doctor},
};

fn examined(server: &Server) -> Vec<Check> {
    let (_dir, access) = access(server, "");
    wait(async {
        let api = Api::connect(&access, QUICK).await.unwrap();
        doctor::api_server(&api).await
    })
}

#[test]
fn a_visit_asks_for_one_object_of_each_kind_and_then_for_the_nodes() {
    let lists = estate::lists();
    let server = Server::new(move |asked| lists.reply(asked));
    let checks = examined(&server);
    let found: Vec<&str> = checks.iter().map(|check| check.found.as_str()).collect();
    assert_eq!(found[0], format!("v1.33.4 at {}/", server.address()));
    assert_eq!(found[1], "11 kinds of objects can be listed, 19 are not installed");
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.method == "GET"));
    let larger: Vec<_> = asked
        .iter()
        .filter(|asked| asked.query.get("limit").is_some_and(|limit| limit != "1"))
        .collect();
    assert_eq!(larger.len(), 1, "{larger:?}");
    assert_eq!(larger[0].path, "/api/v1/nodes");
}

#[test]
fn what_is_refused_is_said_with_what_it_hides_and_how_to_get_it() {
    let lists = estate::lists();
    let server = Server::new(move |asked| match asked.path.as_str() {
        "/api/v1/nodes" => Reply::failure(403, "Forbidden", "nodes is forbidden"),
        _ => lists.reply(asked),
    });
    let checks = examined(&server);
    let refused = checks.iter().find(|check| check.what.contains("nodes")).unwrap();
    assert_eq!(refused.state, CheckState::Less);
    assert_eq!(refused.found, "list nodes was refused: status 403: nodes is forbidden");
    assert!(refused.hides.starts_with("labels and ids that no metric carries"));
    assert!(refused.remedy.contains("ai-cost permissions kubernetes --format policy"));
    // What the refusal hides is not said a second time as something that is lacking.
    assert!(!checks.iter().any(|check| check.what.starts_with("accelerators of")));
}
