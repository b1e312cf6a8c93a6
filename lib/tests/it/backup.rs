//! Tests of `backup`.
