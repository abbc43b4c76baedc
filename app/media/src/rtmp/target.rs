//! A destination's address, parsed from its URL.

/// A destination's address and stream key.
#[derive(Clone)]
pub struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
    pub(super) app: String,
    pub(super) tc_url: String,
    pub(super) key: String,
}

/// A URL is not an RTMP destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not an RTMP URL. Write rtmp://host/app or rtmps://host/app, and enter the key separately."
)]
pub struct TargetError;

impl Target {
    /// Parses `rtmp://host[:port]/app`.
    ///
    /// # Errors
    /// [`TargetError`], which does not quote the URL: it may contain a key.
    pub fn parse(url: &str, key: &str) -> Result<Self, TargetError> {
        let (scheme, rest) = url.split_once("://").ok_or(TargetError)?;
        let tls = match scheme {
            "rtmp" => false,
            "rtmps" => true,
            _ => return Err(TargetError),
        };
        let (authority, app) = rest.split_once('/').ok_or(TargetError)?;
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
        if host.is_empty() || app.is_empty() || host.contains('@') {
            return Err(TargetError);
        }
        let tc_url = format!("{scheme}://{authority}/{app}");
        let (host, app, key) = (host.to_owned(), app.to_owned(), key.to_owned());
        Ok(Self { host, port, tls, app, tc_url, key })
    }
}
