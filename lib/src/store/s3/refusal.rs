//! What an S3 server's refusals mean, and what to do about them.

use std::error::Error as StdError;

use object_store::client::{HttpError, HttpErrorKind};

use crate::error::{Error, ErrorKind};

use super::reach::Reach;

/// Says in our words why the server of `reach` did not do what was wanted.
pub(super) fn explain(reach: &Reach, doing: &str, error: &object_store::Error) -> Error {
    let (endpoint, bucket, store) = (reach.endpoint(), reach.bucket(), reach.describe());
    let told = Told::of(error);
    let explained = match told.code.as_str() {
        "NoSuchBucket" => Error::new(ErrorKind::Config, format!("there is no bucket {bucket} at {endpoint}"))
            .hint(format!("create it (aws s3 mb s3://{bucket}), or name another: [backup] to in mainstay.toml")),
        "InvalidAccessKeyId" | "NotSignedUp" => {
            Error::new(ErrorKind::Authentication, format!("{endpoint} does not know the access key for {store}"))
                .hint("set AWS_ACCESS_KEY_ID to a key of this server")
        }
        "SignatureDoesNotMatch" => {
            Error::new(ErrorKind::Authentication, format!("the secret key for {store} is wrong, says {endpoint}"))
                .hint("set AWS_SECRET_ACCESS_KEY to the secret that belongs to AWS_ACCESS_KEY_ID")
        }
        "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired" => {
            Error::new(ErrorKind::Authentication, format!("the session token for {store} does not hold any more"))
                .hint("renew it and set AWS_SESSION_TOKEN, or use a key that needs none")
        }
        "RequestTimeTooSkewed" => {
            Error::new(ErrorKind::Authentication, format!("this machine's clock is not that of {endpoint}"))
                .hint("set the clock: timedatectl set-ntp true")
        }
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            elsewhere(bucket)
        }
        _ => match (told.kind, told.status) {
            (Some(HttpErrorKind::Connect), _) => {
                Error::new(ErrorKind::Unreachable, format!("cannot connect to {endpoint} to {doing}"))
                    .hint("check AWS_ENDPOINT_URL, and that the server runs")
            }
            (Some(HttpErrorKind::Timeout), _) => {
                Error::new(ErrorKind::Unreachable, format!("{endpoint} did not answer in time to {doing}"))
                    .hint("try again; see whether the server is up")
            }
            (_, Some(401 | 403)) => Error::new(
                ErrorKind::Authentication,
                format!("{endpoint} does not let this access key {doing} in {store}"),
            )
            .hint(format!("allow it to list {bucket}, and to read, write and delete objects in it")),
            (_, Some(300..=399)) => elsewhere(bucket),
            (_, Some(404)) => Error::new(ErrorKind::NotFound, format!("cannot {doing}: it is not in {store}"))
                .hint("see what there is: mainstay backup list"),
            (_, Some(500..)) => Error::new(ErrorKind::Io, format!("{endpoint} failed again and again to {doing}"))
                .hint("try again later; see what the server's log says"),
            _ => Error::new(ErrorKind::Io, format!("cannot {doing} in {store}")),
        },
    };
    explained.source(told.cause)
}

fn elsewhere(bucket: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the bucket {bucket} is not in the region that was asked"))
        .hint("set AWS_REGION to the bucket's region")
}

/// Whether the same request may succeed in a moment.
pub(super) fn may_pass(error: &object_store::Error) -> bool {
    let told = Told::of(error);
    told.kind.is_some() || matches!(told.status, Some(408 | 429 | 500..))
}

/// Whether it is the bucket that is missing, and not an object in it.
pub(super) fn is_about_the_bucket(error: &(dyn StdError + 'static)) -> bool {
    Told::of(error).code == "NoSuchBucket"
}

/// What an error says, found in its causes.
struct Told {
    /// S3's own word, `NoSuchBucket`; empty without one.
    code: String,
    status: Option<u16>,
    /// Where the connection failed.
    kind: Option<HttpErrorKind>,
    /// The most exact cause, for people.
    cause: String,
}

impl Told {
    fn of(error: &(dyn StdError + 'static)) -> Self {
        let mut told = Self { code: String::new(), status: None, kind: None, cause: String::new() };
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            if let Some(http) = error.downcast_ref::<HttpError>() {
                told.kind = Some(http.kind());
            }
            if told.code.is_empty()
                && let Some(code) = between(&text, "<Code>", "</Code>")
            {
                let message = between(&text, "<Message>", "</Message>").unwrap_or_default();
                told.cause = format!("{code}: {message}").trim_end_matches(": ").to_owned();
                told.code = code.to_owned();
            }
            // The client's words for a redirect that does not say where.
            if text.contains("redirect without LOCATION") {
                told.status = Some(301);
            }
            if told.status.is_none()
                && let Some((_, rest)) = text.split_once("status code: ")
            {
                told.status = rest.get(..3).and_then(|digits| digits.parse().ok());
            }
            if told.code.is_empty() {
                told.cause = text.lines().next().unwrap_or_default().to_owned();
            }
            next = error.source();
        }
        told
    }
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    Some(rest.split_once(to)?.0)
}
