//! Room on the disk: how much is left, what that means, and a ballast file to throw overboard in an emergency.
//!
//! Nothing here deletes anything: the ballast is for a person to delete.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// Name of the ballast file in the folder of a store.
pub const BALLAST: &str = "BALLAST";

/// When room counts as low, and how much is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpaceLimits {
    /// Below this share of the file system, in percent: take on nothing new.
    pub low_percent: u8,
    /// Below this share: finish what is running and nothing else.
    pub critical_percent: u8,
    /// Size of the ballast file; 0: none.
    pub ballast_bytes: u64,
}

impl Default for SpaceLimits {
    fn default() -> SpaceLimits {
        SpaceLimits { low_percent: 10, critical_percent: 5, ballast_bytes: 64 << 20 }
    }
}

/// What is left, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Free for this program (without what the file system keeps for root).
    pub free_bytes: u64,
    /// What is used and what is free for this program.
    pub total_bytes: u64,
    pub level: SpaceLevel,
}

/// What the room that is left allows; more room is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpaceLevel {
    Ample,
    /// Take on nothing new.
    Low,
    /// Only record the end of what is running.
    Critical,
}

impl Space {
    /// Measures the file system that a folder is on.
    pub fn of(folder: &Path, limits: SpaceLimits) -> Result<Space, StoreError> {
        let system =
            rustix::fs::statvfs(folder).map_err(|why| StoreError::disk("measuring free space", folder, why))?;
        let bytes = |blocks: u64| blocks * system.f_frsize;
        let used = system.f_blocks.saturating_sub(system.f_bfree);
        Ok(Space::new(bytes(system.f_bavail), bytes(usable(used, system.f_bavail)), limits))
    }

    fn new(free_bytes: u64, total_bytes: u64, limits: SpaceLimits) -> Space {
        let below = |percent: u8| u128::from(free_bytes) * 100 < u128::from(total_bytes) * u128::from(percent);
        let level = match (below(limits.critical_percent), below(limits.low_percent)) {
            (true, _) => SpaceLevel::Critical,
            (false, true) => SpaceLevel::Low,
            (false, false) => SpaceLevel::Ample,
        };
        Space { free_bytes, total_bytes, level }
    }

    /// Free share of the file system, in percent.
    pub fn free_percent(&self) -> f64 {
        self.free_bytes as f64 * 100.0 / self.total_bytes.max(1) as f64
    }
}

/// What is kept for root, or taken away by a quota, is no room that could be free: shares are of the rest, as `df` has it.
fn usable(used: u64, available: u64) -> u64 {
    used.saturating_add(available)
}

/// Sets the ballast aside, unless it is there already or room is short. Returns the file if it is there now.
pub fn lay_ballast(folder: &Path, limits: SpaceLimits) -> Result<Option<PathBuf>, StoreError> {
    let path = folder.join(BALLAST);
    if limits.ballast_bytes == 0 || path.exists() {
        return Ok(Some(path).filter(|path| path.exists()));
    }
    let space = Space::of(folder, limits)?;
    if space.level > SpaceLevel::Ample || space.free_bytes < limits.ballast_bytes.saturating_mul(4) {
        tracing::warn!(folder = %folder.display(), free = space.free_bytes, "too little room to set ballast aside");
        return Ok(None);
    }
    let failed = |why: std::io::Error| StoreError::disk("setting ballast aside", &path, why);
    let file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
    rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, limits.ballast_bytes)
        .map_err(|why| failed(why.into()))?;
    Ok(Some(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_change_below_ten_and_five_percent() {
        let level = |free| Space::new(free, 1000, SpaceLimits::default()).level;
        assert_eq!([level(1000), level(100)], [SpaceLevel::Ample; 2]);
        assert_eq!([level(99), level(50)], [SpaceLevel::Low; 2]);
        assert_eq!([level(49), level(0)], [SpaceLevel::Critical; 2]);
        let wary = SpaceLimits { low_percent: 50, critical_percent: 20, ballast_bytes: 0 };
        assert_eq!(Space::new(499, 1000, wary).level, SpaceLevel::Low);
    }

    #[test]
    fn blocks_kept_for_others_do_not_make_a_disk_look_full() {
        let space = |used, available| Space::new(available, usable(used, available), SpaceLimits::default());
        assert_eq!(space(80, 20).level, SpaceLevel::Ample, "of 1,000 blocks, 900 are kept");
        assert_eq!(space(95, 5).level, SpaceLevel::Low);
        assert_eq!(space(0, 0).level, SpaceLevel::Ample, "nothing is known of such a file system");
    }

    #[test]
    fn a_real_file_system_has_a_size_and_room_for_ballast() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let limits = SpaceLimits { low_percent: 0, critical_percent: 0, ballast_bytes: 1 << 20 };
        let space = Space::of(folder.path(), limits).expect("a file system");
        assert!(space.total_bytes >= space.free_bytes && (0.0..=100.0).contains(&space.free_percent()));
        let path = lay_ballast(folder.path(), limits).expect("room for a megabyte").expect("a file");
        assert_eq!(path.metadata().map(|file| file.len()).ok(), Some(1 << 20));
        assert_eq!(lay_ballast(folder.path(), limits), Ok(Some(path.clone())), "it is laid once");
        std::fs::remove_file(&path).expect("a person throws it overboard");
        let scarce = SpaceLimits { low_percent: 101, ..limits };
        assert_eq!(lay_ballast(folder.path(), scarce), Ok(None), "not when room is short");
    }
}
