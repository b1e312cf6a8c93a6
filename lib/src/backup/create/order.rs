//! What is asked of a backup.

use std::path::Path;
use std::time::Duration;

use crate::archive::codec::Codec;
use crate::archive::sealed::Sealer;
use crate::engine::Session;
use crate::error::Result;
use crate::store::Store;

/// What is asked of a backup.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// Where it goes.
    pub store: &'a dyn Store,
    /// Sessions that copy rows at once; one for each processor where nobody says.
    pub jobs: Option<usize>,
    /// How the rows are compressed; what the installed pg_restore reads best where nobody says.
    pub compress: Option<Codec>,
    /// How all of it but the manifest is encrypted.
    pub sealer: &'a Sealer,
    /// How the rows are written.
    pub rows: RowFormat,
    /// How large tables are cut up.
    pub cut: Cut,
    /// Password hashes of roles too, which only a superuser may read.
    pub with_passwords: bool,
    /// How long to wait for a table that somebody has locked.
    pub lock_wait: Duration,
    /// The value of PATH, for finding pg_dump.
    pub search_path: &'a str,
    /// Where a private folder may be made for the schema, which is small.
    pub temporary: &'a Path,
    /// Reads the version that the migrations' ledger has; missing where there are no migrations.
    pub ledger: Option<&'a dyn Ledger>,
}

/// Knows where the version of the migrations stands in a database.
#[async_trait::async_trait]
pub trait Ledger: Send + Sync {
    /// The version, as the session of the backup sees it.
    ///
    /// # Errors
    /// The ledger cannot be read: the backup is then without a version.
    async fn version(&self, session: &mut dyn Session) -> Result<Option<String>>;
}

/// No encryption, where nobody says.
static PLAIN: Sealer = Sealer::Plain;

impl<'a> Order<'a> {
    /// A backup to `store` as it is best for most.
    pub fn new(store: &'a dyn Store, search_path: &'a str, temporary: &'a Path) -> Self {
        Self {
            store,
            jobs: None,
            compress: None,
            sealer: &PLAIN,
            rows: RowFormat::Fast,
            cut: Cut::Suitable,
            with_passwords: false,
            lock_wait: Duration::from_secs(30),
            search_path,
            temporary,
            ledger: None,
        }
    }

    /// The public keys of its encryption.
    pub(super) fn recipients(&self) -> Vec<String> {
        self.sealer.encryption().map(|encryption| encryption.recipients).unwrap_or_default()
    }

    /// Sessions that copy rows at once.
    #[cfg(feature = "postgres")]
    pub(super) fn jobs(&self) -> usize {
        const MOST: usize = 8;
        let processors = || std::thread::available_parallelism().map_or(2, usize::from).clamp(2, MOST);
        self.jobs.unwrap_or_else(processors).max(1)
    }
}

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowFormat {
    /// In COPY's binary format where all columns of a table have types whose binary form is the same everywhere, else as text.
    /// Every pg_restore loads it; a script cannot be made of it.
    #[default]
    Fast,
    /// As text, of which pg_restore can make a script too.
    Text,
}

/// How large tables are cut up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cut {
    /// So that all sessions are busy: by pages where the server finds them, else by an integer key in whose order the rows lie.
    #[default]
    Suitable,
    /// By an integer key where there is one, into parts of about so many bytes.
    Key {
        /// Bytes of the table in a part.
        bytes: u64,
    },
    /// By pages, into parts of about so many bytes.
    Pages {
        /// Bytes of the table in a part.
        bytes: u64,
    },
}
