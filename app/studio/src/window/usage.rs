//! The resource usage of this process, from Linux's files (proc(5)). Elsewhere all values are zero.

use std::fs;

/// The process's CPU time in hundredths of a second, Linux's tick (`/proc/self/stat`, fields 14 and 15).
pub fn cpu_ticks() -> u64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// The process's resident memory in megabytes.
pub fn resident_mb() -> u64 {
    megabytes("/proc/self/status", "VmRSS:").unwrap_or(0)
}

/// The memory that the system has available, in megabytes, if it reports it.
pub fn free_mb() -> Option<u64> {
    megabytes("/proc/meminfo", "MemAvailable:")
}

fn megabytes(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1_024)
}

/// The CPU time of all threads that encode, in nanoseconds: ours, and the encoders' own, which are named
/// after the `appsrc` that feeds them. Reads two small files per thread.
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
