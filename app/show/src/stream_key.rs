//! A destination's stream key, with the user and the password for a server that asks for them. It is stored as one
//! text under its [`SecretName`](crate::SecretName), never in a show.

use std::fmt;

/// A stream key. `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct StreamKey {
    /// The key itself.
    pub key: String,
    /// For a server that asks for them.
    pub login: Option<Login>,
}

/// A user and a password. `Debug` prints neither.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

/// What is to become of a stored stream key. `Debug` does not print it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KeyChange {
    /// Another key; `None` keeps the one that is stored.
    pub key: Option<String>,
    /// What is to become of user and password.
    pub login: LoginChange,
}

/// What is to become of a stored user and password.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum LoginChange {
    /// They stay.
    #[default]
    Keep,
    /// Others take their place.
    Set(Login),
    /// They are forgotten.
    Forget,
}

impl StreamKey {
    /// Reads the text that is stored: the key, and `user:password` behind white space if there are any. User and
    /// password are percent-encoded. White space around each is left out, since it is no part of a key.
    pub fn parse(secret: &str) -> Self {
        match trimmed(secret).split_once(char::is_whitespace) {
            Some((key, login)) => {
                Self { key: key.to_owned(), login: Some(Login::parse(trimmed(login))) }
            }
            None => Self { key: trimmed(secret).to_owned(), login: None },
        }
    }

    /// The text to be stored, which [`Self::parse`] reads.
    pub fn secret(&self) -> String {
        match &self.login {
            Some(Login { user, password }) => {
                format!("{} {}:{}", self.key, encoded(user), encoded(password))
            }
            None => self.key.clone(),
        }
    }
}

impl Login {
    /// Reads `user:password`, percent-encoded.
    pub fn parse(text: &str) -> Self {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        Self { user: decoded(user), password: decoded(password) }
    }
}

impl KeyChange {
    /// The key after the change; `None` if there is none, neither stored nor in the change.
    pub fn of(self, stored: Option<StreamKey>) -> Option<StreamKey> {
        let (stored, kept) = match stored {
            Some(StreamKey { key, login }) => (Some(key), login),
            None => (None, None),
        };
        let login = match self.login {
            LoginChange::Keep => kept,
            LoginChange::Set(login) => Some(login),
            LoginChange::Forget => None,
        };
        Some(StreamKey { key: self.key.or(stored)?, login })
    }
}

/// Takes `user:password@` out of a URL, if it names a user before its host and the host is complete.
pub fn take_login(url: &str) -> Option<(String, Login)> {
    let (scheme, rest) = trimmed(url).split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let (login, host) = authority.rsplit_once('@')?;
    let login = Login::parse(login);
    let is_whole = !host.is_empty() && !login.user.is_empty();
    is_whole.then(|| (format!("{scheme}://{host}/{path}"), login))
}

/// A text without the white space and the invisible letters around it, which copying brings along.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(is_invisible)
}

fn is_invisible(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Percent-encoding (RFC 3986, 2.1) of what would end a part of a secret.
fn encoded(text: &str) -> String {
    let mut done = String::new();
    for letter in text.chars() {
        if !matches!(letter, '%' | ':') && !is_invisible(letter) {
            done.push(letter);
            continue;
        }
        for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
            done += &format!("%{byte:02X}");
        }
    }
    done
}

/// Percent-encoding, undone. What is none stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        rest = if byte.is_some() { &after[2..] } else { after };
        bytes.push(byte.unwrap_or(*first));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamKey(…)")
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(…)")
    }
}

impl fmt::Debug for KeyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyChange(…)")
    }
}

impl fmt::Debug for LoginChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginChange(…)")
    }
}
