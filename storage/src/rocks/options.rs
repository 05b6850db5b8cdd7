//! How RocksDB is set up, and why. Nothing here is about records.

use std::time::Duration;

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DBRecoveryMode, Options as DbOptions,
};

use crate::keys::Table;
use crate::outputs::OutputCap;
use crate::space::SpaceLimits;

const MIB: usize = 1 << 20;

/// What the caller may choose when a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// How much of each output is kept.
    pub output_cap: OutputCap,
    /// The HEAD file follows the log at most this much later. What was acknowledged in that time could be lost
    /// unseen if the disk also lost the log's tail; the log itself is synced before every answer.
    pub head_interval: Duration,
    /// Sync the HEAD file before every answer instead: one more sync for each write.
    pub strict_head: bool,
    /// Memory for blocks read from disk, shared by all tables.
    pub cache_bytes: usize,
    pub space: SpaceLimits,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            output_cap: OutputCap::default(),
            head_interval: Duration::from_millis(100),
            strict_head: false,
            cache_bytes: 32 * MIB,
            space: SpaceLimits::default(),
        }
    }
}

/// Options of the database as a whole.
pub(super) fn database() -> DbOptions {
    let mut options = DbOptions::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    // Not the default mode, which drops everything behind a damaged place in the write-ahead log without a word:
    // only a torn last record may be dropped, anything else refuses to open.
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_paranoid_checks(true);
    options.set_track_and_verify_wals_in_manifest(true);
    // Replaying 40 MiB takes about half a second. Memtables stay small, so that a server that has become idle is small too.
    options.set_max_total_wal_size(40 * MIB as u64);
    options.set_db_write_buffer_size(32 * MIB);
    // One writer: concurrent inserts would only cost, and plain ones are quick for keys that rise.
    options.set_allow_concurrent_memtable_write(false);
    options.set_max_background_jobs(2);
    options.set_max_open_files(512);
    options.set_bytes_per_sync(MIB as u64);
    options.set_stats_dump_period_sec(0);
    options.set_max_log_file_size(4 * MIB);
    options.set_keep_log_file_num(3);
    options
}

/// All tables with their options, over one cache.
pub(super) fn tables(cache_bytes: usize) -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(cache_bytes);
    Table::ALL.iter().map(|table| ColumnFamilyDescriptor::new(table.name(), table_options(*table, &cache))).collect()
}

fn table_options(table: Table, cache: &Cache) -> DbOptions {
    let mut options = DbOptions::default();
    options.set_block_based_table_factory(&blocks(table, cache));
    options.set_write_buffer_size(16 * MIB);
    options.set_level_compaction_dynamic_level_bytes(true);
    // Old data must never hold up new: the log is written in order and read little.
    options.set_level_zero_slowdown_writes_trigger(40);
    options.set_level_zero_stop_writes_trigger(80);
    options.set_compression_type(DBCompressionType::Lz4);
    options.set_bottommost_compression_type(DBCompressionType::Zstd);
    match table {
        Table::Outputs => options.set_compression_type(DBCompressionType::Zstd),
        Table::Merkle => {
            // Hashes do not compress.
            options.set_compression_type(DBCompressionType::None);
            options.set_bottommost_compression_type(DBCompressionType::None);
        }
        Table::Events | Table::Streams | Table::Views | Table::Snapshots | Table::Meta => {}
    }
    options
}

fn blocks(table: Table, cache: &Cache) -> BlockBasedOptions {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_block_size(16 << 10);
    // Inside the cache, so that a store of any age keeps to the same memory.
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    if table == Table::Views {
        blocks.set_bloom_filter(10.0, false);
    }
    blocks
}
