//! The jobs whose cost is measured by `packaging/bench` do what they are to do.

use tests::downstage::{self, Downstage};
use tests::jobs;
use tests::time::PATIENCE;

#[test]
fn every_job_shows_every_number_once() {
    let media = downstage::built().join("test-media");
    for job in jobs::ALL {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("out.mkv");
        let show = job.write(folder.path(), &job.films(&media, 5), &record);
        let start = format!("start {}", jobs::OUTPUT);
        let arguments =
            ["run", show.to_str().unwrap(), "--offline", "--for", "4s", "--at", "0s", &start];
        let mut downstage = Downstage::start(folder.path(), &arguments);
        let ended = downstage.wait(PATIENCE).expect("it ends");
        assert_eq!(ended.code(), Some(0), "{}: {}", job.name, downstage.stderr());
        let seen = job.judge(&record, 125);
        println!("{}: {seen:?}", job.name);
        // The output is started on the first frame, and may carry the next as its first.
        assert!((99..=100).contains(&seen.pictures), "{}: {seen:?}", job.name);
        assert!(seen.is_whole() && seen.first == Some(0), "{}: {seen:?}", job.name);
    }
}
