//! What the old cluster is like, so that the new one is made like it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cluster::Cluster;
use crate::engine::Session;
use crate::error::Result;

use super::servers::databases_of;

/// What the old cluster is like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The role that made it, or whom we are where that one cannot log in.
    pub(super) user: String,
    /// The server's version, 150018.
    pub(super) number: u32,
    /// The cluster's own number.
    pub(super) system: String,
    /// The main configuration file, where it is not in the data folder.
    pub(super) outside: Option<PathBuf>,
    /// Where its log goes, in the data folder: a name.
    pub(super) log_folder: String,
    /// Tablespaces: where each is.
    pub(super) tablespaces: Vec<PathBuf>,
    /// The databases that can be connected to.
    pub(super) databases: Vec<String>,
    like: Like,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Like {
    encoding: String,
    collate: String,
    ctype: String,
    provider: String,
    locale: Option<String>,
    rules: Option<String>,
    checksums: bool,
    segment: u64,
    group_access: bool,
}

impl Probe {
    /// Asks a session of a superuser.
    pub(super) async fn ask(session: &mut dyn Session, cluster: &Cluster) -> Result<Self> {
        let settings = session
            .query(
                "SELECT current_setting('config_file'), current_setting('log_directory'), current_setting('data_checksums'), \
                   (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'wal_segment_size'), \
                   (SELECT system_identifier FROM pg_catalog.pg_control_system())",
            )
            .await?;
        let cell = |at: usize| settings.first().and_then(|row| row.get(at)).and_then(|cell| cell.as_deref());
        let text = |at: usize| cell(at).unwrap_or_default().to_owned();
        let (configuration, log_folder) = (PathBuf::from(text(0)), text(1));
        let (checksums, segment) = (cell(2) == Some("on"), cell(3).and_then(|bytes| bytes.parse().ok()));
        let system = text(4);
        let places = session
            .query("SELECT pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace WHERE oid >= 16384 ORDER BY 1")
            .await?;
        let mut like = sorting(session).await?;
        like.checksums = checksums;
        like.segment = segment.unwrap_or(16 << 20);
        like.group_access = std::fs::metadata(&cluster.data).is_ok_and(|about| about.mode() & 0o050 != 0);
        Ok(Self {
            user: session.server().user.clone(),
            number: session.server().version_number,
            system,
            outside: is_outside(&configuration, &cluster.data).then_some(configuration),
            log_folder,
            tablespaces: places.into_iter().flatten().flatten().map(PathBuf::from).collect(),
            databases: databases_of(session).await?,
            like,
        })
    }

    /// The options of initdb that make a cluster of version `to` like it.
    pub(super) fn init_options(&self, to: u32) -> Vec<String> {
        let like = &self.like;
        let mut options = vec![
            format!("--username={}", self.user),
            format!("--encoding={}", like.encoding),
            "--locale=C".to_owned(),
            format!("--lc-collate={}", like.collate),
            format!("--lc-ctype={}", like.ctype),
            format!("--wal-segsize={}", like.segment >> 20),
            "--auth=trust".to_owned(),
            "--no-sync".to_owned(),
            "--no-instructions".to_owned(),
        ];
        let locale = like.locale.as_deref().unwrap_or_default();
        match like.provider.as_str() {
            "i" => options.extend(["--locale-provider=icu".to_owned(), format!("--icu-locale={locale}")]),
            "b" => options.extend(["--locale-provider=builtin".to_owned(), format!("--builtin-locale={locale}")]),
            _ if to >= 15 => options.push("--locale-provider=libc".to_owned()),
            _ => {}
        }
        options.extend(like.rules.as_ref().map(|rules| format!("--icu-rules={rules}")));
        match like.checksums {
            true => options.push("--data-checksums".to_owned()),
            // They are the default from 18 on.
            false if to >= 18 => options.push("--no-data-checksums".to_owned()),
            false => {}
        }
        if like.group_access {
            options.push("--allow-group-access".to_owned());
        }
        if to < 14 {
            options.retain(|option| option != "--no-instructions");
        }
        options
    }
}

/// What came with later versions is looked for by name, so that one query does for all.
async fn sorting(session: &mut dyn Session) -> Result<Like> {
    let rows = session
        .query(
            "SELECT pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, \
               COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c'), \
               COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale'), \
               pg_catalog.to_jsonb(d) ->> 'daticurules' \
             FROM pg_catalog.pg_database d WHERE d.datname = 'template0'",
        )
        .await?;
    let mut cells = rows.into_iter().next().unwrap_or_default().into_iter();
    let mut next = || cells.next().flatten();
    Ok(Like {
        encoding: next().unwrap_or_else(|| "UTF8".to_owned()),
        collate: next().unwrap_or_else(|| "C".to_owned()),
        ctype: next().unwrap_or_else(|| "C".to_owned()),
        provider: next().unwrap_or_default(),
        locale: next(),
        rules: next(),
        ..Like::default()
    })
}

fn is_outside(configuration: &Path, data: &Path) -> bool {
    let folder = configuration.parent().and_then(|folder| folder.canonicalize().ok());
    folder.as_deref() != Some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(like: Like) -> Probe {
        Probe { user: "admin".into(), like, ..Probe::default() }
    }

    #[test]
    fn a_cluster_is_made_like_the_old_one() {
        let like = Like {
            encoding: "UTF8".into(),
            collate: "de_DE.UTF-8".into(),
            ctype: "C".into(),
            provider: "c".into(),
            segment: 64 << 20,
            ..Like::default()
        };
        let options = probe(like.clone()).init_options(18).join(" ");
        let expected = "--username=admin --encoding=UTF8 --locale=C --lc-collate=de_DE.UTF-8 --lc-ctype=C --wal-segsize=64 \
                        --auth=trust --no-sync --no-instructions --locale-provider=libc --no-data-checksums";
        assert_eq!(options, expected);
        let options = probe(Like { checksums: true, group_access: true, ..like.clone() }).init_options(17).join(" ");
        assert!(options.ends_with("--locale-provider=libc --data-checksums --allow-group-access"), "{options}");
        let icu = Like { provider: "i".into(), locale: Some("en-US".into()), rules: Some("&a < g".into()), ..like };
        let options = probe(icu).init_options(17).join(" ");
        assert!(options.ends_with("--locale-provider=icu --icu-locale=en-US --icu-rules=&a < g"), "{options}");
    }
}
