//! Where a stream goes, read from its URL.

/// Where a stream goes.
#[derive(Clone)]
pub struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
    pub(super) app: String,
    pub(super) tc_url: String,
    pub(super) key: String,
}

/// A URL that is no RTMP destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no RTMP URL. Write rtmp://host/app or rtmps://host/app, and the key apart.")]
pub struct TargetError;

impl Target {
    /// Reads `rtmp://host[:port]/app` and its stream key.
    ///
    /// # Errors
    /// [`TargetError`], which does not quote what may be a key.
    pub fn parse(url: &str, key: &str) -> Result<Self, TargetError> {
        let (scheme, rest) = url.split_once("://").ok_or(TargetError)?;
        let tls = match scheme {
            "rtmp" => false,
            "rtmps" => true,
            _ => return Err(TargetError),
        };
        let (authority, app) = rest.split_once('/').ok_or(TargetError)?;
        let default = if tls { 443 } else { 1_935 };
        // The colons of an IPv6 address stand in brackets.
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
