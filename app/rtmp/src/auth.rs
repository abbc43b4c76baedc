//! How a publisher proves who it is to servers that ask for a user and a password: Adobe's way (`authmod=adobe`:
//! Wowza, Flash Media Server, Akamai) and Limelight's (`authmod=llnw`). Neither is in the specification; encoders
//! answer the server's refusal by a query behind the name of the application, on a new connection each time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    /// Without the password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A way of proving it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Adobe's.
    Adobe,
    /// Limelight's.
    Limelight,
}

impl Scheme {
    /// Its name in a query.
    fn name(self) -> &'static str {
        match self {
            Self::Adobe => "adobe",
            Self::Limelight => "llnw",
        }
    }
}

/// What a server's refusal to connect asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// The name of the user.
    User(Scheme),
    /// An answer to this challenge.
    Answer(Challenge),
    /// Nothing: user or password are wrong.
    Wrong,
}

/// What an answer is computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The way.
    pub scheme: Scheme,
    /// Adobe's salt.
    pub salt: String,
    /// Adobe's challenge.
    pub challenge: String,
    /// What Adobe's servers recognise their challenge by, if they want to have it back.
    pub opaque: Option<String>,
    /// Limelight's challenge.
    pub nonce: String,
}

/// What the description of a refusal asks for; `None` if it is about something else.
pub fn demand(description: &str) -> Option<Demand> {
    if ["authfailed", "nosuchuser"]
        .iter()
        .any(|reason| description.contains(&format!("?reason={reason}")))
    {
        return Some(Demand::Wrong);
    }
    let schemes = [Scheme::Adobe, Scheme::Limelight];
    let is_named = |scheme: &Scheme| description.contains(&format!("authmod={}", scheme.name()));
    let scheme = schemes.into_iter().find(is_named)?;
    if let Some((_, query)) = description.split_once("?reason=needauth") {
        // The query ends where the sentence around it goes on.
        let query = query.split_whitespace().next().unwrap_or_default();
        let of = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(other, _)| *other == name).map(|(_, value)| value.to_owned()).next()
        };
        return Some(Demand::Answer(Challenge {
            scheme,
            salt: of("salt").unwrap_or_default(),
            challenge: of("challenge").unwrap_or_default(),
            opaque: of("opaque").filter(|opaque| !opaque.is_empty()),
            nonce: of("nonce").unwrap_or_default(),
        }));
    }
    description.contains("code=403 need auth").then_some(Demand::User(scheme))
}

/// The query that names the user: what the first demand is answered by.
pub fn user_query(scheme: Scheme, credentials: &Credentials) -> String {
    format!("?authmod={}&user={}", scheme.name(), escaped(&credentials.user))
}

/// The query that answers a challenge for an application. `random` is any number, another one each time.
pub fn answer_query(
    challenge: &Challenge,
    app: &str,
    credentials: &Credentials,
    random: u32,
) -> String {
    let ours = format!("{random:08x}");
    let user = user_query(challenge.scheme, credentials);
    match challenge.scheme {
        Scheme::Adobe => {
            let response = adobe(challenge, credentials, &ours);
            let opaque = challenge.opaque.as_ref().map(|opaque| format!("&opaque={opaque}"));
            format!("{user}&challenge={ours}&response={response}{}", opaque.unwrap_or_default())
        }
        Scheme::Limelight => {
            let response = limelight(&challenge.nonce, app, credentials, &ours);
            let nonce = &challenge.nonce;
            format!("{user}&nonce={nonce}&cnonce={ours}&nc={COUNT}&response={response}")
        }
    }
}

fn adobe(
    challenge: &Challenge,
    Credentials { user, password }: &Credentials,
    ours: &str,
) -> String {
    let base64 = |parts: &[&str]| STANDARD.encode(md5(parts));
    let salted = base64(&[user, &challenge.salt, password]);
    base64(&[&salted, challenge.opaque.as_ref().unwrap_or(&challenge.challenge), ours])
}

/// How often the nonce was used, in Limelight's form of HTTP's digest (RFC 7616).
const COUNT: &str = "00000001";

fn limelight(
    nonce: &str,
    app: &str,
    Credentials { user, password }: &Credentials,
    ours: &str,
) -> String {
    let hex = |parts: &[&str]| -> String {
        md5(parts).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let app = app.split('?').next().unwrap_or_default();
    let instance = if app.contains('/') { "" } else { "/_definst_" };
    let who = hex(&[user, ":live:", password]);
    let what = hex(&["publish:/", app, instance]);
    hex(&[&who, ":", nonce, ":", COUNT, ":", ours, ":auth:", &what])
}

fn md5(parts: &[&str]) -> [u8; 16] {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// A user's name in a query: what would end it or begin the next part is written as its bytes.
fn escaped(user: &str) -> String {
    let mut text = String::new();
    for letter in user.chars() {
        match letter {
            '%' | '&' | '=' | '?' | '#' | '+' | '\0'..=' ' | '\x7f' => {
                text += &format!("%{:02X}", u32::from(letter));
            }
            letter => text.push(letter),
        }
    }
    text
}
