//! Questions about a database: its tables and what one table is made of.
