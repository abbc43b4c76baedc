//! Which decoders are installed.

use gstreamer as gst;

/// Whether a decoder of pictures is installed that uses a graphics card, and is chosen by itself.
pub fn has_hardware() -> bool {
    use gst::ElementFactoryType as Type;
    let kinds = Type::DECODER | Type::MEDIA_VIDEO;
    let all = gst::ElementFactory::factories_with_type(kinds, gst::Rank::MARGINAL);
    let is_hardware = |factory: gst::ElementFactory| {
        factory.metadata("klass").is_some_and(|klass| klass.contains("Hardware"))
    };
    all.into_iter().any(is_hardware)
}
