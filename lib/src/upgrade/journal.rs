//! How far an upgrade has come: a file beside the data folder, written before each step and whole at every moment.

use std::fs::File;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::debian::Registration;
use super::evidence::Evidence;
use super::probe::Probe;
use super::swap::{is_ours, log_of, options_of};
use super::{Method, Seconds, Settled, Site};
use crate::cluster::Cluster;
use crate::error::{Error, ErrorKind, Result};
use crate::tool::Binaries;

/// The version of the format.
const VERSION: u32 = 1;

/// What is under way, or done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The new cluster is made, empty, beside the old one, which runs.
    Preparing,
    /// The old server is being stopped.
    Stopping,
    /// The old cluster is looked at, on a private socket.
    Surveying,
    /// pg_upgrade is at work.
    Upgrading,
    /// pg_upgrade has ended well, and nobody has started the new cluster.
    Upgraded,
    /// The new cluster is brought up to date and compared, on a private socket.
    Settling,
    /// It is, and down again.
    Settled,
    /// The folders change places.
    Swapping,
    /// The new cluster is in its place.
    Swapped,
    /// The new server was started; the old cluster waits for `finish` or `rollback`.
    Open,
    /// The old cluster is being put back.
    RollingBack,
    /// The old cluster is being removed.
    Finishing,
}

impl Step {
    /// Every step.
    pub const ALL: [Step; 12] = [
        Step::Preparing,
        Step::Stopping,
        Step::Surveying,
        Step::Upgrading,
        Step::Upgraded,
        Step::Settling,
        Step::Settled,
        Step::Swapping,
        Step::Swapped,
        Step::Open,
        Step::RollingBack,
        Step::Finishing,
    ];

    /// As the file has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Stopping => "stopping",
            Self::Surveying => "surveying",
            Self::Upgrading => "upgrading",
            Self::Upgraded => "upgraded",
            Self::Settling => "settling",
            Self::Settled => "settled",
            Self::Swapping => "swapping",
            Self::Swapped => "swapped",
            Self::Open => "open",
            Self::RollingBack => "rolling-back",
            Self::Finishing => "finishing",
        }
    }
}

/// How far an upgrade has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// The version of the format.
    pub version: u32,
    /// What is under way.
    pub step: Step,
    /// The data folder; the journal of another one is no word on this one.
    #[serde(default)]
    pub data: PathBuf,
    /// The old version's programs.
    pub from: Programs,
    /// The new version's.
    pub to: Programs,
    /// How the rows come over.
    pub method: Method,
    /// What the old cluster is like.
    pub old: Probe,
    /// How Debian's tools know it, where they look after it.
    pub registration: Option<Registration>,
    /// Whether the server ran before.
    pub ran: bool,
    /// The options that the server was started with.
    pub options: Vec<String>,
    /// Where its log goes.
    pub log: PathBuf,
    /// When the upgrade began.
    pub began: String,
    /// What the old cluster has.
    pub evidence: Option<Evidence>,
    /// The next transaction of the old cluster when it had been looked at.
    #[serde(default)]
    pub old_transaction: Option<u64>,
    /// What came of the comparison.
    pub settled: Option<Settled>,
    /// The next transaction of the new cluster when it was put in place.
    pub transaction: Option<u64>,
    /// How long it took.
    pub seconds: Seconds,
}

/// A version and where its programs are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programs {
    /// Major version.
    pub major: u32,
    /// As the programs print it.
    pub version: String,
    /// Their folder.
    pub bin: PathBuf,
}

impl From<&Binaries> for Programs {
    fn from(binaries: &Binaries) -> Self {
        Self { major: binaries.major, version: binaries.version.clone(), bin: binaries.bin.clone() }
    }
}

impl Programs {
    /// As the tool has them.
    pub fn binaries(&self) -> Binaries {
        Binaries { bin: self.bin.clone(), major: self.major, version: self.version.clone() }
    }
}

impl Journal {
    /// A new one.
    pub(super) fn begin(site: &Site, from: &Binaries, to: &Binaries, method: Method, old: Probe) -> Self {
        Self {
            version: VERSION,
            step: Step::Preparing,
            data: site.data.clone(),
            from: from.into(),
            to: to.into(),
            method,
            old,
            registration: None,
            ran: false,
            options: Vec::new(),
            log: PathBuf::new(),
            began: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            evidence: None,
            old_transaction: None,
            settled: None,
            transaction: None,
            seconds: Seconds::default(),
        }
    }

