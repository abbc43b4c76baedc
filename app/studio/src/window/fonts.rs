//! The fonts of the desk.

use std::sync::Arc;

/// The installed fonts: a sans serif first, then one that has Chinese, then egui's own.
pub fn font_definitions() -> eframe::egui::FontDefinitions {
    let mut fonts = eframe::egui::FontDefinitions::default();
    let mut first = Vec::new();
    let families: [&[&str]; 2] =
        [&["Inter", "Noto Sans", "DejaVu Sans"], &["Noto Sans CJK SC", "Noto Sans SC"]];
    for (index, found) in compositor::installed_fonts(&families).into_iter().enumerate() {
        let Some((file, face)) = found else { continue };
        let name = format!("installed-{index}");
        let font = eframe::egui::FontData::from_blob(Arc::new(file), face);
        fonts.font_data.insert(name.clone(), Arc::new(font));
        first.push(name);
    }
    let family = fonts.families.entry(eframe::egui::FontFamily::Proportional).or_default();
    family.splice(0..0, first);
    fonts
}
