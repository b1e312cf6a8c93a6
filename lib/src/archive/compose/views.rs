//! Materialised views: a schema has them empty.

use crate::archive::toc::Section;
use crate::error::{Error, ErrorKind, Result};

use super::{Composer, data_entry, names};

impl Composer {
    /// Fills a materialised view once everything else is there. `reads` are the object identifiers of the materialised views that
    /// it reads from, through other views too: they are filled first, and so must have been added first.
    ///
    /// # Errors
    /// The schema has no such view, or one that it reads from was not added.
    pub fn filling(&mut self, oid: u32, reads: &[u32]) -> Result<()> {
        let id = self.next_id();
        let view = self.relation(oid, "MATERIALIZED VIEW")?;
        let mut entry = data_entry(id, "MATERIALIZED VIEW DATA", view);
        entry.oid = oid;
        entry.section = Section::PostData;
        entry.definition = Some([b"REFRESH MATERIALIZED VIEW ", &names::qualified(view)[..], b";\n"].concat());
        entry.dependencies = vec![view.id];
        for read in reads {
            let filled = self.fillings.iter().find(|filling| filling.oid == *read);
            let missing = || {
                let message = format!("{} reads from a view that is not filled before it", view.describe());
                Error::new(ErrorKind::Verification, message)
            };
            entry.dependencies.push(filled.ok_or_else(missing)?.id);
        }
        self.fillings.push(entry);
        Ok(())
    }
}
