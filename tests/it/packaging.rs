//! What a desktop is told of Downstage names things that are there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use image::GenericImageView;

fn packaging() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging")).to_owned()
}

fn text(name: &str) -> String {
    fs::read_to_string(packaging().join(name)).unwrap()
}

/// The keys of a desktop file, which has one group.
fn keys(text: &str) -> BTreeMap<&str, &str> {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("[Desktop Entry]"));
    lines.map(|line| line.split_once('=').expect("a key and its value")).collect()
}

#[test]
fn the_desktop_file_names_what_is_there() {
    let text = text("downstage.desktop");
    let keys = keys(&text);
    assert_eq!(keys["Type"], "Application");
    assert_eq!(keys["Exec"].split(' ').next(), Some("downstage"));
    // The id of the window, so that the desktop knows it for ours.
    assert_eq!(keys["StartupWMClass"], "downstage");
    for key in ["Comment", "GenericName", "Keywords"] {
        assert!(keys.contains_key(&*format!("{key}[zh_CN]")), "{key}");
    }
    let icon = keys["Icon"];
    let svg = self::text(&format!("{icon}.svg"));
    let svg = roxmltree::Document::parse(&svg).unwrap();
    assert_eq!(svg.root_element().tag_name().name(), "svg");
    for size in [32, 48, 128, 256, 512] {
        let path = packaging().join("icons").join(format!("{size}.png"));
        let picture = image::open(&path).unwrap();
        assert_eq!(picture.dimensions(), (size, size), "{}", path.display());
        // It is drawn on nothing: its corners are seen through.
        assert_eq!(picture.get_pixel(0, 0).0[3], 0, "{}", path.display());
        assert_eq!(picture.get_pixel(size / 2, size / 2).0[3], 255, "{}", path.display());
    }
}

#[test]
fn the_metainfo_names_what_is_there_in_both_languages() {
    let text = text("org.downstage.Downstage.metainfo.xml");
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    let child = |name: &str| -> &str {
        let found = root.children().find(|child| child.has_tag_name(name));
        found.and_then(|child| child.text()).unwrap_or_else(|| panic!("no {name}"))
    };
    assert_eq!(child("id"), "org.downstage.Downstage");
    assert!(packaging().join(child("launchable")).exists());
    let of =
        |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name));
    assert_eq!(of("binary").next().and_then(|node| node.text()), Some("downstage"));
    let manifest = cargo_metadata::MetadataCommand::new()
        .manifest_path(packaging().join("../Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .unwrap();
    let licence = manifest.packages[0].license.clone();
    assert_eq!(Some(child("project_license").to_owned()), licence);
    let version = manifest.packages[0].version.to_string();
    let newest = of("release").next().and_then(|node| node.attribute("version"));
    assert_eq!(newest, Some(&*version), "the newest release is this version");
    for name in ["summary", "p", "li"] {
        let in_chinese = |node: &roxmltree::Node<'_, '_>| {
            node.attributes().any(|it| it.name() == "lang" && it.value() == "zh_CN")
        };
        let (chinese, english): (Vec<_>, Vec<_>) = of(name).partition(in_chinese);
        assert_eq!(chinese.len(), english.len(), "{name}");
    }
}

/// What the package depends on is what is installed to run it.
#[test]
fn a_package_depends_on_what_is_installed_to_run() {
    let listed = std::process::Command::new(packaging().join("install-deps"))
        .arg("list-run")
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for package in ["gstreamer1.0-plugins-ugly", "gstreamer1.0-libav", "fonts-noto-cjk"] {
        assert!(listed.lines().any(|line| line == package), "{listed}");
    }
    assert!(!listed.contains("-dev"), "{listed}");
}
