//! The letters of the desk.

use std::sync::Arc;

/// The letters that are installed: a calm sans serif first, then one that has Chinese, then egui's.
pub fn letters() -> eframe::egui::FontDefinitions {
    let mut fonts = eframe::egui::FontDefinitions::default();
    let mut first = Vec::new();
    let wishes: [&[&str]; 2] =
        [&["Inter", "Noto Sans", "DejaVu Sans"], &["Noto Sans CJK SC", "Noto Sans SC"]];
    for (index, found) in compositor::installed_fonts(&wishes).into_iter().enumerate() {
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
