//! The chores there are.

use clap::Parser;

use crate::{bench, corpus, docs, matrix, repo, test, tidy};

/// Mainstay's chores
#[derive(Parser)]
#[command(name = "cargo xtask")]
pub enum Chore {
    Test(test::TestArgs),
    Matrix(matrix::MatrixArgs),
    Tidy(tidy::TidyArgs),
    Docs(docs::DocsArgs),
    Bench(bench::BenchArgs),
    Corpus(corpus::CorpusArgs),
}

impl Chore {
    /// Does it.
    pub fn run(self) -> repo::Outcome {
        match self {
            Self::Test(args) => test::run(&args),
            Self::Matrix(args) => matrix::run(&args),
            Self::Tidy(args) => tidy::run(&args),
            Self::Docs(args) => docs::run(&args),
            Self::Bench(args) => bench::run(&args),
            Self::Corpus(args) => corpus::run(&args),
        }
    }
}
