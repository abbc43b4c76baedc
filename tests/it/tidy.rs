//! Promises about the code base itself: who may use whom, and what we ship of others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// A crate may use any crate at its right (ARCHITECTURE.md), and no other of ours.
const EDGES: &[(&str, &[&str])] = &[
    ("rtmp", &[]),
    ("show", &[]),
    ("engine", &["show"]),
    ("compositor", &["engine", "show"]),
    ("audio", &["engine", "show"]),
    ("media", &["engine", "rtmp", "show"]),
    ("ui", &["engine", "show"]),
    ("studio", &["compositor", "audio", "media", "ui", "engine", "show"]),
    ("drawing", &["compositor", "engine", "show"]),
    (
        "tests",
        &["drawing", "studio", "compositor", "audio", "media", "ui", "engine", "rtmp", "show"],
    ),
];

/// Libraries that only the crates named here may use directly.
const HOMES: &[(&str, &[&str])] = &[
    ("gstreamer", &["media", "tests"]),
    ("gstreamer-app", &["media"]),
    ("gstreamer-video", &["media", "tests"]),
    ("hmac", &["rtmp"]),
    ("md-5", &["rtmp"]),
    ("sha2", &["rtmp"]),
    ("cpal", &["audio"]),
    ("earshot", &["audio"]),
    ("ebur128", &["audio", "tests"]),
    ("rtrb", &["audio"]),
    ("wgpu", &["compositor", "ui", "drawing", "tests"]),
    ("tokio", &["ingest", "control"]),
    ("axum", &["control"]),
    ("egui", &["ui", "tests"]),
    ("egui-wgpu", &["ui"]),
    ("egui_tiles", &["ui"]),
    ("eframe", &["studio"]),
    ("keyring", &["studio"]),
    ("rfd", &["studio"]),
    ("zbus", &["studio", "tests"]),
    ("gio", &["media"]),
    ("x11rb", &["media", "tests"]),
    ("anyhow", &["studio", "tests"]),
];

/// Licences that allow Downstage to be shipped under its own.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unlicense",
    "CC0-1.0",
    "0BSD",
    "Unicode-3.0",
    "BSL-1.0",
    "MIT-0",
    // Of egui's own letters, which may be shipped inside a program.
    "OFL-1.1",
    "Ubuntu-font-1.0",
];

/// Crates that are in the tree in more than one version, each looked at: bitflags 1 is ebur128's;
/// getrandom comes with ring; font-types, harfrust, read-fonts and skrifa are cosmic-text's, a version behind
/// egui's; hashbrown, foldhash and rustc-hash are wgpu's and fluent's; pollster is rfd's and eframe's; nom is a
/// test certificate's; rustix 0.38 and linux-raw-sys are winit's; block2, core-foundation, jni-sys, objc2 and its
/// kin, r-efi, redox_syscall, smol_str, syn, thiserror 1 and windows-sys are cpal's, winit's and ring's on other
/// systems.
const TWICE: &[&str] = &[
    "bitflags",
    "block2",
    "core-foundation",
    "foldhash",
    "font-types",
    "getrandom",
    "harfrust",
    "hashbrown",
    "jni-sys",
    "linux-raw-sys",
    "nom",
    "objc2",
    "objc2-app-kit",
    "objc2-foundation",
    "objc2-metal",
    "objc2-quartz-core",
    "objc2-ui-kit",
    "pollster",
    "r-efi",
    "read-fonts",
    "redox_syscall",
    "rustc-hash",
    "rustix",
    "skrifa",
    "smol_str",
    "syn",
    "thiserror",
    "thiserror-impl",
    "windows-sys",
];

fn metadata() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .other_options(["--locked".to_owned(), "--offline".to_owned()])
        .exec()
        .expect("cargo metadata answers")
}

fn ours(metadata: &Metadata) -> BTreeMap<&str, &Package> {
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| (package.name.as_str(), package))
        .collect()
}

#[test]
fn crates_use_only_what_is_at_their_right() {
    let metadata = metadata();
    let ours = ours(&metadata);
    let listed: BTreeSet<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, ours.keys().copied().collect(), "EDGES lists every crate");
    for (name, allowed) in EDGES {
        for dependency in &ours[name].dependencies {
            let dependency = dependency.name.as_str();
            let forbidden = ours.contains_key(dependency) && !allowed.contains(&dependency);
            assert!(!forbidden, "{name} may not use {dependency}");
        }
    }
}

#[test]
fn libraries_stay_in_their_homes() {
    let metadata = metadata();
    for (name, package) in ours(&metadata) {
        for dependency in &package.dependencies {
            let home = HOMES.iter().find(|(library, _)| *library == dependency.name);
            let at_home = home.is_none_or(|(_, homes)| homes.contains(&name));
            assert!(at_home, "{name} may not use {}", dependency.name);
        }
    }
}

#[test]
fn folders_are_named_like_their_crates() {
    let metadata = metadata();
    for (name, package) in ours(&metadata) {
        let folder = package.manifest_path.parent().and_then(|path| path.file_name());
        assert_eq!(folder, Some(name));
    }
}

