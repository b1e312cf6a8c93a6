//! Large objects: what they are, and their bytes.

use std::collections::BTreeMap;

use crate::archive::compose::{About, LargeObject};
use crate::archive::digest::{LargeObjectReader, Rows};
use crate::archive::manifest::File;
use crate::backup::create::pipe::Feed;
use crate::engine::postgres::PostgresSession;
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{ident, literal};

use super::survey::Cells;
use super::work::{Reader, Work};

/// Bytes of an object that are read at once.
const PIECE: usize = 1 << 20;

/// The database's large objects, those of one owner together.
///
/// # Errors
/// One of them may not be read.
pub(super) async fn list(session: &mut PostgresSession) -> Result<Vec<LargeObject>> {
    let rows = session
        .query(
            "SELECT m.oid, pg_catalog.pg_get_userbyid(m.lomowner), \
               pg_catalog.obj_description(m.oid, 'pg_largeobject') \
             FROM pg_catalog.pg_largeobject_metadata m ORDER BY m.lomowner, m.oid",
        )
        .await?;
    let mut privileges = privileges(session).await?;
    let mut labels = labels(session).await?;
    let mut objects = Vec::with_capacity(rows.len());
    for row in rows {
        let mut cells = Cells(row.into_iter());
        let (oid, owner, comment): (u32, _, _) = (cells.number()?, cells.text()?, cells.maybe());
        let comment =
            comment.map(|comment| About::Comment(format!("COMMENT ON LARGE OBJECT {oid} IS {};\n", literal(&comment))));
        let label = labels.remove(&oid).into_iter().flatten();
        let about = comment.into_iter().chain(label).chain(privileges.remove(&oid).map(About::Privileges)).collect();
        objects.push(LargeObject { oid, owner, about });
    }
    Ok(objects)
}

/// The statements that give each object its privileges, where they are not the default: all to its owner.
async fn privileges(session: &mut PostgresSession) -> Result<BTreeMap<u32, String>> {
    let rows = session
        .query(
            "SELECT m.oid, pg_catalog.pg_get_userbyid(m.lomowner), \
               pg_catalog.pg_get_userbyid(a.grantor), \
               CASE a.grantee WHEN 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(a.grantee) END, a.grantee = m.lomowner, \
               a.is_grantable, pg_catalog.string_agg(a.privilege_type, ',' ORDER BY a.privilege_type) \
             FROM pg_catalog.pg_largeobject_metadata m LEFT JOIN LATERAL pg_catalog.aclexplode(m.lomacl) a ON true \
             WHERE m.lomacl IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6 \
             ORDER BY 1, 5 DESC NULLS LAST, 3, 4, 6",
        )
        .await?;
    let mut statements: BTreeMap<u32, (bool, String)> = BTreeMap::new();
    let mut owners: BTreeMap<u32, String> = BTreeMap::new();
    for row in rows {
        let mut cells = Cells(row.into_iter());
        let (oid, owner): (u32, _) = (cells.number()?, cells.text()?);
        let (grantor, grantee, owns) = (cells.maybe(), cells.maybe(), cells.maybe());
        let (grantable, granted) = (cells.maybe().as_deref() == Some("t"), cells.maybe());
        let (owner_is_whole, text) = statements.entry(oid).or_default();
        owners.insert(oid, owner.clone());
        let Some(granted) = granted else { continue };
        if owns.as_deref() == Some("t") && !grantable && granted == "SELECT,UPDATE" {
            *owner_is_whole = true;
            continue;
        }
        let granted = if granted == "SELECT,UPDATE" { "ALL".to_owned() } else { granted };
        let grantee = grantee.map_or_else(|| "PUBLIC".to_owned(), |grantee| ident(&grantee));
        let option = if grantable { " WITH GRANT OPTION" } else { "" };
        let grant = format!("GRANT {granted} ON LARGE OBJECT {oid} TO {grantee}{option};\n");
        // As pg_dump has it: who has granted it is then who grants it.
        match grantor.filter(|grantor| *grantor != owner) {
            Some(grantor) => text.push_str(&format!(
                "SET SESSION AUTHORIZATION {};\n{grant}RESET SESSION AUTHORIZATION;\n",
                ident(&grantor)
            )),
            None => text.push_str(&grant),
        }
    }
    let said = |(oid, (owner_is_whole, text)): (u32, (bool, String))| {
        let owner = owners.get(&oid).map(|owner| ident(owner)).unwrap_or_default();
        let revoke = format!("REVOKE ALL ON LARGE OBJECT {oid} FROM {owner};\n");
        let text = if owner_is_whole { text } else { revoke + &text };
        (!text.is_empty()).then_some((oid, text))
    };
    Ok(statements.into_iter().filter_map(said).collect())
}

