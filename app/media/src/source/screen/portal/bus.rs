//! Calls to the desktop's portal, each with a limit, on a connection of their own.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use async_io::Timer;
use futures_core::Stream;
use zbus::message::Type;
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, MatchRule, Message, MessageStream};

use super::error::PortalError;

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PLACE: &str = "/org/freedesktop/portal/desktop";
const SCREENS: &str = "org.freedesktop.portal.ScreenCast";
const REQUEST: &str = "org.freedesktop.portal.Request";
const SESSION: &str = "org.freedesktop.portal.Session";

/// How long it takes at the most to reach the bus.
const CONNECTING: Duration = Duration::from_secs(2);
/// How long the portal may take to answer at first, which may have to be started; and then.
const STARTING: Duration = Duration::from_secs(10);
const ANSWERING: Duration = Duration::from_secs(5);
/// How long closing takes at the most: a portal that hangs sees the connection end.
const CLOSING: Duration = Duration::from_millis(300);
/// How often it is looked whether nobody waits any more.
const LOOKED: Duration = Duration::from_millis(50);

/// Options of a call, or what it yields.
pub type Options<'a> = HashMap<&'a str, Value<'a>>;
/// What a request yields.
pub type Results = HashMap<String, OwnedValue>;

/// A connection to the portal. All that was asked for by it ends with it.
pub struct Bus {
    connection: Connection,
    /// The ends of requests.
    responses: MessageStream,
    /// The ends of sessions.
    closed: MessageStream,
    /// Other owners of the portal's name.
    owners: MessageStream,
}

impl Bus {
    /// Connects to the bus of this address, or to the session bus.
    ///
    /// # Errors
    /// There is none, or it does not answer.
    pub fn connect(address: Option<&str>) -> Result<Self, PortalError> {
        let no_bus = |error: zbus::Error| PortalError::NoBus(error.to_string());
        let connecting = async {
            let builder = match address {
                Some(address) => zbus::connection::Builder::address(address),
                None => zbus::connection::Builder::session(),
            };
            let connection = builder.map_err(no_bus)?.build().await.map_err(no_bus)?;
            let of = |interface, member| {
                MatchRule::builder().msg_type(Type::Signal).interface(interface)?.member(member)
            };
            let listen = |rule| MessageStream::for_match_rule(rule, &connection, None);
            let responses = listen(of(REQUEST, "Response")?.build()).await?;
            let closed = listen(of(SESSION, "Closed")?.build()).await?;
            let owners = of("org.freedesktop.DBus", "NameOwnerChanged")?.arg(0, PORTAL)?;
            let owners = listen(owners.build()).await?;
            Ok(Self { connection, responses, closed, owners })
        };
        within(CONNECTING, connecting)
    }

    /// Calls a method of the portal's screens.
    ///
    /// # Errors
    /// [`PortalError`].
    pub fn call<B>(&self, method: &str, body: &B) -> Result<Message, PortalError>
    where
        B: serde::Serialize + DynamicType,
    {
        within(ANSWERING, self.ask((PLACE, SCREENS), method, body))
    }

    /// A number that the portal's screens have as a property; the first one may start the portal.
    ///
    /// # Errors
    /// [`PortalError::NoScreens`] if it has none.
    pub fn number(&self, property: &str) -> Result<u32, PortalError> {
        let properties = (PLACE, "org.freedesktop.DBus.Properties");
        let what = (SCREENS, property);
        let answer =
            within(STARTING, self.ask(properties, "Get", &what)).map_err(|error| match error {
                PortalError::Failed(error) => PortalError::NoScreens(error),
                error => error,
            })?;
        let value: OwnedValue = answer.body().deserialize().map_err(no_sense)?;
        u32::try_from(value).map_err(no_sense)
    }

    async fn ask<B>(
        &self,
        (path, interface): (&str, &str),
        method: &str,
        body: &B,
    ) -> Result<Message, PortalError>
    where
        B: serde::Serialize + DynamicType,
    {
        Ok(self.connection.call_method(Some(PORTAL), path, Some(interface), method, body).await?)
    }

