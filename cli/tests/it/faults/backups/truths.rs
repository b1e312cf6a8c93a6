//! The four truths, after each command that a fault has met: no false success, nothing half done that counts as a backup, the
//! proven one untouched, and the next run clean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ground::{Ended, FINGERPRINT, Ground, files, finished_of};

impl Ground {
    /// The truths after a `backup create` that `fault` has met. `sure` is false where nobody can know whether the last answer was
    /// heard: it may then be there, whole, though it is not told.
    pub(super) fn after_create(&mut self, fault: &str, ended: &Ended, sure: bool) {
        self.faults += 1;

        let others = self.others(fault);
        let finished = finished_of(&others);
        match ended.code {
            0 => {
                assert!(finished.len() == 1 && ended.out.contains(&finished[0]), "{fault}: {ended:?}, {others:?}");
            }
            _ if sure => assert!(finished.is_empty(), "{fault}: {ended:?}, {others:?}"),
            _ => assert!(finished.len() < 2, "{fault}: {ended:?}, {others:?}"),
        }
        for id in &finished {
            assert_eq!(others[id], "checked", "{fault}");
            self.good(fault, &["backup", "verify", id]);
        }
        self.untouched(fault);
        let next = self.create(fault);
        self.good(fault, &["backup", "verify", &next]);
        let parts: Vec<PathBuf> =
            files(&self.root).into_keys().filter(|path| path.to_string_lossy().ends_with("-part")).collect();
        assert!(parts.is_empty(), "after {fault} and another run: {parts:?}");
        let scratch = files(&self.cli.project().join("tmp"));
        assert!(scratch.is_empty(), "after {fault} and another run: {:?}", scratch.keys());
        for id in finished.iter().chain([&next]) {
            std::fs::remove_dir_all(self.root.join(id)).expect("a backup's folder");
        }
        self.untouched(fault);
    }

    /// The truths after a `restore … --into name` that `fault` has met.
    pub(super) fn after_restore(&mut self, fault: &str, ended: &Ended, name: &str) {
        self.faults += 1;

        match self.has(name) {
            Some(found) => {
                // Where the connection went with the answer to the last statement, it says that nobody knows.
                let told = ended.code == 0 || ended.code == -1 || ended.err.contains("see which one has the name now");
                assert!(told, "{fault}: {name} is there: {ended:?}");
                assert_eq!(found, self.fingerprint, "{fault}: {ended:?}");
            }
            None => assert_ne!(ended.code, 0, "{fault}: {ended:?}"),
        }
        assert_eq!(self.database.psql(FINGERPRINT), self.fingerprint, "after {fault}: the source");
        self.alone();
        let (id, next) = (self.proven.clone(), format!("{name}_next"));
        self.good(fault, &["restore", &id, "--into", &next]);
        assert_eq!(self.has(&next).as_deref(), Some(self.fingerprint.as_str()), "after {fault}");
        assert_eq!(self.databases("mainstay_scratch_"), "", "after {fault} and another run");
        for name in [name, &next] {
            self.server.psql("postgres", &format!("DROP DATABASE IF EXISTS {name}"));
        }
        self.untouched(fault);
    }

    /// Drops the databases that a restore has kept.
    pub(super) fn give_up_kept(&self) {
        for name in self.databases(&format!("{}_before_", self.database.name())).split_whitespace() {
            self.server.psql("postgres", &format!("DROP DATABASE \"{name}\""));
        }
    }

