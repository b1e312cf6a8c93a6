//! What keeps a cluster from being upgraded, one file each: what shows it, what mends it, what brings it about.

mod blocker;
mod machine;
mod page;

mod aclitem_column;
mod archiving;
mod broken_name;
mod busy_port;
mod closed_database;
mod columns_of;
mod configuration_refused;
mod disk_full;
mod encoding_conversion;
mod extension_missing;
mod install_user_locked_out;
mod invalid_database;
mod library_missing;
mod link_with_slots;
mod logical_slot;
mod minor_older;
mod mount_point;
mod name_taken;
mod new_cluster_refused;
mod no_clones;
mod not_null_not_inherited;
mod not_shut_down;
mod odd_path;
mod old_password_hash;
mod pg_upgrade_refuses;
mod physical_slot;
mod polymorphic_function;
mod postfix_operator;
mod preload_library_missing;
mod prepared_transaction;
mod program_missing;
mod programs_elsewhere;
mod recovering;
mod reg_column;
mod role_named_pg;
mod run_by_unit;
mod setting_removed;
mod standby;
mod stored_setting_removed;
mod subscription;
mod system_composite_column;
mod tablespace_in_data;
mod tablespace_missing;
mod tablespace_taken;
mod template0_open;
mod template_missing;
mod wal_elsewhere;

pub use blocker::{Blocker, Found, Look};
pub use machine::{Machine, Room};
pub(super) use machine::{broken, busy_port, bytes_in, clones_in, folders_of, is_mount};
pub use page::pages;

