//! Registers GLib types before there are threads, to avoid a deadlock in GLib.
//!
//! GLib registers a type on its first use, and initialises its class with its first object. Up to 2.78
//! the two can deadlock: one thread initialises a class, holding the lock for all classes, and looks up
//! a type; another registers that type and adds an interface to it, for which it needs the lock. From
//! then on every thread that creates an object of a new class hangs, encoders and recordings included.
//! Two network sources opened at the same time did it one time in a hundred.

use gstreamer as gst;
use gstreamer::glib;

/// Registers the types that sources, encodes and recordings use from several threads at once. Called
/// once, before any of them; takes a few milliseconds.
pub fn register_types() {
    register_network_types();
    for element in ["appsrc", "appsink", "videoconvert", "deinterlace", "videoflip"] {
        let _made = gst::ElementFactory::make(element).build();
    }
}

/// Registers the types with interfaces that GIO's classes look up while they are initialised.
fn register_network_types() {
    fn class<T: glib::object::IsClass>() {
        // A class outside of plugins is never unloaded once initialised.
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
