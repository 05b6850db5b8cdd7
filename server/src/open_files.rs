//! How many files this process may have open: connections to hosts and clients are files, too, and the usual limit of 1,024
//! is for programs that know fewer.
//!
//! Never found here: how many connections are opened (`remote::Limits`, `http`).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// All limits together: connections to hosts, those on their way, clients, the store, and what a step on the controller opens.
const WANTED: u64 = 16_384;

/// Raises the limit as far as the system allows without asking anybody.
pub fn raise() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if let Err(why) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::debug!(%why, ?current, "the limit of open files stays");
    }
}

/// Warns of a limit that a large fleet would meet.
pub fn warn_if_few() {
    let Some(most) = getrlimit(Resource::Nofile).current.filter(|most| *most < WANTED) else { return };
    tracing::warn!(
        most,
        "this process may open few files: steps fail when connections to hosts need more; allow it {WANTED}, with \
         LimitNOFILE={WANTED} in its unit or `ulimit -n {WANTED}` before it"
    );
}
