//! Servers that say no, in the ways that are met in the field: what they ask for is given, and what cannot be is told
//! by its own name.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::OutputState;
use media::rtmp::{Cause, Meaning, Refused};
use rtmp::amf0::Value;
use rtmp::auth::{self, Credentials, Demand};
use show::{
    FrameRate, KeyChange, Login, LoginChange, Output, OutputId, OutputKind, SecretName, StreamKey,
};
use studio::storage::secrets::Secrets;
use tests::downstage::Downstage;
use tests::odd_server::{Moment, OddServer, Reaction, information};
use tests::time::PATIENCE;

use crate::end_to_end::pattern_show;
use crate::media_rtmp::{Destination, Stream};
use crate::rtmp_servers::{on_command, told};
use crate::secrets::Nothing;

fn refused(meaning: Meaning, code: &str) -> Cause {
    Cause::Refused(Refused { meaning, code: code.to_owned() })
}

/// A server that wants to know who publishes; the answer is what the library computes, which another test has compared
/// with other means.
fn asking(scheme: &'static str, challenge: &'static str, login: Credentials) -> OddServer {
    OddServer::start(move |connection, moment| {
        let Moment::Command(name, transaction, values) = moment else { return Reaction::Usual };
        if name != "connect" {
            return Reaction::Usual;
        }
        let app = values[0].get("app").and_then(Value::as_str).unwrap();
        let tc_url = values[0].get("tcUrl").and_then(Value::as_str).unwrap();
        let query = app.strip_prefix("live").unwrap();
        assert!(tc_url.ends_with(app), "{tc_url}");
        let description = if query.is_empty() {
            format!("[ AccessManager.Reject ] : [ code=403 need auth; authmod={scheme} ] : ")
        } else if !query.contains("response=") {
            assert!(query.ends_with("&user=caster%26co"), "{query}");
            challenge.to_owned()
        } else {
            let ours = if scheme == "adobe" { "&challenge=" } else { "&cnonce=" };
            let random = query.split_once(ours).unwrap().1.split('&').next().unwrap();
            let random = u32::from_str_radix(random, 16).unwrap();
            let Some(Demand::Answer(asked)) = auth::demand(challenge) else { panic!() };
            if query == auth::answer_query(&asked, "live", &login, random) {
                return Reaction::Usual;
            }
            format!("[ authmod={scheme} ] : ?reason=authfailed")
        };
        let information = Value::object([
            ("level", Value::string("error")),
            ("code", Value::string("NetConnection.Connect.Rejected")),
            ("description", Value::string(description)),
        ]);
        connection.refuse(*transaction, information);
        Reaction::Close
    })
}

/// A key as it is entered at the desk.
fn entered(user: &str, password: &str) -> StreamKey {
    let login = Login { user: user.to_owned(), password: password.to_owned() };
    StreamKey { key: "cam".to_owned(), login: Some(login) }
}

/// Report D2.
#[test]
fn a_user_and_a_password_are_proven_as_encoders_do_it_and_told_if_they_are_wrong() {
    let stream = Stream::start();
    for (scheme, challenge) in [
        (
            "adobe",
            "[ authmod=adobe ] : ?reason=needauth&user=x&salt=U0FMVA==&challenge=Q0hBTA==&opaque=T1BB",
        ),
        ("adobe", "authmod=adobe ?reason=needauth&salt=U0FMVA==&challenge=Q0hBTA=="),
        ("llnw", "[ authmod=llnw ] : ?reason=needauth&user=x&nonce=N0NCE"),
    ] {
        let login = Credentials { user: "caster&co".to_owned(), password: "pass:wörd".to_owned() };
        let server = asking(scheme, challenge, login);
        let address = server.address();
        for (url, key) in [
            (format!("rtmp://caster%26co:pass:w%C3%B6rd@{address}/live"), "cam".to_owned()),
            (server.url(), "cam caster%26co:pass:w%C3%B6rd\n".to_owned()),
            (server.url(), entered("caster&co", "pass:wörd").secret()),
        ] {
            let before = server.connections();
            let mut destination = Destination::start(&stream, &url, &key);
            destination.wait_for(OutputState::Live, 0);
            assert_eq!(destination.said().troubles, [""; 0]);
            assert_eq!(server.connections() - before, 3);
            destination.stop();
        }
        let code = "NetConnection.Connect.Rejected";
        assert_eq!(told(&stream, &server.url(), "cam"), refused(Meaning::Login, code));
        let url = format!("rtmp://caster%26co:secret@{address}/live");
        assert_eq!(told(&stream, &url, "cam"), refused(Meaning::WrongLogin, code));
    }
}

