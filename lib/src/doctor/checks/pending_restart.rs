//! A setting was changed and waits for a restart.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "pending-restart",
    severity: Severity::Warning,
    title: "a setting was changed and waits for a restart",
    why: "The server runs with the old value; the new one comes at whatever moment it is started next, and may be the \
             reason why it does not start.",
    since: 0,
    seen_by: SeenBy::All,
    // To be asked before `settings-file`: reading the files marks settings that the command line overrides, in this session.
    sql: "
SELECT name, 'now ' || current_setting(name), 'start the server again when it suits, or take the change back'
FROM pg_catalog.pg_settings WHERE pending_restart AND source <> 'command line' ORDER BY name",
    example: &[],
};