/// The statements that give each object its security labels.
async fn labels(session: &mut PostgresSession) -> Result<BTreeMap<u32, Vec<About>>> {
    let rows = session
        .query(
            "SELECT objoid, provider, label FROM pg_catalog.pg_seclabel \
             WHERE classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass ORDER BY 1, 2",
        )
        .await?;
    let mut labels: BTreeMap<u32, Vec<About>> = BTreeMap::new();
    for row in rows {
        let mut cells = Cells(row.into_iter());
        let (oid, provider, label): (u32, _, _) = (cells.number()?, cells.text()?, cells.text()?);
        let (provider, label) = (ident(&provider), literal(&label));
        let sql = format!("SECURITY LABEL FOR {provider} ON LARGE OBJECT {oid} IS {label};\n");
        labels.entry(oid).or_default().push(About::SecurityLabel(sql));
    }
    Ok(labels)
}

/// Copies `objects`, each into its file; and the digest of them all.
pub(super) async fn copy(
    work: &Work<'_>,
    reader: &mut Reader<'_>,
    objects: &[LargeObject],
) -> Result<(Vec<File>, Rows)> {
    let (mut files, mut rows) = (Vec::with_capacity(objects.len()), Rows::default());
    for object in objects {
        let (oid, digest, from) = (object.oid, LargeObjectReader::new(object.oid, work.seed), &mut *reader);
        let sum = &mut rows;
        let fill = |feed: Feed| async move {
            *sum += from.run(async move |session| read(session, oid, digest, feed).await).await??;
            Ok(())
        };
        let written = work.draft.write(&format!("blob_{oid}.dat"), work.codec, fill).await;
        let (file, _) = written.map_err(|error| error.context(format!("the large object {oid} is not copied")))?;
        files.push(file);
    }
    Ok((files, rows))
}

async fn read(session: &mut PostgresSession, oid: u32, mut digest: LargeObjectReader, feed: Feed) -> Result<Rows> {
    for piece in 0_u64.. {
        let from = piece * PIECE as u64;
        let answer = session.query(&format!("SELECT pg_catalog.lo_get({oid}, {from}, {PIECE})")).await?;
        let bytes = first_cell(&answer).and_then(from_hex);
        let bytes = bytes.ok_or_else(|| Error::new(ErrorKind::Sql, "the server has sent no bytes"))?;
        let length = bytes.len();
        digest.push(&bytes);
        feed.put(bytes).await?;
        if length < PIECE {
            break;
        }
    }
    Ok(digest.finish())
}

/// The bytes of `bytea_output = hex`.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits = text.strip_prefix("\\x")?.as_bytes();
    digits.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::from_hex;

    #[test]
    fn bytes_in_hexadecimal() {
        assert_eq!(from_hex("\\x00fF10"), Some(vec![0, 255, 16]));
        assert_eq!(from_hex("\\x"), Some(Vec::new()));
        assert_eq!((from_hex("\\x0"), from_hex("\\xg0"), from_hex("00")), (None, None, None));
    }
}
