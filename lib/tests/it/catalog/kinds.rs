//! Every kind of thing that the model has, on a PostgreSQL server.
