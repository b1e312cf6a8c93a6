//! Tests of `tool`: real programs, a real server, real damage.

mod damage;
mod dump;
mod guardian;
mod programs;
mod via;
