//! No file imports a file that imports it, however long the way: each can be read before the files that
//! use it, and moved without them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Crates without a circle.
const CLEAN: &[&str] = &["audio", "compositor", "engine", "media", "rtmp", "show", "studio", "ui"];

/// Crates that still have one. Whoever opens the last circle of one moves it up.
const NOT_YET: &[&str] = &[];

/// A file of a crate: its module path within the crate, empty for `lib.rs`.
type Module = Vec<String>;

/// The files of a crate, and what each says.
type Files = BTreeMap<Module, Vec<String>>;

/// What each file makes known under a name of its own by `pub use`: module and name, to the path it
/// stands for.
type Exports = BTreeMap<(Module, String), Module>;

/// Files of a crate, by their modules, in tokens.
fn files(source: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![source.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.insert(module(path.strip_prefix(source).unwrap()), tokens(&text));
            }
        }
    }
    files
}

fn module(path: &Path) -> Module {
    let stem = path.with_extension("");
    let parts = stem.iter().map(|part| part.to_str().unwrap().to_owned());
    let mut parts: Module = parts.collect();
    if parts.last().is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// Names, `::` and other signs; without comments, and without what stands in quotes.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            let mut escaped = false;
            let ends = |(_, letter): &(usize, char)| {
                let ends = *letter == '"' && !escaped;
                escaped = *letter == '\\' && !escaped;
                ends
            };
            rest[1..].char_indices().find(ends).map_or(rest.len(), |(at, _)| at + 2)
        } else if rest.starts_with("'\"'") {
            3
        } else if first.is_alphanumeric() || first == '_' {
            let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
            rest.find(|letter| !is_name(letter)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        let is_code = !token.starts_with("//") && !token.starts_with('"');
        if is_code && !token.trim().is_empty() {
            tokens.push(token.to_owned());
        }
        rest = after;
    }
    tokens
}

/// The paths of a `use` after its first word, and where it ends.
fn tree(
    tokens: &[String],
    mut at: usize,
    prefix: &Module,
    paths: &mut Vec<(Module, String)>,
) -> usize {
    let mut path = prefix.clone();
    let mut name = String::new();
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = tree(tokens, at, &path, paths);
                    at += usize::from(tokens[at] == ",");
                }
                return at + 1;
            }
            "," | "}" | ";" => break,
            "::" => {}
            "as" => {
                at += 1;
                name.clone_from(&tokens[at]);
            }
            // `use super::Part::{self, ..}` is the path so far.
            "self" if !path.is_empty() => {}
            word => {
                path.push(word.to_owned());
                name = word.to_owned();
            }
        }
        at += 1;
    }
    paths.push((path, name));
    at
}

/// What a file imports and what it hands on, each as a path from the root of the crate.
fn paths_of(module: &Module, files: &Files) -> (Vec<Module>, Vec<(String, Module)>) {
    let tokens = &files[module];
    let word = |at: usize| tokens.get(at).map_or("", String::as_str);
    let (mut used, mut exported) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        if word(at) == "use" {
            let is_public = at > 0 && (word(at - 1) == "pub" || word(at - 1) == ")");
            let mut paths = Vec::new();
            at = tree(tokens, at + 1, &Module::new(), &mut paths);
            for (path, name) in paths {
                let Some(path) = from_root(&path, module, files) else { continue };
                if is_public { exported.push((name, path)) } else { used.push(path) }
            }
        } else if word(at + 1) == "::" && (at == 0 || word(at - 1) != "::") {
            let mut path = vec![word(at).to_owned()];
            while word(at + 1) == "::" && !["{", "<", "*"].contains(&word(at + 2)) {
                path.push(word(at + 2).to_owned());
                at += 2;
            }
            used.extend(from_root(&path, module, files));
        }
        at += 1;
    }
    (used, exported)
}

