//! Who gets a backup over HTTP, and what is said where there is none. That one restores is told in `processes`.

use crate::front::Front;
use reqwest::StatusCode;
use serde_json::Value;

#[tokio::test]
async fn a_backup_is_for_those_with_a_token() {
    let front = Front::start(1).await;
    let answer = front.http.post(front.url("/backup")).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let answer = front.http.get(front.url("/backup")).bearer_auth(front.secret.reveal()).send().await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::METHOD_NOT_ALLOWED, "a link must not make one");
}

#[tokio::test]
async fn one_backup_is_made_at_a_time_and_a_failure_says_why() {
    let front = Front::start(1).await;
    let ask = || front.http.post(front.url("/backup")).bearer_auth(front.secret.reveal()).send();
    let (one, other) = tokio::join!(ask(), ask());
    let mut said = Vec::new();
    for answer in [one, other] {
        let answer = answer.expect("an answer");
        let status = answer.status();
        let body: Value = answer.json().await.expect("JSON");
        said.push((status, body["errors"][0]["message"].as_str().expect("words").to_owned()));
    }
    said.sort();
    assert_eq!(said[0], (StatusCode::CONFLICT, "another backup is under way".to_owned()));
    assert_eq!(said[1].0, StatusCode::SERVICE_UNAVAILABLE);
    assert!(said[1].1.contains("there is no room"), "{said:?}");
    assert_eq!(ask().await.expect("an answer").status(), StatusCode::SERVICE_UNAVAILABLE, "the next may be made");
}