    /// The truths after `args`, a restore in place of the database, which had `before` and was met by `fault`.
    pub(super) fn after_exchange(&mut self, fault: &str, ended: &Ended, before: Option<&str>, args: &[&str]) {
        self.faults += 1;

        self.alone();
        let (name, kept) = (self.database.name().to_owned(), format!("{}_before_", self.database.name()));
        let now = self.has(&name);
        if now.as_deref() == before {
            assert_ne!(ended.code, 0, "{fault}: {ended:?}");
            assert_eq!(self.databases(&kept), "", "{fault}: {ended:?}");
        } else {
            let told = [0, -1].contains(&ended.code) || ended.err.contains("mainstay status");
            assert!(told, "{fault}: {name} has other rows: {ended:?}");
            assert_eq!(now.as_deref(), Some(self.fingerprint.as_str()), "{fault}: {ended:?}");
        }
        self.give_up_kept();
        self.good(fault, args);
        assert_eq!(self.has(&name).as_deref(), Some(self.fingerprint.as_str()), "after {fault}");
        assert_eq!(self.databases("mainstay_scratch_"), "", "after {fault} and another run");
        self.give_up_kept();
        self.untouched(fault);
    }

    /// The truths after a `backup drill` that `fault` has met.
    pub(super) fn after_drill(&mut self, fault: &str, ended: &Ended) {
        self.faults += 1;

        match ended.code {
            0 => {
                assert!(
                    ended.out.contains("is proven") || ended.out.contains("\"proven\": true"),
                    "{fault}: {ended:?}"
                );
                self.proven_again();
            }
            // It may have come to write its proof, and not to say so.
            -1 => {
                let lasting = |files: BTreeMap<PathBuf, Vec<u8>>| {
                    let passing =
                        |path: &PathBuf| path.ends_with("proof.json") || path.to_string_lossy().ends_with("-part");
                    files.into_iter().filter(|(path, _)| !passing(path)).collect::<Vec<_>>()
                };
                let now = files(&self.root.join(&self.proven));
                assert!(lasting(now) == lasting(self.lying.clone()), "after {fault}: the proven backup is another");
            }
            _ => self.untouched(fault),
        }
        assert_eq!(self.others(fault), BTreeMap::new());
        self.alone();
        self.good(fault, &["backup", "drill"]);
        self.proven_again();
        assert_eq!(self.databases("mainstay_scratch_"), "", "after {fault} and another run");
        assert_eq!(self.database.psql(FINGERPRINT), self.fingerprint, "after {fault}: the source");
    }

    /// The truths after a `backup prune` of those that were planted, which `fault` has met.
    pub(super) fn after_prune(&mut self, fault: &str, ended: &Ended) {
        self.faults += 1;

        let others = self.others(fault);
        if ended.code == 0 {
            assert_eq!(others, BTreeMap::new(), "{fault}: {ended:?}");
        }
        for id in finished_of(&others) {
            self.good(fault, &["backup", "verify", &id]);
        }
        self.untouched(fault);
        self.good(fault, &["backup", "prune"]);
        assert_eq!(self.others(fault), BTreeMap::new(), "after {fault} and another run");
        self.untouched(fault);
    }

    /// The truths after an export of the proven backup to the folder `out`, which `fault` has met; `whole` is what it has to hold.
    pub(super) fn after_export(&mut self, fault: &str, ended: &Ended, out: &Path, whole: &BTreeMap<PathBuf, Vec<u8>>) {
        self.faults += 1;

        assert!(ended.code == 0 || ended.code == -1 || !out.exists(), "{fault}: {ended:?}");
        if out.exists() {
            assert!(files(out) == *whole, "{fault}: {ended:?}");
            std::fs::remove_dir_all(out).expect("a folder");
        }
        self.good(fault, &["backup", "export", "latest", &out.display().to_string()]);
        assert!(files(out) == *whole, "after {fault} and another run");
        std::fs::remove_dir_all(out).expect("a folder");
        let beside: Vec<PathBuf> =
            files(out.parent().expect("a folder")).into_keys().filter(|path| is_hidden(path)).collect();
        assert!(beside.is_empty(), "after {fault} and another run: {beside:?}");
        self.untouched(fault);
    }
}

/// Whether it lies below something hidden that is not finished.
fn is_hidden(path: &Path) -> bool {
    path.components().any(|step| step.as_os_str().to_string_lossy().ends_with(".part"))
}
