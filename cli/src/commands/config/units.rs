//! Units of systemd as text.
//!
//! Source: systemd.service(5), "Command lines"; systemd.exec(5), "Sandboxing"; systemd.unit(5), "Specifiers".

use std::fmt::Write;
use std::path::{Path, PathBuf};

use mainstay::{Error, ErrorKind};
use serde::Serialize;

/// What shuts a unit in. None of it is in the way of pg_dump, of `via` or of a command that sends mail.
const SHUT_IN: &str = "\
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=read-only
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
";

/// What a user's own manager can do of it without rights of its own.
const SHUT_IN_BY_USER: &str = "\
NoNewPrivileges=yes
RestrictRealtime=yes
LockPersonality=yes
SystemCallArchitectures=native
";

/// A unit's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Unit {
    /// The file's name.
    pub(super) name: String,
    pub(super) text: String,
}

/// Who runs units.
pub(super) enum Manager {
    System { user: String },
    User,
}

/// What all units of a service have in common.
pub(super) struct Setting {
    /// What their names begin with.
    pub(super) service: String,
    /// The program with the arguments that are always there.
    pub(super) words: Vec<String>,
    pub(super) root: PathBuf,
    pub(super) manager: Manager,
    pub(super) on_failure: Option<String>,
    /// Folders that may be written.
    pub(super) writes: Vec<PathBuf>,
    /// Whether the server is on this machine.
    pub(super) server_here: bool,
    /// Whether something lies in the `/tmp` that everybody has.
    pub(super) shares_tmp: bool,
}

/// What is done, and when.
pub(super) struct Job<'a> {
    pub(super) name: &'a str,
    /// For people, in front of the service's name.
    pub(super) does: &'a str,
    /// One after the other, each only if the one before went well.
    pub(super) commands: Vec<&'a [&'a str]>,
    /// A calendar event of systemd.time(7).
    pub(super) when: String,
}

impl Setting {
    /// The unit that does it.
    ///
    /// # Errors
    /// A path cannot stand in a unit.
    pub(super) fn service(&self, job: &Job<'_>) -> Result<Unit, Error> {
        let mut text = format!("[Unit]\nDescription={} {}\n", job.does, specified(&self.service));
        if let Manager::System { .. } = self.manager {
            text.push_str("Wants=network-online.target\nAfter=network-online.target");
            text.push_str(if self.server_here { " postgresql.service\n" } else { "\n" });
        }
        if let Some(unit) = &self.on_failure {
            let _ = writeln!(text, "OnFailure={unit}");
        }
        text.push_str("\n[Service]\nType=oneshot\n");
        if let Manager::System { user } = &self.manager {
            let _ = writeln!(text, "User={user}");
        }
        let _ = writeln!(text, "WorkingDirectory={}", specified(one_line(&self.root)?));
        for command in &job.commands {
            let words = self.words.iter().map(String::as_str).chain(command.iter().copied());
            let words: Vec<String> = words.map(argument).collect();
            let _ = writeln!(text, "ExecStart={}", words.join(" "));
        }
        text.push_str("UMask=0077\nNice=10\nCPUSchedulingPolicy=batch\nIOSchedulingClass=idle\n");
        match self.manager {
            Manager::User => text.push_str(SHUT_IN_BY_USER),
            Manager::System { .. } => {
                text.push_str(SHUT_IN);
                // What is put together aside is in the folder for temporary files.
                text.push_str(if self.shares_tmp { "ReadWritePaths=/tmp /var/tmp\n" } else { "PrivateTmp=yes\n" });
                for folder in &self.writes {
                    let _ = writeln!(text, "ReadWritePaths={}", quoted(&specified(one_line(folder)?)));
                }
            }
        }
        Ok(Unit { name: format!("{}-{}.service", self.service, job.name), text })
    }

    /// The unit that starts it at its time; one that was missed, for the machine was off, is made up for.
    pub(super) fn timer(&self, job: &Job<'_>) -> Unit {
        let text = format!(
            "[Unit]\nDescription={} {} in time\n\n[Timer]\nOnCalendar={}\nRandomizedDelaySec=15min\nPersistent=true\n\n\
             [Install]\nWantedBy=timers.target\n",
            job.does,
            specified(&self.service),
            job.when
        );
        Unit { name: format!("{}-{}.timer", self.service, job.name), text }
    }
}

/// An argument of a command line: no specifier, no variable, one word.
fn argument(text: &str) -> String {
    quoted(&specified(text).replace('$', "$$"))
}

/// As it is where nothing in it means anything, else in double quotes.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-%$:=@+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// A percent sign begins a specifier.
fn specified(text: &str) -> String {
    text.replace('%', "%%")
}

/// A path that fits a line of its own.
fn one_line(path: &Path) -> Result<&str, Error> {
    let text = path.to_str().filter(|text| !text.contains(char::is_control) && !text.ends_with('\\'));
    text.ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("the path {path:?} cannot stand in a unit"))
            .hint("give the folder a name of plain letters, then: mainstay config systemd")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        let check = |text: &str, unit: &str| assert_eq!(argument(text), unit);
        check("/usr/bin/mainstay", "/usr/bin/mainstay");
        check("/srv/my walt", "\"/srv/my walt\"");
        check("100%", "100%%");
        check("$HOME", "$$HOME");
        check("a\"b\\c'd;e", "\"a\\\"b\\\\c'd;e\"");
        check("", "\"\"");
        assert!(one_line(Path::new("/srv/a\nb")).is_err());
    }

    #[test]
    fn a_night_with_all_that_shuts_it_in() {
        let setting = Setting {
            service: "walt".to_owned(),
            words: ["/usr/bin/mainstay", "-C", "/srv/walt"].map(str::to_owned).to_vec(),
            root: "/srv/walt".into(),
            manager: Manager::System { user: "walt".to_owned() },
            on_failure: Some("mail@%n.service".to_owned()),
            writes: vec!["/srv/walt/back ups".into()],
            server_here: true,
            shares_tmp: false,
        };
        let job = Job {
            name: "backup",
            does: "Back up",
            commands: vec![&["backup", "create"], &["backup", "prune"]],
            when: "*-*-* 02:30:00".to_owned(),
        };
        let unit = setting.service(&job).unwrap();
        insta::assert_snapshot!(unit.text.replace(SHUT_IN, "[shut in]\n"), @r#"
        [Unit]
        Description=Back up walt
        Wants=network-online.target
        After=network-online.target postgresql.service
        OnFailure=mail@%n.service

        [Service]
        Type=oneshot
        User=walt
        WorkingDirectory=/srv/walt
        ExecStart=/usr/bin/mainstay -C /srv/walt backup create
        ExecStart=/usr/bin/mainstay -C /srv/walt backup prune
        UMask=0077
        Nice=10
        CPUSchedulingPolicy=batch
        IOSchedulingClass=idle
        [shut in]
        PrivateTmp=yes
        ReadWritePaths="/srv/walt/back ups"
        "#);
        assert_eq!(
            (unit.name.as_str(), setting.timer(&job).name.as_str()),
            ("walt-backup.service", "walt-backup.timer")
        );
    }
}
