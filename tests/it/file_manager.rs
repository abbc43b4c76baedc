//! A file shown in its folder: by whatever the desktop has for it, or it is said that it has nothing.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use studio::storage::file_manager::FileManager;
use tests::time;

/// A bus on which nobody listens.
fn no_bus() -> Option<String> {
    Some("unix:path=/nowhere/bus".to_owned())
}

#[test]
fn without_a_file_manager_the_folder_is_opened_or_it_is_said_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a recording.mkv");
    let script = |name: &str, lines: &str| -> OsString {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        path.into_os_string()
    };
    let opened = folder.path().join("opened");
    let opener =
        script("open", &format!("echo \"$1\" > {0}.part; mv {0}.part {0}", opened.display()));
    let files = FileManager::with(no_bus(), opener);
    assert!(files.show(&file));
    let shown = time::wait_for(time::PATIENCE, || fs::read_to_string(&opened).ok());
    assert_eq!(shown.unwrap().trim_end(), folder.path().to_str().unwrap());
    assert_eq!(files.failed(), None);

    for (opener, reason) in
        [(script("fail", "exit 3"), "exit status: 3"), ("/nowhere/open".into(), "No such file")]
    {
        let files = FileManager::with(no_bus(), opener);
        assert!(files.show(&file));
        let failed = time::wait_for(time::PATIENCE, || files.failed()).unwrap();
        assert_eq!(failed.folder, folder.path());
        assert!(failed.reason.contains(reason), "{failed}");
    }
}