/// All of them: what keeps the programs from running first, then what is in the databases.
pub const BLOCKERS: [&Blocker; 46] = [
    &program_missing::BLOCKER,
    &minor_older::BLOCKER,
    &not_shut_down::BLOCKER,
    &recovering::BLOCKER,
    &standby::BLOCKER,
    &run_by_unit::BLOCKER,
    &busy_port::BLOCKER,
    &name_taken::BLOCKER,
    &programs_elsewhere::BLOCKER,
    &disk_full::BLOCKER,
    &no_clones::BLOCKER,
    &mount_point::BLOCKER,
    &odd_path::BLOCKER,
    &wal_elsewhere::BLOCKER,
    &install_user_locked_out::BLOCKER,
    &role_named_pg::BLOCKER,
    &broken_name::BLOCKER,
    &template0_open::BLOCKER,
    &template_missing::BLOCKER,
    &closed_database::BLOCKER,
    &invalid_database::BLOCKER,
    &prepared_transaction::BLOCKER,
    &logical_slot::BLOCKER,
    &link_with_slots::BLOCKER,
    &extension_missing::BLOCKER,
    &library_missing::BLOCKER,
    &preload_library_missing::BLOCKER,
    &setting_removed::BLOCKER,
    &stored_setting_removed::BLOCKER,
    &tablespace_missing::BLOCKER,
    &tablespace_in_data::BLOCKER,
    &tablespace_taken::BLOCKER,
    &new_cluster_refused::BLOCKER,
    &configuration_refused::BLOCKER,
    &pg_upgrade_refuses::BLOCKER,
    &reg_column::BLOCKER,
    &system_composite_column::BLOCKER,
    &aclitem_column::BLOCKER,
    &not_null_not_inherited::BLOCKER,
    &postfix_operator::BLOCKER,
    &polymorphic_function::BLOCKER,
    &encoding_conversion::BLOCKER,
    &physical_slot::BLOCKER,
    &subscription::BLOCKER,
    &archiving::BLOCKER,
    &old_password_hash::BLOCKER,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::Binaries;

    fn room(free: u64) -> Room {
        let mut room = Room::of(std::path::Path::new("/"), 1 << 29);
        room.free = Some(free);
        room
    }

    #[test]
    fn what_is_on_one_disk_is_added_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut rooms = vec![Room::of(folder.path(), 5)];
        Room::add(&mut rooms, Room::of(folder.path(), 7));
        assert_eq!(rooms.iter().map(|room| room.needed).collect::<Vec<_>>(), [12]);
        // Another disk has room of its own.
        Room::add(&mut rooms, Room::of(std::path::Path::new("/proc"), 9));
        assert_eq!(rooms.iter().map(|room| room.needed).collect::<Vec<_>>(), [12, 9]);
    }

    fn healthy() -> Machine {
        let of = |major: u32| Binaries { bin: "/nowhere".into(), major, version: format!("{major}.1") };
        Machine {
            from: of(15),
            to: of(18),
            old_number: 150_018,
            new_number: 180_004,
            data: "/srv/pg/data".into(),
            work: "/srv/pg/data.upgrade".into(),
            configuration: "/srv/pg/data/postgresql.conf".into(),
            debian: false,
            taken: None,
            usual_programs: None,
            unit: None,
            broken: None,
            busy_port: None,
            is_mount: false,
            wal_elsewhere: None,
            rooms: vec![room(1 << 30)],
            clones: Some(true),
            links: false,
            new_extensions: Some(std::collections::BTreeMap::new()),
            new_libraries: Some("/nowhere/lib".into()),
            new_settings: ["work_mem".to_owned()].into(),
            init_error: None,
            start_error: None,
            upgrade_error: None,
        }
    }

    /// The names of what the machine itself shows, but for the programs: there are none.
    fn found(machine: &Machine) -> Vec<&'static str> {
        let looks = BLOCKERS.iter().filter(|blocker| blocker.name != "program-missing");
        looks.filter(|blocker| !blocker.of_machine(machine).is_empty()).map(|blocker| blocker.name).collect()
    }

    #[test]
    fn what_the_machine_shows() {
        assert_eq!(found(&healthy()), [""; 0]);
        let unit = Some("pg.service".to_owned());
        let said = || Some("said".to_owned());
        let cases = [
            ("minor-older", Machine { old_number: 150_020, ..healthy() }),
            ("not-shut-down", Machine { broken: said(), ..healthy() }),
            ("run-by-unit", Machine { unit: unit.clone(), ..healthy() }),
            ("name-taken", Machine { taken: Some("/etc/postgresql/18/main".into()), ..healthy() }),
            ("programs-elsewhere", Machine { usual_programs: Some("/usr/lib/postgresql/18/bin".into()), ..healthy() }),
            ("busy-port", Machine { busy_port: Some((5432, "answers".into())), ..healthy() }),
            ("disk-full", Machine { rooms: vec![room(1 << 30), room(1 << 28)], ..healthy() }),
            ("no-clones", Machine { clones: Some(false), ..healthy() }),
            ("mount-point", Machine { is_mount: true, ..healthy() }),
            ("odd-path", Machine { data: "/srv/my data".into(), ..healthy() }),
            ("wal-elsewhere", Machine { wal_elsewhere: Some("/wal".into()), ..healthy() }),
            ("new-cluster-refused", Machine { init_error: said(), ..healthy() }),
            ("configuration-refused", Machine { start_error: said(), ..healthy() }),
            ("pg-upgrade-refuses", Machine { upgrade_error: said(), ..healthy() }),
        ];
        for (name, machine) in cases {
            assert_eq!(found(&machine), [name]);
        }
        // Debian's own units are changed by Debian's own tools.
        assert_eq!(found(&Machine { unit, debian: true, ..healthy() }), [""; 0]);
    }

    #[test]
    fn libraries_and_settings_of_the_new_version() {
        let sound = healthy();
        let library = |name| sound.new_library(name).unwrap().display().to_string();
        assert_eq!(library("$libdir/hstore"), format!("/nowhere/lib/hstore.{}", machine::LIBRARY));
        assert_eq!(library("/opt/own.so"), "/opt/own.so");
        assert!(sound.lacks_setting("old_snapshot_threshold") && !sound.lacks_setting("Work_Mem"));
        assert!(!sound.lacks_setting("pg_stat_statements.max"));
    }

    #[test]
    fn every_blocker_says_what_it_is() {
        for blocker in BLOCKERS {
            assert!(blocker.why.ends_with('.') && !blocker.title.ends_with('.'), "{}", blocker.name);
            assert_eq!(BLOCKERS.iter().filter(|other| other.name == blocker.name).count(), 1, "{}", blocker.name);
        }
    }
}
