//! What a server's refusal asks for: another server, a user, or an answer to a challenge.

use rtmp::ClientEvent;
use rtmp::amf0::Value;
use rtmp::auth::{self, Challenge, Credentials, Demand, Scheme};

use crate::rtmp_sessions::{answered, command};

#[test]
fn a_redirect_and_a_demand_come_as_they_are() {
    for code in [Value::Number(302.0), Value::string("302")] {
        let ex = Value::object([("code", code), ("redirect", Value::string("rtmp://b/live"))]);
        let information = Value::object([
            ("level", Value::string("error")),
            ("code", Value::string("NetConnection.Connect.Rejected")),
            ("ex", ex),
        ]);
        let no = command(&[Value::string("_error"), Value::Number(1.0), Value::Null, information]);
        let (_, events) = answered(&[no]);
        let Some(ClientEvent::Refused(refusal)) = events.last() else { panic!("{events:?}") };
        assert_eq!(refusal.redirect.as_deref(), Some("rtmp://b/live"));
    }
    let named = |scheme: &str| {
        format!("[ AccessManager.Reject ] : [ code=403 need auth; authmod={scheme} ] : ")
    };
    assert_eq!(auth::demand(&named("adobe")), Some(Demand::User(Scheme::Adobe)));
    assert_eq!(auth::demand(&named("llnw")), Some(Demand::User(Scheme::Limelight)));
    assert_eq!(auth::demand(&named("else")), None);
    assert_eq!(auth::demand("no such app"), None);
    for wrong in ["authmod=adobe :?reason=authfailed", "x ?reason=nosuchuser&user=a"] {
        assert_eq!(auth::demand(wrong), Some(Demand::Wrong), "{wrong}");
    }
}

/// Computed by other means: MD5 and base 64 of Python's library.
#[test]
fn answers_to_challenges_are_what_servers_compute() {
    let login = Credentials { user: "caster".to_owned(), password: "s3cret".to_owned() };
    let answer = |description: &str, app, random| match auth::demand(description) {
        Some(Demand::Answer(challenge)) => auth::answer_query(&challenge, app, &login, random),
        other => panic!("{other:?}"),
    };
    let wowza = "[ AccessManager.Reject ] : [ authmod=adobe ] : \
                 ?reason=needauth&user=caster&salt=6MnrBnKW&challenge=7C5OrwQg&opaque=vbi2V : end";
    assert_eq!(
        answer(wowza, "live", 0xa1b2_c3d4),
        "?authmod=adobe&user=caster&challenge=a1b2c3d4&response=KOHQUAwDc30z+BH9Fau7QQ==&opaque=vbi2V"
    );
    let plain = "authmod=adobe ?reason=needauth&user=caster&salt=U0FMVA==&challenge=Q0hBTA==";
    assert_eq!(
        answer(plain, "live", 0xff),
        "?authmod=adobe&user=caster&challenge=000000ff&response=pD/vU+UpvD/8zA+t9t0BFQ=="
    );
    let limelight = "[ authmod=llnw ] : ?reason=needauth&user=caster&nonce=N0NCE";
    for (app, response) in [
        ("live", "83e127a4545149d950ae4336de320a9e"),
        ("live?x=1", "83e127a4545149d950ae4336de320a9e"),
        ("live/inst", "cc953a8ad20267f8222fab446e8848f8"),
    ] {
        let query = format!(
            "?authmod=llnw&user=caster&nonce=N0NCE&cnonce=a1b2c3d4&nc=00000001&response={response}"
        );
        assert_eq!(answer(limelight, app, 0xa1b2_c3d4), query);
    }
    let odd = Credentials { user: "a&b=c d%".to_owned(), password: String::new() };
    assert_eq!(auth::user_query(Scheme::Adobe, &odd), "?authmod=adobe&user=a%26b%3Dc%20d%25");
    let shown = format!("{login:?}");
    assert!(shown.contains("caster") && !shown.contains("s3cret"));
    let nothing = Challenge {
        scheme: Scheme::Adobe,
        salt: String::new(),
        challenge: String::new(),
        opaque: None,
        nonce: String::new(),
    };
    assert!(auth::answer_query(&nothing, "", &odd, 0).starts_with("?authmod=adobe"));
}
