//! A service's database with an owner, an app, somebody else who creates, and rows.

use std::sync::{Arc, Mutex};

use mainstay::bootstrap::Wish;
use mainstay::conn::Target;
use mainstay::engine::{self, Context, Session};
use mainstay::observer::{Event, Observer, Silent};
use mainstay::roles::{self, Change, Deed, Password, Preset, Proposal};
use mainstay::{ErrorKind, Result};
use mainstay_testing::TestServer;

pub fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "test".into() }
}

pub fn create(role: &str, preset: Preset) -> Change {
    let deed = Deed::Create { preset, password: Password::WhenNew, close_public: false };
    Change { role: role.into(), deed }
}

pub fn grant(role: &str, preset: Preset) -> Change {
    Change { role: role.into(), deed: Deed::Grant { preset, close_public: false } }
}

pub fn revoke(role: &str, preset: Preset) -> Change {
    Change { role: role.into(), deed: Deed::Revoke { preset } }
}

pub fn titles(proposal: &Proposal) -> Vec<&str> {
    proposal.plan.steps.iter().map(|step| step.title.as_str()).collect()
}

/// The database `STEM_db` of `STEM_owner`, with tables, and names that start with the stem, so that tests share a server.
pub struct Ground {
    pub server: &'static TestServer,
    pub wish: Wish,
}

impl Ground {
    pub fn new(server: &'static TestServer, stem: &str) -> Self {
        let name = |ending: &str| format!("{stem}_{ending}");
        let (owner, second, service, database) = (name("owner"), name("second"), name("service"), name("db"));
        server.psql(
            "postgres",
            &format!("CREATE ROLE {owner} LOGIN; CREATE ROLE {second} LOGIN; CREATE ROLE {service} LOGIN"),
        );
        server.psql("postgres", &format!("CREATE DATABASE {database} OWNER {owner}"));
        let wish = Wish {
            database,
            owner,
            app: service,
            app_password: None,
            readers: Vec::new(),
            schema: None,
            extensions: Vec::new(),
            encoding: "UTF8".into(),
            locale: None,
        };
        let ground = Self { server, wish };
        // Servers before 15 let everybody create in `public`.
        ground.psql(&format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT ALL ON SCHEMA public TO {stem}_owner"));
        let today = format!(
            "CREATE TABLE before (id serial PRIMARY KEY, v text); INSERT INTO before (v) VALUES ('one');
             CREATE VIEW seen AS SELECT id, v FROM before; CREATE MATERIALIZED VIEW kept AS SELECT id, v FROM before;
             CREATE SCHEMA own; CREATE TABLE own.before (id int) PARTITION BY RANGE (id);
             CREATE TABLE own.before_1 PARTITION OF own.before FOR VALUES FROM (0) TO (100);
             CREATE SCHEMA shared; GRANT CREATE, USAGE ON SCHEMA shared TO {stem}_second"
        );
        ground.as_role(&format!("{stem}_owner"), &today).unwrap();
        ground.as_role(&format!("{stem}_second"), "CREATE TABLE shared.before (id int)").unwrap();
        ground
    }

    pub async fn session(&self, role: &str) -> Box<dyn Session> {
        self.session_heard(role, Arc::new(Silent)).await
    }

    pub async fn session_heard(&self, role: &str, observer: Arc<dyn Observer>) -> Box<dyn Session> {
        let target = Target::Postgres(self.server.target(role, &self.wish.database));
        engine::connect(&target, &Context { observer, ..context() }).await.expect("connected")
    }

    pub async fn plan(&self, change: &Change) -> Result<Proposal> {
        roles::plan(self.session("postgres").await.as_mut(), change, &self.wish).await
    }

    pub async fn apply(&self, change: &Change) -> Result<Proposal> {
        let proposal = self.plan(change).await?;
        self.apply_plan(change, &proposal).await?;
        Ok(proposal)
    }

    pub async fn apply_plan(&self, change: &Change, proposal: &Proposal) -> Result<()> {
        let password = proposal.wants_password().then(|| roles::generate().expect("random numbers"));
        let mut session = self.session("postgres").await;
        let plan = &proposal.plan;
        let applied = roles::apply(session.as_mut(), change, &self.wish, plan, password.as_ref(), &context()).await;
        session.close().await;
        applied
    }

    pub fn psql(&self, sql: &str) -> String {
        self.server.psql(&self.wish.database, sql)
    }

    pub fn as_role(&self, role: &str, sql: &str) -> Result<String, String> {
        self.server.try_psql(role, &self.wish.database, sql)
    }

    /// `sql` as `role` must be denied.
    pub fn denied(&self, role: &str, sql: &str) {
        let words = self.as_role(role, sql).expect_err(sql);
        assert!(words.contains("permission denied") || words.contains("must be"), "{sql} as {role}: {words}");
    }

    /// Everything that a write would leave a trace in.
    pub fn fingerprint(&self) -> String {
        self.psql(
            "SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
               SELECT concat_ws('|', 'class', relnamespace, relname, relowner, relacl,
                 -- Autovacuum counts the system's own tables whenever it likes.
                 CASE WHEN oid >= 16384 THEN reltuples END) FROM pg_class WHERE relkind <> 't'
               UNION ALL SELECT concat_ws('|', 'column', attrelid, attname, attacl, attstattarget) FROM pg_attribute
               UNION ALL SELECT concat_ws('|', 'schema', nspname, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_t'
               UNION ALL SELECT concat_ws('|', 'function', oid::regprocedure, proacl) FROM pg_proc
               UNION ALL SELECT concat_ws('|', 'database', datacl) FROM pg_database WHERE datname = current_database()
               UNION ALL SELECT concat_ws('|', 'default', defaclrole, defaclnamespace, defaclacl) FROM pg_default_acl
               UNION ALL SELECT concat_ws('|', 'comment', objoid, description) FROM pg_description
               UNION ALL SELECT concat_ws('|', 'large', m.oid, lomacl, l.data) FROM pg_largeobject_metadata m
                 LEFT JOIN pg_largeobject l ON l.loid = m.oid
               UNION ALL SELECT concat_ws('|', 'row', before) FROM before
               UNION ALL SELECT concat_ws('|', 'sequence', last_value, is_called) FROM before_id_seq) things(line)",
        )
    }
}

/// What the server warns of.
#[derive(Default)]
pub struct Notices(Mutex<Vec<String>>);

impl Notices {
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Notices {
    fn event(&self, event: Event<'_>) {
        if let Event::Notice { message, .. } = event {
            self.0.lock().unwrap().push(message.into());
        }
    }
}

/// The SQLSTATE with which `sql` fails, or its first value.
pub async fn outcome(session: &mut dyn Session, sql: &str) -> Result<String, String> {
    match session.query(sql).await {
        Ok(rows) => Err(engine::first_cell(&rows).unwrap_or_default().to_owned()),
        Err(error) => {
            assert_ne!(error.kind(), ErrorKind::ConnectionLost, "{sql}: {error:?}");
            Ok(error.sqlstate().unwrap_or_default().to_owned())
        }
    }
}
