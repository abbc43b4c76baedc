//! What the machine says of this process, by Linux's files (proc(5)). Elsewhere it says nothing, and all
//! of it is zero.

use std::fs;

/// The process's CPU time in hundredths of a second, Linux's tick (`/proc/self/stat`, fields 14 and 15).
pub fn cpu_ticks() -> u64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// Its resident memory in megabytes.
pub fn resident_mb() -> u64 {
    megabytes("/proc/self/status", "VmRSS:").unwrap_or(0)
}

/// What the system can still give away, in megabytes, if it says so.
pub fn free_mb() -> Option<u64> {
    megabytes("/proc/meminfo", "MemAvailable:")
}

fn megabytes(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1_024)
}

/// CPU time of all threads that encode, in nanoseconds: ours, and the encoders' own, which GStreamer
/// names after where their pictures come from. Reads two small files a thread.
pub fn encode_nanos() -> u64 {
    let encodes = |name: &str| name.starts_with("encode-") || name.starts_with("appsrc");
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = threads.filter_map(|thread| {
        let task = thread.path();
        if !encodes(&fs::read_to_string(task.join("comm")).ok()?) {
            return None;
        }
        let schedule = fs::read_to_string(task.join("schedstat")).ok()?;
        schedule.split_whitespace().next()?.parse::<u64>().ok()
    });
    nanos.sum()
}