/// A path that is written in a file, from the root of the crate; nothing if it is of another crate.
fn from_root(path: &Module, module: &Module, files: &Files) -> Option<Module> {
    let mut base = module.clone();
    let mut rest = path.as_slice();
    match path.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &rest[1..];
        }
        "super" | "self" => {
            while let Some(("super" | "self", after)) =
                rest.split_first().map(|(first, after)| (first.as_str(), after))
            {
                if rest[0] == "super" {
                    base.pop();
                }
                rest = after;
            }
        }
        // A child is met by its own name.
        first => {
            base.push(first.to_owned());
            files.get(&base)?;
            base.pop();
        }
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// The file a path leads to, by way of what others hand on.
fn file_of(path: &Module, files: &Files, exports: &Exports) -> Module {
    let mut path = path.clone();
    // As often as one file hands on what another does.
    for _ in 0..8 {
        let known = (0..=path.len()).rev().find(|length| files.contains_key(&path[..*length]));
        let known = known.unwrap_or(0);
        let Some(name) = path.get(known) else { break };
        let Some(origin) = exports.get(&(path[..known].to_vec(), name.clone())) else {
            return path[..known].to_vec();
        };
        path = origin.iter().chain(&path[known + 1..]).cloned().collect();
    }
    path
}

/// Files that import each other, directly or by way of others: each group once, sorted.
fn circles(source: &Path) -> Vec<Vec<String>> {
    let files = files(source);
    let paths: BTreeMap<&Module, _> =
        files.keys().map(|module| (module, paths_of(module, &files))).collect();
    let mut exports = Exports::new();
    for (module, (_, exported)) in &paths {
        for (name, path) in exported {
            exports.insert(((*module).clone(), name.clone()), path.clone());
        }
    }
    let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, (used, _)) in &paths {
        let mut to: BTreeSet<Module> =
            used.iter().map(|path| file_of(path, &files, &exports)).collect();
        to.remove(*module);
        edges.insert((*module).clone(), to);
    }
    let reached = |from: &Module| {
        let mut met = BTreeSet::new();
        let mut next: Vec<&Module> = edges[from].iter().collect();
        while let Some(module) = next.pop() {
            if met.insert(module.clone()) {
                next.extend(&edges[module]);
            }
        }
        met
    };
    let reach: BTreeMap<&Module, BTreeSet<Module>> =
        edges.keys().map(|module| (module, reached(module))).collect();
    let mut groups = BTreeSet::new();
    for (module, to) in reach.iter().filter(|(module, to)| to.contains(**module)) {
        let back = to.iter().filter(|other| reach[other].contains(*module));
        groups.insert(back.map(|module| module.join("::")).collect::<Vec<_>>());
    }
    groups.into_iter().collect()
}

fn source_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../app").join(name).join("src")
}

#[test]
fn no_file_imports_a_file_that_imports_it() {
    let listed: BTreeSet<&str> = CLEAN.iter().chain(NOT_YET).copied().collect();
    let apps = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../app")).unwrap();
    let apps = apps.map(|app| app.unwrap().file_name().into_string().unwrap());
    assert_eq!(listed, apps.collect::<Vec<_>>().iter().map(String::as_str).collect());
    for name in CLEAN {
        let circles = circles(&source_of(name));
        assert!(circles.is_empty(), "{name}: {circles:#?}");
    }
    for name in NOT_YET {
        let is_clean = circles(&source_of(name)).is_empty();
        assert!(!is_clean, "{name} has no circle any more: it belongs to the clean ones");
    }
}

/// The reader finds what it is for, and nothing else.
#[test]
fn a_circle_is_found_by_every_way_of_writing_it() {
    for (one, two, is_circle) in [
        ("use crate::two::Two;", "use crate::one::One;", true),
        ("use crate::Two;", "fn of(one: &crate::one::One) {}", true),
        ("use super::{two::{self, Other as Two}};", "use crate::{one};", true),
        ("use crate::two::Two;", "use engine::one::One; // crate::one", false),
        ("use crate::two::Two;", "const SAID: &str = \"crate::one::One\";", false),
        ("use crate::two::inner::Deep;", "mod inner; use inner::Deep;", false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        std::fs::create_dir(folder.path().join("two")).unwrap();
        write("lib.rs", "mod one; mod two; pub use two::Two;");
        write("one.rs", one);
        write("two.rs", two);
        write("two/inner.rs", "pub struct Deep;");
        assert_eq!(!circles(folder.path()).is_empty(), is_circle, "{one} {two}");
    }
}
