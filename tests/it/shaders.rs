//! Shaders: each is valid by itself, whatever GPU is there.

use naga::valid::{Capabilities, ValidationFlags, Validator};

#[test]
fn all_shaders_are_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shaders");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "wgsl") {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let module = naga::front::wgsl::parse_str(&source)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string(&source)));
        // No capabilities: what every device has.
        let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
        if let Err(error) = validator.validate(&module) {
            panic!("{}: {}", path.display(), error.emit_to_string(&source));
        }
        names.push(path.file_stem().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names, ["adjust", "graphic", "monitor", "pack", "pane", "thumbnails"]);
    let bindings = std::fs::read_to_string(format!("{folder}/BINDINGS.md")).unwrap();
    for name in names {
        let name = format!("| `{}` |", name.to_string_lossy());
        assert!(bindings.contains(&name), "BINDINGS.md tells of {name}");
    }
}
