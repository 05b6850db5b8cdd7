//! The API as its clients see it, over Stagger in memory: one file a subject.

mod archive;
mod client;
mod hosts;
mod jobs_in_life;
mod limits;
mod lists;
mod replay;
mod schedules;
mod sdl;
mod statistics;
mod texts;
mod watching;
