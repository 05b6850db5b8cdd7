//! CPU time of processes, as Linux counts it.

/// CPU seconds, user and system, that a process has used so far, its ended children not counted; 0 once it is gone.
/// Fields 14 and 15 of its `stat`, in hundredths of a second.
pub fn cpu_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
