//! Memory of processes, as Linux counts it.

/// Kilobytes of a line of a process's `status`, such as `VmRSS` or `VmHWM`; 0 once it is gone.
pub fn kilobytes(process: u32, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    found.and_then(|text| text.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
