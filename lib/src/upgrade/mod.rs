//! A cluster becomes one of a newer major version: looked at and rehearsed while the old one runs, done with a journal, taken back
//! until it is finished.

pub mod blockers;
mod carry;
mod check;
mod debian;
mod evidence;
mod facts;
mod finish;
mod journal;
mod look;
mod order;
mod pair;
mod plan;
mod probe;
mod rehearse;
mod resume;
mod rollback;
mod run;
mod seconds;
mod servers;
mod settle;
mod site;
mod swap;
mod undo;
mod wording;

pub use check::{Checked, Finding, check};
pub use debian::Registration;
pub use finish::{Finished, finish};
pub use journal::{Journal, Step};
pub use order::{Method, Order, programs};
pub use plan::{UpgradePlan, plan};
pub use rehearse::{Rehearsed, rehearse};
pub use rollback::{RolledBack, rollback};
pub use run::{Upgraded, run};
pub use seconds::Seconds;
pub use servers::databases_of;
pub use settle::{Refreshed, Settled, refresh_collations};
pub use site::Site;
pub use swap::whole;