    /// Makes a request, which the operator may have to answer, and waits for its end: for so long at the most, and no
    /// longer than somebody wants it.
    ///
    /// # Errors
    /// [`PortalError`]; [`PortalError::Asks`] if it has not ended in time.
    pub fn request<B>(
        &mut self,
        method: &str,
        body: impl FnOnce(&str) -> B,
        (limit, is_wanted): (Duration, &dyn Fn() -> bool),
    ) -> Result<Results, PortalError>
    where
        B: serde::Serialize + DynamicType,
    {
        let handle: OwnedObjectPath =
            self.call(method, &body(&token()))?.body().deserialize().map_err(no_sense)?;
        let response = Self::response(&mut self.responses, &mut self.owners, &handle);
        match unless(limit, is_wanted, response) {
            Some(response) => response,
            None => {
                // Its dialog goes away with it.
                let closed = self.ask((&handle, REQUEST), "Close", &());
                let _it_may_have_ended = within(CLOSING, closed);
                Err(PortalError::Asks)
            }
        }
    }

    async fn response(
        responses: &mut MessageStream,
        owners: &mut MessageStream,
        handle: &OwnedObjectPath,
    ) -> Result<Results, PortalError> {
        loop {
            let (message, is_response) = poll_fn(|cx| {
                if let Poll::Ready(next) = Pin::new(&mut *responses).poll_next(cx) {
                    return Poll::Ready((next, true));
                }
                Pin::new(&mut *owners).poll_next(cx).map(|next| (next, false))
            })
            .await;
            let Some(Ok(message)) = message else {
                return Err(PortalError::NoBus("it has gone".to_owned()));
            };
            let body = message.body();
            if !is_response {
                let (_, before, _): (&str, &str, &str) = body.deserialize().map_err(no_sense)?;
                match before {
                    // It was started by our own call.
                    "" => continue,
                    _ => return Err(PortalError::Silent),
                }
            }
            if message.header().path().is_none_or(|path| path.as_str() != handle.as_str()) {
                continue;
            }
            let (code, results): (u32, Results) = body.deserialize().map_err(no_sense)?;
            return match code {
                0 => Ok(results),
                1 => Err(PortalError::Cancelled),
                _ => Err(PortalError::Ended),
            };
        }
    }

    /// Whether the portal has told that a session has ended; does not wait.
    pub fn is_closed(&mut self, session: &OwnedObjectPath) -> bool {
        let mut next = || {
            zbus::block_on(poll_fn(|cx| {
                Poll::Ready(match Pin::new(&mut self.closed).poll_next(cx) {
                    Poll::Ready(Some(Ok(message))) => Some(message),
                    // Without the bus nobody tells; whether pictures come is seen elsewhere.
                    Poll::Ready(_) | Poll::Pending => None,
                })
            }))
        };
        while let Some(message) = next() {
            if message.header().path().is_some_and(|path| path.as_str() == session.as_str()) {
                return true;
            }
        }
        false
    }

    /// Ends a session.
    pub fn close(&self, session: &OwnedObjectPath) {
        let _it_ends_with_the_connection =
            within(CLOSING, self.ask((session, SESSION), "Close", &()));
    }
}

/// A name for a request or a session, which no other of ours has.
pub fn token() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("downstage{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// An answer that means nothing.
pub fn no_sense(error: impl std::fmt::Display) -> PortalError {
    PortalError::Failed(format!("its answer is not understood: {error}"))
}

/// Waits for something, so long at the most.
fn within<T>(
    limit: Duration,
    future: impl Future<Output = Result<T, PortalError>>,
) -> Result<T, PortalError> {
    unless(limit, &|| true, future).unwrap_or(Err(PortalError::Silent))
}

/// Waits for something, so long at the most, and no longer than somebody wants it.
fn unless<T>(
    limit: Duration,
    is_wanted: &dyn Fn() -> bool,
    future: impl Future<Output = T>,
) -> Option<T> {
    let (mut future, mut end) = (pin!(future), Timer::after(limit));
    let mut looks = Timer::interval(LOOKED);
    zbus::block_on(poll_fn(|cx| {
        if let Poll::Ready(done) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(done));
        }
        let mut is_wanted_still = true;
        while Pin::new(&mut looks).poll_next(cx).is_ready() {
            is_wanted_still = is_wanted();
        }
        match is_wanted_still {
            true => Pin::new(&mut end).poll(cx).map(|_| None),
            false => Poll::Ready(None),
        }
    }))
}
