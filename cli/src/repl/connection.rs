//! The connection: made again where it was lost, moved by `\c`, ended.

use mainstay::conn::Target;
use mainstay::console::Transaction;
use mainstay::engine::{self, Session};
use mainstay::{Error, ErrorKind};

use super::Repl;

impl Repl<'_> {
    /// Another session on the same database, for what must not touch the user's transaction.
    pub(super) async fn second_session(&self) -> Result<Box<dyn Session>, Error> {
        engine::connect(&self.target, self.database.context()).await
    }

    /// Goes to `target`; the old connection stays where the new one cannot be made.
    pub(super) async fn move_to(&mut self, target: Target) -> Result<(), Error> {
        let mut console = self.database.console_at(&target, &self.options).await?;
        if let Some(reader) = console.reader() {
            self.say(&format!("reading as role {reader}"));
        }
        self.production = self.database.reads_production(&mut console).await;
        if self.in_transaction() {
            self.say("the open transaction is rolled back");
        }
        if let Some(old) = self.console.replace(console) {
            old.close().await;
        }
        self.target = target;
        self.names_are_old = true;
        Ok(())
    }

    /// Connects again where there is no connection.
    pub(super) async fn connected(&mut self) -> Result<(), Error> {
        if self.console.is_some() {
            return Ok(());
        }
        self.move_to(self.target.clone()).await?;
        self.say("connected again");
        Ok(())
    }

    /// The connection is gone, and with it what was open: says what that means, and makes a new one if that can be had now.
    pub(super) async fn lost(&mut self, error: &Error, transaction: Transaction) {
        self.say_error(error);
        self.console = None;
        match (self.options.write, transaction) {
            (false, _) => {}
            (true, Transaction::None) => {
                self.say("whether the statement was carried out is not known: look before you run it again");
            }
            (true, _) => self.say("the open transaction is rolled back; of a COMMIT under way nobody knows: look"),
        }
        if let Err(error) = self.connected().await {
            let next = Error::new(ErrorKind::ConnectionLost, "cannot connect again").source(error.to_string());
            self.say_error(&next.hint("the next statement tries once more; to leave: \\q"));
        }
    }

    /// Ends the session in order.
    pub(super) async fn leave(&mut self) {
        if self.in_transaction() {
            self.say("the open transaction is rolled back");
        }
        if let Some(console) = self.console.take() {
            console.close().await;
        }
    }
}
