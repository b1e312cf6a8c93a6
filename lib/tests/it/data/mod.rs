//! Tests of `data`: rows between databases.

mod careful;
mod conflicts;
mod corpus;
mod cycles;
mod damage;
mod django;
mod engines;
mod lab;
mod late_indexes;
mod places;
mod resume;
mod schema;