/// Whether an SPDX expression can be met with allowed licences: one side of each OR, all of each
/// AND. Expressions with deeper nesting do not occur; one that did would be refused, not let by.
fn allowed(expression: &str) -> bool {
    let sides = expression.split(" AND ");
    sides.into_iter().all(|side| {
        let side = side.trim().trim_start_matches('(').trim_end_matches(')');
        side.replace('/', " OR ").split(" OR ").any(|licence| LICENCES.contains(&licence.trim()))
    })
}

#[test]
fn licences_are_on_the_list() {
    assert!(allowed("MIT OR GPL-3.0") && allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!allowed("GPL-3.0") && !allowed("MIT AND GPL-3.0") && !allowed(""));
    for package in &metadata().packages {
        let licence = package.license.as_deref().unwrap_or_default();
        assert!(allowed(licence), "{} {}: \"{licence}\"", package.name, package.version);
    }
}

#[test]
fn sources_are_the_registry_or_the_workspace() {
    let metadata = metadata();
    let ours = ours(&metadata);
    for package in &metadata.packages {
        match &package.source {
            Some(source) => {
                assert!(source.is_crates_io(), "{} comes from {source}", package.name);
            }
            None => assert!(ours.contains_key(package.name.as_str()), "{}", package.name),
        }
    }
}

#[test]
fn versions_are_one_each_or_reviewed() {
    let metadata = metadata();
    let mut versions = BTreeMap::<&str, Vec<String>>::new();
    for package in &metadata.packages {
        versions.entry(package.name.as_str()).or_default().push(package.version.to_string());
    }
    versions.retain(|_, versions| versions.len() > 1);
    for (name, versions) in &versions {
        assert!(TWICE.contains(name), "{name} is there as {}", versions.join(" and "));
    }
    for name in TWICE {
        assert!(versions.contains_key(name), "{name} is there once now: take it off the list");
    }
}

/// What is not meant for users never reaches them.
#[test]
fn what_is_shipped_needs_no_test_library() {
    let metadata = metadata();
    for (name, package) in ours(&metadata) {
        let shipped = package.dependencies.iter().filter(|dep| dep.kind == DependencyKind::Normal);
        let wrong = shipped
            .filter(|dep| ["proptest", "cargo_metadata", "naga"].contains(&dep.name.as_str()));
        let is_shipped = !["drawing", "tests"].contains(&name);
        assert!(!is_shipped || wrong.count() == 0, "{name} ships a test library");
    }
}

/// `gpu-check` is carried to machines that have a GPU and neither GStreamer nor a desktop.
#[test]
fn what_is_carried_to_other_machines_needs_neither_gstreamer_nor_a_window() {
    let needs = |package: &str| -> BTreeSet<String> {
        let tree = ["tree", "--locked", "--offline", "--prefix", "none", "--edges", "normal,build"];
        let mut cargo = std::process::Command::new(env!("CARGO"));
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
        cargo.args(tree).args(["--package", package, "--manifest-path", manifest]);
        let said = cargo.output().expect("cargo answers");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let said = String::from_utf8(said.stdout).expect("names");
        said.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
    };
    let heavy = ["gstreamer", "gstreamer-sys", "alsa-sys", "eframe", "egui", "winit", "zbus"];
    let (carried, all) = (needs("drawing"), needs("studio"));
    for name in heavy {
        assert!(all.contains(name), "{name} is none of the program's");
        assert!(!carried.contains(name), "gpu-check needs {name}");
    }
    assert!(carried.contains("wgpu") && carried.contains("compositor"), "{carried:?}");
}

/// Crates of the application have no tests of their own, which nobody would run: what they promise is
/// tested from outside, and compiled once.
#[test]
fn tests_are_where_they_are_run() {
    let mut sources = Vec::new();
    for (name, package) in ours(&metadata()) {
        if name != "tests" {
            let folder = package.manifest_path.parent().expect("a folder").join("src");
            sources.extend(rust_files(folder.as_std_path()));
        }
    }
    assert!(sources.len() > 100, "{}", sources.len());
    for (path, text) in sources {
        for forbidden in ["#[test]", "/// ```", "//! ```"] {
            assert!(!text.contains(forbidden), "{} has {forbidden}", path.display());
        }
    }
}

/// A name on the list that no test has would keep nothing from running beside others.
#[test]
fn tests_in_real_time_are_tests() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/it"));
    let sources = rust_files(folder);
    let listed: Vec<&str> = tests::listed::names().collect();
    assert!(listed.is_sorted(), "in order, each once");
    for listed in listed {
        let (module, name) = listed.rsplit_once("::").expect("a module and a name");
        let head = format!("#[test]\nfn {name}() {{\n");
        let is_there = |(path, text): &(PathBuf, String)| {
            path.ends_with(format!("{}.rs", module.replace("::", "/"))) && text.contains(&head)
        };
        assert!(sources.iter().any(is_there), "{listed} is no test");
    }
}

/// All Rust files below a folder, with their text.
fn rust_files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).expect("a file of ours");
            files.push((path, text));
        }
    }
    files
}
