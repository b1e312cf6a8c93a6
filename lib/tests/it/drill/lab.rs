//! Backups that are drilled.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mainstay::Result;
use mainstay::archive::codec::Codec;
use mainstay::archive::digest::Stored;
use mainstay::archive::manifest::{MANIFEST, Manifest};
use mainstay::archive::toc::{Entry, Section, Toc};
use mainstay::backup::{Cut, Order, RowFormat, create};
use mainstay::conn::Target;
use mainstay::drill::{self, Drilled, Ground};
use mainstay::engine::Context;
use mainstay::observer::Silent;
use mainstay::store::{FolderStore, Found, Store, find};
use mainstay_testing::clients;

pub(super) fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "drill".to_owned() }
}

/// The folders of all programs.
pub(super) fn search_path() -> String {
    clients().iter().map(|binaries| binaries.bin.display().to_string()).collect::<Vec<_>>().join(":")
}

/// A store in a folder of its own, with a backup of `target`.
pub(super) struct Lab {
    pub(super) target: Target,
    pub(super) home: tempfile::TempDir,
    pub(super) store: Arc<dyn Store>,
    pub(super) id: String,
}

impl Lab {
    /// Rows are stored as they are, tables of more than some pages in ranges by key.
    pub(super) async fn new(target: Target) -> Self {
        let home = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(FolderStore::new(home.path().join("kept")));
        let (path, temporary) = (search_path(), std::env::temp_dir());
        let mut order = Order::new(store.as_ref(), &path, &temporary);
        order.cut = Cut::Key { bytes: 16384 };
        order.compress = Some(Codec::None);
        order.rows = RowFormat::Text;
        let id = create(&target, &order, &context()).await.unwrap().manifest.id;
        Self { target, home, store, id }
    }

    /// The backup's folder.
    pub(super) fn folder(&self) -> PathBuf {
        self.home.path().join("kept").join(&self.id)
    }

    pub(super) async fn found(&self) -> Found {
        find(self.store.as_ref(), &self.id, None).await.unwrap()
    }

    /// Drills it where it was taken, or as `change` says.
    pub(super) async fn drill(&self, change: impl for<'a> Fn(&mut drill::Order<'a>)) -> Result<Drilled> {
        let (path, temporary, context) = (search_path(), std::env::temp_dir(), context());
        let mut order = drill::Order {
            ground: Ground::Any,
            target: &self.target,
            admin: None,
            unlocking: None,
            ledger: None,
            jobs: 2,
            search_path: &path,
            temporary: &temporary,
            context: &context,
        };
        change(&mut order);
        drill::drill(self.store.clone(), &self.found().await, &order).await
    }

    pub(super) fn toc(&self) -> Toc {
        Toc::read(&read(&self.folder().join("toc.dat"))).unwrap()
    }

    /// Writes `bytes` in place of a file, and what is true of them into the manifest: nothing that was written is missed.
    pub(super) async fn replace(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder().join(name), bytes).unwrap();
        self.retell(|manifest| {
            let file = manifest.files.iter_mut().find(|file| file.name == name).unwrap();
            (file.stored, file.plain_bytes) = (Stored::of(bytes), bytes.len() as u64);
        });
    }

    /// Writes another manifest.
    pub(super) fn retell(&self, change: impl FnOnce(&mut Manifest)) {
        let path = self.folder().join(MANIFEST);
        let mut manifest = Manifest::read(&read(&path)).unwrap();
        change(&mut manifest);
        std::fs::write(path, manifest.to_bytes()).unwrap();
    }
}

pub(super) fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// The place of the entry of this kind and name.
pub(super) fn at(toc: &Toc, kind: &str, tag: &str) -> usize {
    toc.entries.iter().position(|entry| entry.kind == kind && entry.tag.as_deref() == Some(tag.as_bytes())).unwrap()
}

/// A trigger that changes what is loaded into `table`, made before the rows are.
pub(super) fn liar(toc: &mut Toc, table: &str, number: usize) {
    let mut trigger = Entry::new(2_000_000, "TRIGGER", Some(format!("{table} liar").into_bytes()), Section::PreData);
    trigger.namespace = Some(b"public".to_vec());
    trigger.definition = Some(
        format!(
            "CREATE FUNCTION public.liar() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN IF NEW.id = {number} THEN NEW.note := ''other''; END IF; RETURN NEW; END';\n\
             CREATE TRIGGER liar BEFORE INSERT ON public.{table} FOR EACH ROW EXECUTE FUNCTION public.liar();\n"
        )
        .into_bytes(),
    );
    let rows = toc.entries.iter().position(|entry| entry.section == Section::Data).unwrap();
    toc.entries.insert(rows, trigger);
}