fn redirecting(to: String) -> OddServer {
    on_command("connect", move |connection, transaction| {
        let ex = Value::object([("code", Value::Number(302.0)), ("redirect", Value::string(&to))]);
        let information = Value::object([
            ("level", Value::string("error")),
            ("code", Value::string("NetConnection.Connect.Rejected")),
            ("ex", ex),
        ]);
        connection.refuse(transaction, information);
        Reaction::Close
    })
}

/// Report D4.
#[test]
fn a_redirect_is_followed_so_far_and_no_farther() {
    let stream = Stream::start();
    let last = OddServer::start(|_, _| Reaction::Usual);
    // With the stream's name behind the application, and without.
    let second = redirecting(format!("{}/cam-secret", last.url()));
    let first = redirecting(second.url());
    let mut destination = Destination::start(&stream, &first.url(), "cam-secret?a=1");
    destination.wait_for(OutputState::Live, 0);
    assert_eq!([&first, &second, &last].map(OddServer::connections), [1, 1, 1]);
    assert_eq!(last.values("publish").unwrap()[1], Value::string("cam-secret?a=1"));
    let app = last.values("connect").unwrap()[0].get("app").cloned();
    assert_eq!(app, Some(Value::string("live")));
    destination.stop();
    let code = "NetConnection.Connect.Rejected";
    for nowhere in ["http://host/live", "", "rtmp://host"] {
        let server = redirecting(nowhere.to_owned());
        let cause = told(&stream, &server.url(), "cam");
        assert_eq!(cause, refused(Meaning::Redirect, code), "{nowhere}");
    }
    // Round and round.
    let hops = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hops);
    let around = OddServer::start(move |connection, moment| {
        let Moment::Command(_, transaction, values) = moment else { return Reaction::Usual };
        counted.fetch_add(1, Ordering::Relaxed);
        let here = values[0].get("tcUrl").and_then(Value::as_str).unwrap();
        let ex = Value::object([("code", Value::Number(302.0)), ("redirect", Value::string(here))]);
        connection.refuse(*transaction, Value::object([("code", Value::string(code)), ("ex", ex)]));
        Reaction::Close
    });
    assert_eq!(told(&stream, &around.url(), "cam"), refused(Meaning::Redirect, code));
    assert_eq!(hops.load(Ordering::Relaxed), 4, "the first and three more");
}

/// Reports D5 and D9.
#[test]
fn every_refusal_is_told_by_its_own_name() {
    let stream = Stream::start();
    for (code, meaning) in [
        ("NetStream.Publish.BadName", Meaning::InUse),
        ("NetStream.Publish.Denied", Meaning::Key),
        ("NetStream.Publish.Rejected", Meaning::Key),
        ("NetStream.Publish.Failed", Meaning::Failed),
        ("NetStream.Failed", Meaning::Failed),
        ("NetConnection.Connect.Closed", Meaning::Ended),
        ("NetStream.Quota.Exceeded", Meaning::Other),
    ] {
        let server = on_command("publish", move |connection, _| {
            connection.status("error", code);
            Reaction::Close
        });
        assert_eq!(told(&stream, &server.url(), "cam-secret"), refused(meaning, code));
        // A server that ends a stream says it in mid-stream.
        let server = OddServer::start(move |connection, moment| {
            if *moment == Moment::Media(50) {
                connection.status("error", code);
            }
            Reaction::Usual
        });
        let destination = Destination::start(&stream, &server.url(), "cam-secret");
        destination.wait_for(OutputState::Reconnecting, 0);
        assert_eq!(destination.said().causes[0], refused(meaning, code));
    }
    for (code, meaning) in [
        ("NetConnection.Connect.Rejected", Meaning::App),
        ("NetConnection.Connect.InvalidApp", Meaning::NoApp),
        ("NetConnection.Connect.AppShutdown", Meaning::Shutdown),
        ("NetConnection.Connect.Failed", Meaning::Failed),
        ("NetConnection.Else", Meaning::Other),
    ] {
        let server = on_command("connect", move |connection, transaction| {
            connection.refuse(transaction, information("error", code));
            Reaction::Close
        });
        assert_eq!(told(&stream, &server.url(), "cam-secret"), refused(meaning, code));
    }
    // One that says nothing, and closes.
    let server = on_command("publish", |_, _| Reaction::Close);
    assert_eq!(told(&stream, &server.url(), "cam-secret"), Cause::ClosedOnKey);
    // Refusals without a code, of each step.
    for (command, meaning, name) in [
        ("connect", Meaning::App, "connect"),
        ("createStream", Meaning::Other, "createStream"),
        ("publish", Meaning::Key, "publish"),
    ] {
        let server = on_command(command, |connection, transaction| {
            connection.command("_error", transaction, &[Value::Null]);
            Reaction::Close
        });
        assert_eq!(told(&stream, &server.url(), "cam-secret"), refused(meaning, name));
    }
}

