//! Round trips through pieces of every size, the crate's own reader and writer, wrong keys, damage.

use std::io::{Read, Write};

use age::secrecy::ExposeSecret;
use age::x25519::Identity;

use super::*;
use crate::error::{ErrorKind, Result};

fn key() -> (Keys, Recipients, Identity) {
    let identity = Identity::generate();
    let text = format!("# created: today\n\n{}\n", identity.to_string().expose_secret());
    let keys = Keys::parse("backup.key", &text).unwrap();
    let recipients = keys.recipients();
    (keys, recipients, identity)
}

fn encrypt(recipients: &Recipients, bytes: &[u8], size: usize) -> Vec<u8> {
    let mut made = Vec::new();
    let mut sink = |piece: &[u8]| {
        assert!(!piece.is_empty() && piece.len() <= PIECE);
        made.extend(piece);
        Ok(())
    };
    let mut encrypter = Encrypter::new(recipients).unwrap();
    bytes.chunks(size).for_each(|piece| encrypter.push(piece, &mut sink).unwrap());
    encrypter.finish(&mut sink).unwrap();
    made
}

fn decrypt(keys: &Keys, bytes: &[u8], size: usize) -> Result<Vec<u8>> {
    let mut made = Vec::new();
    let mut sink = |piece: &[u8]| {
        assert!(!piece.is_empty() && piece.len() <= PIECE);
        made.extend(piece);
        Ok(())
    };
    let mut decrypter = Decrypter::new(keys);
    bytes.chunks(size).try_for_each(|piece| decrypter.push(piece, &mut sink))?;
    decrypter.finish(&mut sink)?;
    Ok(made)
}

fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * at / 7 % 251) as u8).collect()
}

#[test]
fn pieces_of_any_size() {
    let (keys, recipients, _) = key();
    // The cipher works on 64 KiB at a time: around its borders, and none at all.
    for length in [0, 1, 65_535, 65_536, 65_537, 131_072, 400_000] {
        let plain = sample(length);
        for size in [1000, 65_536, 300_000] {
            let sealed = encrypt(&recipients, &plain, size);
            assert_ne!(sealed, plain);
            for size in [777, 65_552, 1_000_000] {
                assert!(decrypt(&keys, &sealed, size).unwrap() == plain, "{length} {size}");
            }
        }
    }
    let plain = sample(200);
    assert!(decrypt(&keys, &encrypt(&recipients, &plain, 1), 1).unwrap() == plain);
}

#[test]
fn others_read_and_write_the_same() {
    let (keys, recipients, identity) = key();
    let plain = sample(200_000);
    let mut read = Vec::new();
    let sealed = encrypt(&recipients, &plain, 5000);
    let decryptor = age::Decryptor::new(&*sealed).unwrap();
    decryptor.decrypt(std::iter::once(&identity as _)).unwrap().read_to_end(&mut read).unwrap();
    assert!(read == plain);

    let mut written = Vec::new();
    let public = identity.to_public();
    let mut writer =
        age::Encryptor::with_recipients(std::iter::once(&public as _)).unwrap().wrap_output(&mut written).unwrap();
    writer.write_all(&plain).unwrap();
    writer.finish().unwrap();
    assert!(decrypt(&keys, &written, 5000).unwrap() == plain);
}

#[test]
fn any_of_several_keys_opens_it() {
    let (one, first, _) = key();
    let (two, second, _) = key();
    let both = Recipients::parse(&[first.texts(), second.texts()].concat()).unwrap();
    let sealed = encrypt(&both, b"rows", 2);
    for keys in [&one, &two] {
        assert_eq!(decrypt(keys, &sealed, 10).unwrap(), b"rows");
    }
    let (three, ..) = key();
    let error = decrypt(&three, &sealed, 10).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert!(error.message().contains("backup.key"), "{error:?}");
}

#[test]
fn every_cut_and_every_flip_is_seen() {
    let (keys, recipients, _) = key();
    let plain = sample(66_000);
    let sealed = encrypt(&recipients, &plain, 66_000);
    let cuts = (0..220).step_by(7).chain(((sealed.len() - 300)..sealed.len()).step_by(23)).chain([65_536, 65_752]);
    for cut in cuts {
        let error = decrypt(&keys, &sealed[..cut], 10_000).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Verification | ErrorKind::Config), "{cut}: {error:?}");
    }
    for at in (0..sealed.len()).step_by(1997).chain((0..220).step_by(3)) {
        let mut damaged = sealed.clone();
        damaged[at] ^= 1 << (at % 8);
        assert!(decrypt(&keys, &damaged, 10_000).is_err(), "byte {at}");
    }
    let error = decrypt(&keys, b"PGDMP is no encrypted file", 10).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(decrypt(&keys, &[sealed.as_slice(), b"more"].concat(), 10_000).is_err());
}

#[test]
fn an_error_of_the_sink_ends_it() {
    let (keys, recipients, _) = key();
    let full = |_: &[u8]| Err(crate::error::Error::new(ErrorKind::Io, "full"));
    let mut encrypter = Encrypter::new(&recipients).unwrap();
    assert_eq!(encrypter.push(&sample(100_000), &mut { full }).unwrap_err().message(), "full");
    let sealed = encrypt(&recipients, &sample(100_000), 1000);
    assert_eq!(Decrypter::new(&keys).push(&sealed, &mut { full }).unwrap_err().message(), "full");
}

#[test]
fn keys_that_are_none() {
    let (_, recipients, identity) = key();
    let secret = identity.to_string().expose_secret().to_owned();
    let check = |texts: &[&str], said: &str| {
        let error = Recipients::parse(texts).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(said), "{error:?}");
        assert!(!format!("{error:?}").contains(&secret[20..]), "the key is shown");
    };
    check(&[], "no public key");
    check(&["age1nothing"], "age1nothing");
    check(&[&recipients.texts()[0], &secret], "secret key");
    let check = |text: &str, said: &str| {
        let error = Keys::parse("backup.key", text).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(said), "{error:?}");
        assert!(!format!("{error:?}").contains(&secret[20..60]), "the key is shown");
    };
    check("# nothing\n", "no secret key in backup.key");
    check(&format!("# a\n{}x\n", secret), "line 2");
    check("age-encryption.org/v1\n-> scrypt", "encrypted itself");
}
