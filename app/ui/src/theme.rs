//! Every colour, size and letter of the desk; nothing else names one.

use egui::{Color32, CornerRadius, FontFamily, FontId, Stroke, Style, Visuals};

/// Behind the panels: cleared, not filled.
pub const GROUND: Color32 = Color32::from_rgb(0x0e, 0x10, 0x14);
/// A panel's body.
pub const PANEL: Color32 = Color32::from_rgb(0x15, 0x18, 0x1e);
/// Cards, wells and lists.
pub const RAISED: Color32 = Color32::from_rgb(0x1b, 0x1f, 0x26);
/// Lines around them.
pub const RAISED_LINE: Color32 = Color32::from_rgb(0x26, 0x2c, 0x36);
/// Buttons.
pub const CONTROL: Color32 = Color32::from_rgb(0x23, 0x28, 0x31);
/// Lines around buttons.
pub const CONTROL_LINE: Color32 = Color32::from_rgb(0x32, 0x39, 0x45);
/// CUT and AUTO.
pub const STRONG: Color32 = Color32::from_rgb(0x2a, 0x30, 0x3b);
/// Lines around them, and what the keyboard's focus is drawn with.
pub const STRONG_LINE: Color32 = Color32::from_rgb(0x47, 0x51, 0x63);
/// Values.
pub const TEXT: Color32 = Color32::from_rgb(0xe7, 0xea, 0xf0);
/// Labels.
pub const QUIET: Color32 = Color32::from_rgb(0x98, 0xa2, 0xb3);
/// Scales.
pub const FAINT: Color32 = Color32::from_rgb(0x77, 0x81, 0x94);
/// On air.
pub const ON_AIR: Color32 = Color32::from_rgb(0xf0, 0x43, 0x3a);
/// On air, filled.
pub const ON_AIR_FILL: Color32 = Color32::from_rgb(0xc8, 0x26, 0x1d);
/// On air, as a ground.
pub const ON_AIR_GROUND: Color32 = Color32::from_rgb(0x3a, 0x16, 0x15);
/// Next.
pub const NEXT: Color32 = Color32::from_rgb(0x34, 0xc3, 0x7b);
/// Next, as a ground.
pub const NEXT_GROUND: Color32 = Color32::from_rgb(0x12, 0x33, 0x24);
/// Look here.
pub const ATTENTION: Color32 = Color32::from_rgb(0xf2, 0xa3, 0x3a);
/// Look here, as a ground.
pub const ATTENTION_GROUND: Color32 = Color32::from_rgb(0x3b, 0x2a, 0x10);
/// A switched-on option.
pub const OPTION: Color32 = Color32::from_rgb(0x16, 0x3a, 0x5f);
/// Lines around it.
pub const OPTION_LINE: Color32 = Color32::from_rgb(0x2f, 0x6f, 0xb3);
/// Lines over a picture.
pub const SAFE_AREA: Color32 = Color32::from_rgb(0x8a, 0x92, 0xa0);
/// Over what is cut off a picture.
pub const CUT_OFF: Color32 = Color32::from_rgba_premultiplied(0x06, 0x07, 0x09, 0xb8);
/// The cap of a fader.
pub const CAP: Color32 = Color32::from_rgb(0xd5, 0xda, 0xe3);
/// The well of a meter.
pub const WELL: Color32 = Color32::from_rgb(0x0a, 0x0c, 0x0f);

/// One step of spacing, in points.
pub const STEP: f32 = 4.0;
/// Corners of controls.
pub const RADIUS: CornerRadius = CornerRadius::same(5);
/// Corners of pictures.
pub const PICTURE_RADIUS: CornerRadius = CornerRadius::same(3);
/// The least height of what is clicked.
pub const TARGET: f32 = 26.0;

/// A line of one pixel.
pub fn line(colour: Color32) -> Stroke {
    Stroke::new(1.0, colour)
}

/// Letters of this size.
pub fn font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// The clock.
pub const CLOCK: f32 = 19.0;
/// CUT and AUTO, and names of buses.
pub const LARGE: f32 = 14.0;
/// Loudness, to be read from afar.
pub const READOUT: f32 = 17.0;
/// Most text.
pub const BODY: f32 = 12.5;
/// Detail.
pub const DETAIL: f32 = 11.5;
/// Scales and the buttons of meters.
pub const SMALL: f32 = 10.0;

/// Makes egui look like the desk.
pub fn apply(context: &egui::Context) {
    let mut visuals = Visuals::dark();
    visuals.panel_fill = GROUND;
    visuals.window_fill = RAISED;
    visuals.window_stroke = line(CONTROL_LINE);
    visuals.window_corner_radius = RADIUS;
    visuals.override_text_color = Some(TEXT);
    visuals.selection.bg_fill = OPTION;
    // What is selected is written in it, and must be read.
    visuals.selection.stroke = line(TEXT);
    visuals.extreme_bg_color = WELL;
    visuals.popup_shadow = egui::Shadow::NONE;
    visuals.window_shadow = egui::Shadow::NONE;
    for (state, fill, stroke) in [
        (&mut visuals.widgets.noninteractive, PANEL, RAISED_LINE),
        (&mut visuals.widgets.inactive, CONTROL, CONTROL_LINE),
        (&mut visuals.widgets.hovered, STRONG, STRONG_LINE),
        (&mut visuals.widgets.active, STRONG_LINE, QUIET),
        (&mut visuals.widgets.open, STRONG, STRONG_LINE),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = line(stroke);
        state.corner_radius = RADIUS;
        state.expansion = 0.0;
    }
    let mut style = Style { visuals, ..Style::default() };
    style.spacing.item_spacing = egui::vec2(STEP, STEP);
    style.spacing.interact_size.y = TARGET;
    style.interaction.selectable_labels = false;
    for id in style.text_styles.values_mut() {
        *id = font(BODY);
    }
    context.set_theme(egui::Theme::Dark);
    context.set_style_of(egui::Theme::Dark, style);
}

/// A colour that is the show's, not the desk's.
pub fn of_show(r: u8, g: u8, b: u8) -> Color32 {
    Color32::from_rgb(r, g, b)
}