/// Reports D2 and D12, on the command line.
#[test]
fn a_url_of_the_command_line_may_have_a_login_and_white_space_and_neither_is_told() {
    let folder = tempfile::tempdir().unwrap();
    pattern_show(folder.path(), FrameRate::R25);
    let login = Credentials { user: "caster&co".to_owned(), password: "pass-secret".to_owned() };
    let challenge = "[ authmod=llnw ] : ?reason=needauth&user=x&nonce=N0NCE";
    let server = asking("llnw", challenge, login);
    let push = format!(" rtmp://caster%26co:pass-secret@{}/live/cam-secret\n", server.address());
    let arguments = ["run", "show.json", "--for", "3s", "--stats", "stats.json", "--push", &push];
    let mut downstage = Downstage::start(folder.path(), &arguments);
    let ended = downstage.wait(PATIENCE).unwrap();
    let said = format!("{}{}", downstage.stdout(), downstage.stderr());
    let stats = std::fs::read_to_string(folder.path().join("stats.json")).unwrap();
    assert!(server.media() > 50, "{ended:?} {said}");
    assert_eq!(server.values("publish").unwrap()[1], Value::string("cam-secret"));
    assert!(!said.contains("secret") && !stats.contains("secret"), "{said}{stats}");
}

#[test]
fn a_login_that_was_stored_at_the_desk_is_sent_without_a_window_and_is_told_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let login = Credentials { user: "caster&co".to_owned(), password: "pass-secret".to_owned() };
    let challenge = "[ authmod=adobe ] : ?reason=needauth&salt=U0FMVA==&challenge=Q0hBTA==";
    let server = asking("adobe", challenge, login);
    let path = pattern_show(folder.path(), FrameRate::R25);
    let mut show = studio::storage::show_files::load(&path).unwrap();
    let keys = folder.path().join("keys.json");
    let secrets = Secrets::with_vault(keys.clone(), Nothing);
    for (id, password) in [(61, "pass-secret"), (62, "wrong-secret")] {
        let key = SecretName(format!("key-{id}"));
        let (user, password) = ("caster&co".to_owned(), password.to_owned());
        let change = KeyChange {
            key: Some("cam-secret".to_owned()),
            login: LoginChange::Set(Login { user, password }),
        };
        secrets.change(&key, change).unwrap();
        let kind = OutputKind::Rtmp { url: server.url(), key };
        let (profile, bus, sei) = Default::default();
        let (id, name) = (OutputId(id), "Push".to_owned());
        show.outputs.push(Output { id, name, kind, profile, bus, sei });
    }
    std::fs::write(&path, show::file::encode(&show)).unwrap();
    let mut arguments = vec!["run", "show.json", "--for", "3s", "--stats", "stats.json"];
    arguments.extend(["--secrets", "keys.json", "--session-log", "log"]);
    arguments.extend(["--at", "0s", "start output-61", "--at", "0s", "start output-62"]);
    let mut downstage = Downstage::start(folder.path(), &arguments);
    let ended = downstage.wait(PATIENCE).unwrap();
    let told = format!("{}{}", downstage.stdout(), downstage.stderr());
    assert!(server.media() > 50, "{ended:?} {told}");
    assert!(told.contains("refused the user or the password"), "{told}");
    let files = ["show.json", "stats.json", "log"];
    let kept = files.map(|file| std::fs::read_to_string(folder.path().join(file)).unwrap());
    assert!(!told.contains("secret") && !kept.concat().contains("secret"), "{told}");
}
