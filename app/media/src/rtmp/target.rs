//! A destination's address, parsed from its URL.

use rtmp::auth::Credentials;

/// A destination's address and stream key.
#[derive(Clone)]
pub struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
    pub(super) app: String,
    pub(super) tc_url: String,
    pub(super) key: String,
    pub(super) login: Option<Credentials>,
}

/// A URL is not an RTMP destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not an RTMP URL. Write rtmp://host/app or rtmps://host/app, and enter the key separately."
)]
pub struct TargetError;

impl Target {
    /// Parses `rtmp://host[:port]/app`, which may have `user:password@` before the host, and a stream key, which may
    /// have a space and `user:password` behind it (see [`split_secret`]). User and password are percent-encoded.
    /// White space around either is left out.
    ///
    /// # Errors
    /// [`TargetError`], which does not quote the URL: it may contain a key.
    pub fn parse(url: &str, secret: &str) -> Result<Self, TargetError> {
        let (scheme, rest) = trimmed(url).split_once("://").ok_or(TargetError)?;
        let scheme = scheme.to_ascii_lowercase();
        let tls = match scheme.as_str() {
            "rtmp" => false,
            "rtmps" => true,
            _ => return Err(TargetError),
        };
        let (authority, app) = rest.split_once('/').ok_or(TargetError)?;
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, authority),
        };
        let default = if tls { 443 } else { 1_935 };
        // The colons of an IPv6 address are in brackets.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, port.parse().map_err(|_| TargetError)?)
            }
            _ => (authority, default),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let app = app.trim_end_matches('/');
        if host.is_empty() || app.is_empty() {
            return Err(TargetError);
        }
        let tc_url = format!("{scheme}://{authority}/{app}");
        let (key, of_key) = split_secret(secret);
        let login = user.or(of_key).map(login).transpose()?;
        let (host, app, key) = (host.to_owned(), app.to_owned(), key.to_owned());
        Ok(Self { host, port, tls, app, tc_url, key, login })
    }

    /// Where a server sends us on to, with the same key and login. A URL that ends with the key names the stream
    /// instead of the application.
    ///
    /// # Errors
    /// It is no RTMP URL, or would send without TLS what was to go by TLS.
    pub(super) fn redirected(&self, url: &str) -> Result<Self, TargetError> {
        let url = trimmed(url).trim_end_matches('/');
        let name = self.key.split('?').next().unwrap_or_default();
        let app = [&self.key, name].into_iter().find_map(|key| {
            url.strip_suffix(key)?.strip_suffix('/').filter(|rest| rest.matches('/').count() > 2)
        });
        let to = Self::parse(app.unwrap_or(url), &self.key)?;
        if self.tls && !to.tls {
            return Err(TargetError);
        }
        Ok(Self { login: to.login.or_else(|| self.login.clone()), ..to })
    }
}

/// A text without the white space and the invisible letters around it, which copying brings along.
pub fn trimmed(text: &str) -> &str {
    let is_invisible = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    text.trim_matches(is_invisible)
}

/// A stream key, and `user:password` if that is behind it: white space is no part of a key.
pub fn split_secret(secret: &str) -> (&str, Option<&str>) {
    match trimmed(secret).split_once(char::is_whitespace) {
        Some((key, login)) => (key, Some(trimmed(login))),
        None => (trimmed(secret), None),
    }
}

fn login(text: &str) -> Result<Credentials, TargetError> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    if user.is_empty() {
        return Err(TargetError);
    }
    Ok(Credentials { user: decoded(user), password: decoded(password) })
}

/// Percent-encoding, undone (RFC 3986, 2.1). What is none stays as it is.
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
