//! What clients meet: HTTP, the socket, and the command line, over a real front and Stagger in memory. One binary, so
//! that it is linked once.

mod answers;
mod backups;
mod commands;
mod folders;
mod front;
mod graphql;
mod operations;
mod sessions;
mod socket;
mod surroundings;
mod watching;
