//! Room that deleted rows leave is made usable where it is much.

use std::time::Instant;

use super::delete::number_of;
use super::ground::{Ground, Order};
use super::references::shown;
use crate::engine::Session;
use crate::error::Result;
use crate::observer::Event;
use crate::sql::Flavor;

/// From so many rows on, or from a fifth of those that a table had and a thousand, vacuuming at once pays.
const MANY_ROWS: u64 = 50_000;
const FEW_ROWS: u64 = 1_000;

/// It rests as the server's own does, but behind five times as much, about fifty changed pages: with the server's settings it took
/// a third of the whole run.
const GENTLY: &str = "SET vacuum_cost_delay = 2;\nSET vacuum_cost_limit = 1000";

/// Vacuums what `gone` rows were deleted from; what cannot be vacuumed is told, for the rows are gone all the same.
pub(super) async fn vacuum(session: &mut dyn Session, ground: &Ground, order: &Order<'_>, gone: &[u64]) -> Vec<String> {
    if ground.flavor == Flavor::Sqlite {
        return shrink(session, order).await;
    }
    let mut done = Vec::new();
    let gentle = order.policy.pace < 100;
    if gentle && session.query(GENTLY).await.is_err() {
        return done;
    }
    let parallel = if gentle { ", PARALLEL 0" } else { "" };
    for (at, gone) in gone.iter().enumerate() {
        let rows = ground.rows(at);
        if *gone < MANY_ROWS && (*gone < FEW_ROWS || *gone < rows / 5) {
            continue;
        }
        let name = &ground.graph.tables[at].name;
        let title = format!("vacuum and analyze {}", shown(name));
        let started = Instant::now();
        let vacuumed = session.query(&format!("VACUUM (ANALYZE{parallel}) {name}")).await.map(drop);
        told(order, &title, started, vacuumed, &mut done, shown(name));
    }
    done
}

/// SQLite gives pages back to the system only by writing the file anew: where at least half of it is free.
async fn shrink(session: &mut dyn Session, order: &Order<'_>) -> Vec<String> {
    let mut done = Vec::new();
    let pages = session.query("PRAGMA page_count").await.map(|rows| number_of(&rows)).unwrap_or_default();
    let free = session.query("PRAGMA freelist_count").await.map(|rows| number_of(&rows)).unwrap_or_default();
    if free * 2 >= pages && free >= 256 {
        let started = Instant::now();
        let vacuumed = session.query("VACUUM").await.map(drop);
        told(order, "write the file anew without its free pages", started, vacuumed, &mut done, "main".to_owned());
    }
    done
}

fn told(order: &Order<'_>, title: &str, started: Instant, outcome: Result<()>, done: &mut Vec<String>, name: String) {
    match outcome {
        Ok(()) => {
            done.push(name);
            order.observer.event(Event::StepDone { title, took: started.elapsed() });
        }
        Err(error) => {
            let message = format!("cannot {title}: {}; the rows are gone all the same", error.message());
            order.observer.event(Event::Warning { message: &message });
        }
    }
}