    /// The one of `site`, where an upgrade is under way or waits to be finished.
    ///
    /// # Errors
    /// It cannot be read, a later version of Mainstay has written it, or it is the one of another data folder.
    pub fn read(site: &Site) -> Result<Option<Self>> {
        let path = site.journal();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", &path, error)),
        };
        let wrong = |error| {
            let message = format!("{} is no journal of an upgrade", path.display());
            Error::new(ErrorKind::Verification, message).source(error).hint(format!(
                "PG_VERSION says which version is in {} and which in {}; look at both before you move anything",
                site.data.display(),
                site.aside().display()
            ))
        };
        let version = serde_json::from_str::<serde_json::Value>(&text).map_err(wrong)?["version"].as_u64();
        if version != Some(u64::from(VERSION)) {
            let message = format!("{} is of a version that this Mainstay does not know", path.display());
            return Err(Error::new(ErrorKind::Unsupported, message).hint("use the version that began the upgrade"));
        }
        let journal: Self = serde_json::from_str(&text).map_err(wrong)?;
        if !journal.data.as_os_str().is_empty() && journal.data != site.data {
            let message = format!("{} is of an upgrade of {}", path.display(), journal.data.display());
            return Err(Error::new(ErrorKind::Refused, message)
                .hint(format!("move both back, or remove {} where it is a copy", site.work.display())));
        }
        Ok(Some(journal))
    }

    /// Takes the lock, and reads what the journal says then: another one may have been at work until that moment.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`]: another one is at work; or as [`Journal::read`].
    pub(super) async fn hold(site: &Site) -> Result<(File, Option<Self>)> {
        let lock = site.lock().await?;
        Ok((lock, Self::read(site)?))
    }

    /// Whether the old cluster is of no use any more: the new server was started on its files.
    pub fn is_closed(&self) -> bool {
        self.method == Method::Link && self.step >= Step::Settling
    }

    /// Whether nothing is in the way of leaving it here and going back: the folders have not changed places yet.
    pub fn can_be_left(&self) -> bool {
        self.step < Step::Swapping && !self.is_closed()
    }

    /// Notes how the server runs that is to be started again at the end, where one does that is not one of our own.
    pub(super) fn see(&mut self, cluster: &Cluster, site: &Site) {
        if cluster.running().is_some() && !is_ours(site) {
            self.ran = true;
            self.options = options_of(cluster);
            self.log = log_of(cluster);
        }
    }

    /// The next step is under way: the file says so before anything of it is done.
    pub(super) fn enter(&mut self, step: Step, site: &Site) -> Result<()> {
        let next = Self { step, ..self.clone() };
        let text = serde_json::to_string_pretty(&next)
            .map_err(|error| Error::new(ErrorKind::Io, "the journal of the upgrade cannot be written").source(error))?;
        site.write(&site.journal(), &(text + "\n"))?;
        *self = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_a_later_version_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::of(&folder.path().join("data"));
        std::fs::create_dir(&site.work).unwrap();
        assert_eq!(Journal::read(&site).unwrap(), None);
        let of = |major| Binaries { bin: "/bin".into(), major, version: format!("{major}.1") };
        let journal = Journal::begin(&site, &of(15), &of(18), Method::Clone, Probe::default());
        let text = serde_json::to_string(&journal).unwrap();
        std::fs::write(site.journal(), &text).unwrap();
        assert_eq!(Journal::read(&site).unwrap(), Some(journal.clone()));
        std::fs::write(site.journal(), text.replace("\"version\":1,", "\"version\":2,")).unwrap();
        assert_eq!(Journal::read(&site).unwrap_err().kind(), ErrorKind::Unsupported);
        std::fs::write(site.journal(), "{").unwrap();
        assert_eq!(Journal::read(&site).unwrap_err().kind(), ErrorKind::Verification);
        // One that was copied along with a data folder says nothing of the copy.
        let other = Journal { data: "/srv/other".into(), ..journal };
        std::fs::write(site.journal(), serde_json::to_string(&other).unwrap()).unwrap();
        assert_eq!(Journal::read(&site).unwrap_err().kind(), ErrorKind::Refused);
    }

    #[test]
    fn what_could_not_be_written_down_was_not_entered() {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::of(&folder.path().join("data"));
        let of = |major| Binaries { bin: "/bin".into(), major, version: format!("{major}.1") };
        let mut journal = Journal::begin(&site, &of(15), &of(18), Method::Link, Probe::default());
        assert!(journal.enter(Step::Settling, &site).is_err(), "there is no folder for it");
        assert_eq!((journal.step, journal.is_closed()), (Step::Preparing, false));
    }

    #[test]
    fn every_step_has_the_word_that_the_file_has() {
        for step in Step::ALL {
            assert_eq!(serde_json::to_value(step).unwrap(), step.word());
        }
    }
}
