//! Bad input, made from good: texts that people write, documents that clients send, answers that hosts give, records
//! that a disk gives back. Whatever comes, nothing panics, no case takes long or much memory, and what is refused is
//! refused with its place and a next step.
//!
//! Every case is made from a seed. `BAD_INPUT_SECONDS=600` goes on for so long with each subject, `BAD_INPUT_SEED=17`
//! tries one seed only and prints what is made of it. Where a case ends the whole process, `BAD_INPUT_TELL=1` prints
//! each seed before it is tried.
//!
//! Never found here: what good input means.

mod asked;
#[path = "../simulator/chance.rs"]
mod chance;
mod hunt;
mod mutation;
mod recorded;
mod said;
mod written;
