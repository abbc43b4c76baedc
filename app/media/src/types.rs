//! Types of GLib that must be known before there are threads.
//!
//! GLib makes a type known on its first use, and initialises its class on its first object. Up to 2.78
//! the two can wait for each other for ever: one thread initialises a class, holding the lock for all
//! classes, and asks for a type; another makes that type known and adds an interface to it, for which
//! it needs the lock. Then every thread that makes an object of a new class hangs with them, encoders
//! and recordings too. Two network sources that were opened at once did it one time in a hundred.

use gstreamer as gst;
use gstreamer::glib;

/// Makes known what sources, encodes and recordings use from several threads at once. Called once,
/// before any of them; takes a few milliseconds.
pub fn make_known() {
    addresses_and_sockets();
    for element in ["appsrc", "appsink"] {
        let _made = gst::ElementFactory::make(element).build();
    }
}

/// The types with interfaces that classes of GIO ask for while they are initialised.
fn addresses_and_sockets() {
    fn class<T: glib::object::IsClass>() {
        // The class of a type that is not a plugin's stays once it is there.
        let _class = glib::Class::<T>::from_type(T::static_type());
    }
    class::<gio::InetAddress>();
    class::<gio::SocketAddress>();
    class::<gio::InetSocketAddress>();
    class::<gio::NetworkAddress>();
    class::<gio::ProxyAddress>();
    class::<gio::Resolver>();
    class::<gio::Socket>();
    class::<gio::SocketClient>();
    class::<gio::SocketConnection>();
    class::<gio::TcpConnection>();
    class::<gio::TlsCertificate>();
    class::<gio::TlsConnection>();
    class::<gio::Cancellable>();
}
