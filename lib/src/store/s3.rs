//! Amazon's S3 and what speaks like it. Objects go there in parts while they are made; nothing lies on a disk of ours.

mod download;
mod http;
mod note;
mod reach;
mod refusal;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use object_store::list::{PaginatedListOptions, PaginatedListResult, PaginatedListStore};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use crate::error::{Error, ErrorKind, Result};

use super::{Access, Object, Sink, Source, Store, check_name};
use download::Download;
use reach::Reach;
use upload::Upload;

/// Objects in a bucket, below a prefix.
pub struct S3Store {
    reach: Arc<Reach>,
}

/// So often a small object is tried to be stored.
const TRIES: u32 = 6;

impl S3Store {
    /// The store in `bucket`, below `prefix` (empty for the whole bucket). Nothing is reached yet.
    ///
    /// # Errors
    /// [`ErrorKind::Config`]: `access` has no key, or bucket, prefix or endpoint cannot be such.
    pub fn new(bucket: &str, prefix: &str, access: &Access) -> Result<Self> {
        Ok(Self { reach: Arc::new(Reach::new(bucket, prefix.trim_matches('/'), access)?) })
    }

    /// All objects whose names begin with `under`, notes of uploads too.
    async fn all(&self, under: &str) -> Result<Vec<Object>> {
        let prefix = self.reach.key(under);
        let (mut objects, mut page_token) = (Vec::new(), None);
        loop {
            let page = self.page(&prefix, page_token).await;
            let page = self.reach.heard(page, || "list backups".to_owned())?;
            for found in page.result.objects {
                // What is no name of ours was put there by somebody else.
                if let Some(name) = self.reach.name(found.location.as_ref()).filter(|name| check_name(name).is_ok()) {
                    objects.push(Object { name: name.to_owned(), bytes: found.size });
                }
            }
            page_token = page.page_token;
            if page_token.is_none() {
                break;
            }
        }
        objects.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(objects)
    }

    /// One page of the list, from `token` on. The client asks again where there is no answer, and not where one breaks off.
    async fn page(&self, prefix: &str, token: Option<String>) -> object_store::Result<PaginatedListResult> {
        let options = || PaginatedListOptions { page_token: token.clone(), ..PaginatedListOptions::default() };
        match self.reach.client().list_paginated(Some(prefix), options()).await {
            Err(error) if refusal::may_pass(&error) => {
                tokio::time::sleep(pause(1)).await;
                self.reach.client().list_paginated(Some(prefix), options()).await
            }
            answer => answer,
        }
    }

    /// All of an object that is small; `None` where there is none.
    async fn read_small(&self, path: &Path) -> object_store::Result<Option<Bytes>> {
        match self.reach.patient().get_opts(path, GetOptions::default()).await {
            Ok(found) => found.bytes().await.map(Some),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl Store for S3Store {
    fn describe(&self) -> String {
        self.reach.describe()
    }

    async fn list(&self, under: &str) -> Result<Vec<Object>> {
        let mut objects = self.all(under).await?;
        objects.retain(|object| note::of(&object.name).is_none());
        Ok(objects)
    }

    async fn uploads(&self) -> Result<Vec<String>> {
        let objects = self.all("").await?;
        Ok(objects.iter().filter_map(|object| note::of(&object.name)).map(str::to_owned).collect())
    }

    async fn give_up(&self, name: &str) -> Result<()> {
        let (path, note) = (self.reach.path(name)?, self.reach.path(&note::name(name))?);
        let written = self.read_small(&note).await;
        if let Some(id) = self.reach.heard(written, || format!("read {name}"))? {
            let id = String::from_utf8_lossy(&id).into_owned();
            match self.reach.client().abort_multipart(&path, &id).await {
                // It was ended after all, and only its note has stayed.
                Err(object_store::Error::NotFound { source, .. }) if !refusal::is_about_the_bucket(source.as_ref()) => {
                }
                done => self.reach.heard(done, || format!("give up the upload of {name}"))?,
            }
        }
        self.remove(&note::name(name)).await
    }

    async fn read(&self, name: &str) -> Result<Box<dyn Source>> {
        let path = self.reach.path(name)?;
        Ok(Box::new(Download::begin(Arc::clone(&self.reach), name, path).await?))
    }

    async fn write(&self, name: &str) -> Result<Box<dyn Sink>> {
        let path = self.reach.path(name)?;
        Ok(Box::new(Upload::new(Arc::clone(&self.reach), name, path)))
    }

    async fn create(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.reach.path(name)?;
        let payload = PutPayload::from(bytes.to_owned());
        // Whether an earlier try may have been heard, though its answer was not.
        let mut unsure = false;
        for number in 1.. {
            let options = PutOptions::from(PutMode::Create);
            let error = match self.reach.once().put_opts(&path, payload.clone(), options).await {
                Ok(_) => break,
                Err(error) => error,
            };
            match error {
                object_store::Error::AlreadyExists { .. } => {
                    let found = self.read_small(&path).await;
                    match self.reach.heard(found, || format!("read {name}"))? {
                        Some(found) if unsure && found == bytes => break,
                        // Another one was about to make it, and did not.
                        None if number < TRIES => {}
                        _ => {
                            let message = format!("there is already an object {name} in {}", self.describe());
                            return Err(Error::new(ErrorKind::Refused, message));
                        }
                    }
                }
                error if number < TRIES && refusal::may_pass(&error) => unsure = true,
                error => return self.reach.heard(Err(error), || format!("write {name}")),
            }
            tokio::time::sleep(pause(number)).await;
        }
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<()> {
        let path = self.reach.path(name)?;
        match self.reach.client().delete(&path).await {
            Err(object_store::Error::NotFound { source, .. }) if !refusal::is_about_the_bucket(source.as_ref()) => {
                Ok(())
            }
            done => self.reach.heard(done, || format!("remove {name}")),
        }
    }
}

/// How long to wait after the try of this number, from 1.
fn pause(number: u32) -> Duration {
    Duration::from_millis(100 << number.min(6))
}
