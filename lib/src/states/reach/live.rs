//! What a live database has defined: its functions' texts, and what runs them.

use crate::engine::{Row, Session};
use crate::error::Result;

use super::Reach;
use super::code::{deed, executes_what_it_is_given, flat, of_language};
use super::known::{ALWAYS, Known, Piece, names};

/// Functions and procedures with their languages, names of arguments and texts.
const ROUTINES: &str = "SELECT p.proname, l.lanname, pg_catalog.array_to_string(p.proargnames, e'\\n'), \
     CASE WHEN p.prokind = 'a' THEN '' WHEN pg_catalog.to_jsonb(p) ->> 'prosqlbody' IS NULL THEN p.prosrc \
       ELSE pg_catalog.pg_get_functiondef(p.oid) END \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
     WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND p.prokind <> 'a'";

/// Foreign tables.
const FOREIGN: &str =
    "SELECT c.relname FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_class c ON c.oid = f.ftrelid";

/// What runs other things: its kind, its name, and the text that has their names. Kinds: `e` with every statement, `s` where a
/// shape changes, `r` where rows are read or written, `d` a domain, `a` an aggregate, `t` another table.
const RUNNERS: &str = "\
     SELECT 'r', c.relname, p.proname || '(' FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
       JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' \
     UNION ALL SELECT 'r', c.relname, pg_catalog.pg_get_ruledef(r.oid) FROM pg_catalog.pg_rewrite r \
       JOIN pg_catalog.pg_class c ON c.oid = r.ev_class \
       WHERE c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) \
     UNION ALL SELECT 'r', c.relname, pg_catalog.concat_ws(' ', pg_catalog.pg_get_expr(p.polqual, p.polrelid), \
         pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)) \
       FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid \
     UNION ALL SELECT 's', c.relname, pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d \
       JOIN pg_catalog.pg_class c ON c.oid = d.adrelid \
     UNION ALL SELECT 's', c.relname, pg_catalog.pg_get_constraintdef(o.oid) FROM pg_catalog.pg_constraint o \
       JOIN pg_catalog.pg_class c ON c.oid = o.conrelid WHERE o.contype = 'c' \
     UNION ALL SELECT 's', c.relname, pg_catalog.pg_get_indexdef(i.indexrelid) FROM pg_catalog.pg_index i \
       JOIN pg_catalog.pg_class c ON c.oid = i.indrelid WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL \
     UNION ALL SELECT 'd', t.typname, pg_catalog.concat_ws(' ', pg_catalog.pg_get_expr(t.typdefaultbin, 0), \
         (SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(o.oid), ' ') FROM pg_catalog.pg_constraint o \
           WHERE o.contypid = t.oid)) \
       FROM pg_catalog.pg_type t WHERE t.typtype = 'd' AND t.typnamespace <> 'information_schema'::regnamespace \
     UNION ALL SELECT DISTINCT 's', c.relname, t.typname FROM pg_catalog.pg_attribute a \
       JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
       WHERE t.typtype = 'd' AND a.attnum > 0 AND t.typnamespace <> 'information_schema'::regnamespace \
     UNION ALL SELECT 't', p.relname, c.relname FROM pg_catalog.pg_constraint o \
       JOIN pg_catalog.pg_class p ON p.oid = o.confrelid JOIN pg_catalog.pg_class c ON c.oid = o.conrelid \
       WHERE o.contype = 'f' AND (o.confdeltype IN ('c', 'n', 'd') OR o.confupdtype IN ('c', 'n', 'd')) \
     UNION ALL SELECT 't', p.relname, c.relname FROM pg_catalog.pg_inherits i \
       JOIN pg_catalog.pg_class p ON p.oid = i.inhparent JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid \
     UNION ALL SELECT 'a', p.proname, pg_catalog.concat_ws(' ', a.aggtransfn::text || '(', a.aggfinalfn::text || '(') \
       FROM pg_catalog.pg_aggregate a JOIN pg_catalog.pg_proc p ON p.oid = a.aggfnoid \
       WHERE p.pronamespace <> 'pg_catalog'::regnamespace \
     UNION ALL SELECT 'e', '', p.proname || '(' FROM pg_catalog.pg_event_trigger e \
       JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid WHERE e.evtenabled <> 'D' \
     UNION ALL SELECT 'e', '', p.proname || '(' FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode \
       WHERE o.oprnamespace <> 'pg_catalog'::regnamespace \
     UNION ALL SELECT 'e', '', p.proname || '(' FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc \
       WHERE p.pronamespace <> 'pg_catalog'::regnamespace";

impl Known {
    /// What the database of `session`, which is a PostgreSQL server's, has defined. Of one in which no code reaches beyond it,
    /// no more than that is read.
    ///
    /// # Errors
    /// Its catalogs cannot be read.
    pub async fn of(session: &mut dyn Session) -> Result<Self> {
        let mut known = Self::default();
        session.query(ROUTINES).await?.iter().filter_map(routine).for_each(|piece| known.add(piece));
        for row in session.query(FOREIGN).await? {
            let Some(name) = row.into_iter().next().flatten() else { continue };
            let own = Some((Reach::World, "a foreign table".to_owned()));
            known.add(Piece { name, with_shape: false, uses: Vec::new(), own });
        }
        if !known.is_harmless() {
            session.query(RUNNERS).await?.iter().filter_map(runner).for_each(|piece| known.add(piece));
        }
        Ok(known)
    }
}

fn routine(row: &Row) -> Option<Piece> {
    let [Some(name), Some(language), arguments, Some(code)] = row.as_slice() else { return None };
    let words = flat(code);
    let arguments = arguments.as_deref().unwrap_or_default().lines();
    let own = of_language(language).or_else(|| deed(&words));
    // An extension's own code is known by the function's name, wherever it is called.
    let own = own.or_else(|| (language == "c").then(|| deed(&[code.as_str(), "("])).flatten());
    let given = || executes_what_it_is_given(&words, arguments).then(|| (Reach::Cluster, "EXECUTE".to_owned()));
    let own = own.or_else(given);
    Some(Piece { name: format!("{name}("), with_shape: true, uses: names(&words, true), own })
}

fn runner(row: &Row) -> Option<Piece> {
    let [Some(kind), Some(name), Some(text)] = row.as_slice() else { return None };
    let words = flat(text);
    let relations = matches!(kind.as_str(), "r" | "t");
    let name = match kind.as_str() {
        "e" => ALWAYS.to_owned(),
        "d" => format!("{name}#"),
        "a" => format!("{name}("),
        _ => name.clone(),
    };
    let mut uses = names(&words, relations);
    uses.retain(|used| *used != name);
    Some(Piece { name, with_shape: !relations, uses, own: None })
}
