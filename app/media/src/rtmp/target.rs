//! A destination's address, parsed from its URL.

use rtmp::auth::Credentials;
use show::stream_key::trimmed;
use show::{Login, StreamKey};

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
    /// have a space and `user:password` behind it (see [`StreamKey::parse`]). User and password are percent-encoded.
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
        let StreamKey { key, login } = StreamKey::parse(secret);
        let login = user.map(Login::parse).or(login).map(credentials).transpose()?;
        let (host, app) = (host.to_owned(), app.to_owned());
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

fn credentials(Login { user, password }: Login) -> Result<Credentials, TargetError> {
    if user.is_empty() {
        return Err(TargetError);
    }
    Ok(Credentials { user, password })
}
