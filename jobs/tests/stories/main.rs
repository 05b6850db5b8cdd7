//! Stories of the deciding core: each test tells one subject in the words of product.md, and the promises that hold in
//! every state (`witness`) are checked after every event of every story.

mod answers;
mod given;
mod story;
mod witness;
mod world;

mod archive;
mod canary;
mod chance;
mod crash;
mod digest;
mod doubt;
mod golden;
mod leases;
mod library;
mod limits;
mod retry;
mod schedules;
mod steering;
mod steps;
