//! The system catalogs that objects are rows of, by their oids.
//!
//! Source: `CATALOG(…)` in the headers of `src/include/catalog`; these numbers are the same in every version.

use super::assemble::Oid;

pub(super) const ACCESS_METHOD: Oid = 2601;
pub(super) const CAST: Oid = 2605;
pub(super) const COLLATION: Oid = 3456;
pub(super) const CONSTRAINT: Oid = 2606;
pub(super) const CONVERSION: Oid = 2607;
pub(super) const DEFAULT: Oid = 2604;
pub(super) const EVENT_TRIGGER: Oid = 3466;
pub(super) const EXTENSION: Oid = 3079;
pub(super) const FAMILY_OPERATOR: Oid = 2602;
pub(super) const FAMILY_FUNCTION: Oid = 2603;
pub(super) const FOREIGN_DATA_WRAPPER: Oid = 2328;
pub(super) const LANGUAGE: Oid = 2612;
pub(super) const OPERATOR: Oid = 2617;
pub(super) const OPERATOR_CLASS: Oid = 2616;
pub(super) const OPERATOR_FAMILY: Oid = 2753;
pub(super) const POLICY: Oid = 3256;
pub(super) const PUBLICATION: Oid = 6104;
pub(super) const RELATION: Oid = 1259;
pub(super) const ROUTINE: Oid = 1255;
pub(super) const RULE: Oid = 2618;
pub(super) const SCHEMA: Oid = 2615;
pub(super) const SERVER: Oid = 1417;
pub(super) const STATISTICS: Oid = 3381;
pub(super) const SUBSCRIPTION: Oid = 6100;
pub(super) const TEXT_SEARCH_CONFIGURATION: Oid = 3602;
pub(super) const TEXT_SEARCH_DICTIONARY: Oid = 3600;
pub(super) const TEXT_SEARCH_PARSER: Oid = 3601;
pub(super) const TEXT_SEARCH_TEMPLATE: Oid = 3764;
pub(super) const TRANSFORM: Oid = 3576;
pub(super) const TRIGGER: Oid = 2620;
pub(super) const TYPE: Oid = 1247;
pub(super) const USER_MAPPING: Oid = 1418;
