//! How a figure is held against its goal: one line each, and an exit code that tells whether one fell short.

use std::process::ExitCode;

/// The lines of one bench.
#[derive(Default)]
pub struct Goals {
    missed: u32,
}

impl Goals {
    /// Prints one line: which goal, what it asks for, what came out, and whether that is enough.
    pub fn judge(&mut self, name: &str, goal: &str, figure: &str, met: bool) {
        let verdict = if met { "met" } else { "MISSED" };
        println!("{name:<4} goal {goal:<44} figure {figure}  {verdict}");
        self.missed += u32::from(!met);
    }

    /// Failure if any goal was missed.
    pub fn exit(self) -> ExitCode {
        if self.missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
