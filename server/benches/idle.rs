//! P9: a server that nobody asks anything of: its memory, and its CPU time over ten seconds.
//!
//! `cargo bench -p server --bench idle [-- seconds]`.

#[path = "measure/goal.rs"]
mod goal;
#[path = "measure/machine.rs"]
mod machine;
#[path = "measure/memory.rs"]
mod memory;
#[path = "measure/usage.rs"]
mod usage;

use goal::Goals;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

/// So long after the start everything that belongs to it is over.
const SETTLED: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let asked = std::env::args().find_map(|argument| argument.parse::<u64>().ok());
    let watched = Duration::from_secs(asked.unwrap_or(10));
    println!("P9 on {}", machine::describe());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_stagger"));
    command.args(["server", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
    let mut server = command.stdout(Stdio::piped()).spawn().expect("the server starts");
    let mut said = String::new();
    BufReader::new(server.stdout.as_mut().expect("a pipe")).read_line(&mut said).expect("it says where it is");
    std::thread::sleep(SETTLED);
    let before = usage::cpu_seconds(server.id());
    std::thread::sleep(watched);
    let cpu = (usage::cpu_seconds(server.id()) - before) * 100.0 / watched.as_secs_f64();
    let megabytes = memory::kilobytes(server.id(), "VmRSS") as f64 / 1000.0;
    server.kill().and_then(|()| server.wait()).expect("the server ends");
    let mut goals = Goals::default();
    assert!(megabytes > 0.0, "the server ended by itself: {said}");
    goals.judge("P9", "< 60 MB resident", &format!("{megabytes:.1} MB"), megabytes < 60.0);
    // Linux counts in hundredths of a second: one of them in ten seconds is 0.1 %.
    goals.judge("P9", "<= 0.1 % of a processor", &format!("{cpu:.2} %"), cpu <= 0.1);
    goals.exit()
}
