//! The program as a user meets it: the command line, and show files on disk.

use std::fs;
use std::path::Path;

use show::file;
use studio::cli;
use studio::storage::show_files;
use tests::shows::full;

/// Exit code, answer and complaint.
fn downstage(arguments: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = std::iter::once("downstage").chain(arguments.iter().copied());
    let code = cli::run(arguments.map(Into::into), &mut out, &mut err);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn check(path: &Path) -> (u8, String, String) {
    downstage(&["check", path.to_str().unwrap()])
}

#[test]
fn check_finds_no_fault_in_a_good_show() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("show.json");
    show_files::save(&full(), &path).unwrap();
    let (code, out, err) = check(&path);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.ends_with("show.json: no faults\n"), "{out}");
}

#[test]
fn check_lists_every_fault_with_its_place_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("show.json");
    let mut show = full();
    show.layouts[0].panes[2].feed = show.layouts[0].panes[0].feed;
    show.transition.frames = 0;
    fs::write(&path, file::encode(&show)).unwrap();
    let (code, out, _) = check(&path);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(code, 1);
    assert_eq!(lines[0], "show, transition: 0 is out of range. Choose a value from 1 to 1000.");
    let twice = "layout-8, pane 3, source: source-3 is already in another pane of this layout. \
                 Choose another source.";
    assert_eq!(lines[1], twice);
    assert!(lines[2].ends_with("2 faults"));
}

#[test]
fn check_names_what_is_wrong_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let future = file("future.json", br#"{"downstage": 2, "show": {}}"#);
    let text = file("text.json", b"hello");
    let below = text.join("show.json");
    for (path, reason) in [
        (future.as_path(), "newer Downstage"),
        (&text, "not a show file"),
        (&below, "cannot be read"),
        (&folder.path().join("missing.json"), "cannot be read"),
        (folder.path(), "cannot be read"),
        (Path::new("/dev/zero"), "a show file has at most"),
    ] {
        let (code, out, err) = check(path);
        assert_eq!((code, out.as_str()), (1, ""), "{}", path.display());
        assert!(err.contains(reason) && err.contains(path.to_str().unwrap()), "{err}");
    }
}

#[test]
fn wrong_arguments_end_with_1_and_help_with_0() {
    let (code, _, err) = downstage(&["dance"]);
    assert!(code == 1 && err.contains("dance"), "{code}: {err}");
    let (code, out, _) = downstage(&["--help"]);
    assert!(code == 0 && out.contains("check"), "{code}: {out}");
}

#[test]
fn the_last_ten_saves_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("show.json");
    let named = |name: usize| show::Show { name: format!("Save {name}"), ..full() };
    for save in 0..14 {
        show_files::save(&named(save), &path).unwrap();
    }
    assert_eq!(show_files::load(&path).unwrap(), named(13));
    for ago in 1..=show_files::BACKUPS {
        assert_eq!(
            show_files::load(&show_files::backup_path(&path, ago)).unwrap(),
            named(13 - ago)
        );
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        show_files::BACKUPS + 1,
        "and nothing else"
    );
}

#[cfg(unix)]
#[test]
fn a_save_keeps_links_and_rights() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
    let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    show_files::save(&full(), &real).unwrap();
    fs::write(folder.path().join("plain"), "").unwrap();
    assert_eq!(rights(&real), rights(&folder.path().join("plain")), "those of any new file");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, &link).unwrap();
    show_files::save(&show::Show { name: "Later".into(), ..full() }, &link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!((show_files::load(&real).unwrap().name.as_str(), rights(&real)), ("Later", 0o640));
}

#[test]
fn a_save_that_fails_leaves_the_file() {
    let folder = tempfile::tempdir().unwrap();
    // A folder where the file should be: it can neither be kept under a second name nor replaced.
    let path = folder.path().join("show.json");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("inside"), "kept").unwrap();
    let error = show_files::save(&full(), &path).unwrap_err();
    assert!(error.to_string().contains("unchanged"));
    assert_eq!(fs::read_to_string(path.join("inside")).unwrap(), "kept");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left lying about");
    let below_a_file = path.join("inside").join("show.json");
    assert!(show_files::save(&full(), &below_a_file).is_err());
}
