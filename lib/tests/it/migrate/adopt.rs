//! Taking over another tool's ledger, or a database that has none.

mod by_catalog;
mod captured;
mod half;
mod matrix;
mod named;
mod peers;
mod proof;

use mainstay::Result;
use mainstay::adopt::{Adoption, Grounds, Proof, Request};
use mainstay::adopt::{apply, plan, prove};
use mainstay::states::States;

use super::lab::Lab;
use super::shape::Shape;

/// What `migrate adopt` does in the lab.
struct Adopting<'a> {
    lab: &'a Lab,
    states: States,
}

impl<'a> Adopting<'a> {
    fn new(lab: &'a Lab) -> Self {
        Self { lab, states: lab.states() }
    }

    async fn plan(&self, at: Option<&str>) -> Result<Adoption> {
        let request = Request { at: at.map(str::to_owned) };
        plan(&self.states, self.lab.session().await.as_mut(), &self.lab.try_folder()?, &request).await
    }

    async fn prove(&self, adoption: &Adoption) -> Result<Proof> {
        prove(&self.states, self.lab.session().await.as_mut(), &self.lab.try_folder()?, adoption).await
    }

    async fn apply(&self, adoption: &Adoption, grounds: Grounds<'_>) -> Result<()> {
        apply(&self.states, self.lab.session().await.as_mut(), &self.lab.try_folder()?, adoption, grounds).await
    }
}

/// Plans, proves and writes.
async fn adopt(lab: &Lab, at: Option<&str>) -> Result<(Adoption, Proof)> {
    let adopting = Adopting::new(lab);
    let adoption = adopting.plan(at).await?;
    let proof = adopting.prove(&adoption).await?;
    adopting.apply(&adoption, Grounds::Proven(&proof)).await?;
    Ok((adoption, proof))
}

/// Plans and writes without the proof.
async fn adopt_unproven(lab: &Lab, at: Option<&str>) -> Result<Adoption> {
    let adopting = Adopting::new(lab);
    let adoption = adopting.plan(at).await?;
    adopting.apply(&adoption, Grounds::Told).await?;
    Ok(adoption)
}

/// Empties the folder, which is of `dialect` from now on.
fn becomes(lab: &mut Lab, dialect: &'static str) {
    std::fs::remove_dir_all(lab.dir()).expect("removes");
    std::fs::create_dir(lab.dir()).expect("a folder");
    (lab.dialect, lab.shape) = (dialect, Shape::of(dialect));
}

/// Two migrations in the lab's dialect, and a third that makes nothing yet.
fn two(lab: &Lab) {
    lab.step(1, "devices", "CREATE TABLE devices (mac text PRIMARY KEY);", "DROP TABLE devices;");
    lab.step(2, "logs", "CREATE TABLE logs (line text); CREATE INDEX logs_line ON logs (line);", "DROP TABLE logs;");
}

/// The one that comes after.
fn third(lab: &Lab) {
    lab.step(3, "names", "ALTER TABLE devices ADD COLUMN name text;", "ALTER TABLE devices DROP COLUMN name;");
}

/// How many rows a table has.
async fn rows(lab: &Lab, table: &str) -> String {
    lab.cell(&format!("SELECT count(*) FROM {table}")).await
}
