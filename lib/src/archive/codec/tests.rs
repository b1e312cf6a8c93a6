//! Round trips through pieces of every size, frames, damage, memory.

use proptest::prelude::*;

use super::*;

const CODECS: [Codec; 5] = [Codec::None, Codec::Gzip(1), Codec::Gzip(9), Codec::Zstd(1), Codec::Zstd(7)];

/// `bytes` in pieces of `size`, a frame ended after every `frame` of them.
fn encode(codec: Codec, bytes: &[u8], size: usize, frame: usize) -> Vec<u8> {
    let mut made = Vec::new();
    let mut encoder = Encoder::new(codec);
    let mut sink = |piece: &[u8]| {
        assert!(!piece.is_empty() && piece.len() <= PIECE);
        made.extend(piece);
        Ok(())
    };
    for (number, piece) in bytes.chunks(size).enumerate() {
        encoder.push(piece, &mut sink).unwrap();
        if (number + 1) % frame == 0 {
            encoder.end_frame(&mut sink).unwrap();
        }
    }
    encoder.finish(&mut sink).unwrap();
    made
}

fn decode(codec: Codec, bytes: &[u8], size: usize) -> Result<Vec<u8>> {
    let mut made = Vec::new();
    let mut decoder = Decoder::new(codec)?;
    let mut sink = |piece: &[u8]| {
        assert!(!piece.is_empty() && piece.len() <= PIECE);
        made.extend(piece);
        Ok(())
    };
    bytes.chunks(size).try_for_each(|piece| decoder.push(piece, &mut sink))?;
    decoder.finish()?;
    Ok(made)
}

/// Text that compresses, and bytes that do not.
fn sample(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..length).map(|at| if at % 700 < 500 { b"0123456789\n"[at % 11] } else { noise() }).collect()
}

#[test]
fn names_and_suffixes() {
    for (text, codec, suffix) in
        [("none", Codec::None, ""), ("gzip:1", Codec::Gzip(1), ".gz"), ("zstd:19", Codec::Zstd(19), ".zst")]
    {
        assert_eq!(text.parse::<Codec>().unwrap(), codec);
        assert_eq!((codec.to_string().as_str(), codec.suffix()), (text, suffix));
        let read = Codec::of_file(&format!("12.dat{suffix}")).unwrap();
        assert_eq!(read.suffix(), suffix);
    }
    assert_eq!("zstd".parse::<Codec>().unwrap(), Codec::Zstd(3));
    for wrong in ["", "lz4", "zstd:0", "zstd:20", "gzip:10", "gzip:", "none:1", "zstd:3:4"] {
        let error = wrong.parse::<Codec>().unwrap_err();
        assert_eq!(error.message(), format!("there is no compression {wrong:?}"));
    }
    assert_eq!(Codec::of_file("3.dat.lz4").unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn what_goes_in_comes_out() {
    let sample = sample(2 * PIECE + 5000);
    for codec in CODECS {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, sample.len()] {
            for (pieces, frame) in [(usize::MAX, 1), (9000, 3), (PIECE, 1)] {
                let made = encode(codec, &sample[..length], pieces, frame);
                for size in [usize::MAX, 4096, 211] {
                    let read = decode(codec, &made, size).unwrap();
                    assert!(read == sample[..length], "{codec} {length} {pieces} {frame} {size}");
                }
            }
        }
    }
}

#[test]
fn frames_that_were_made_apart_are_one_stream() {
    let sample = sample(50_000);
    for codec in CODECS {
        let parts: Vec<u8> = sample.chunks(7000).flat_map(|part| encode(codec, part, 512, usize::MAX)).collect();
        assert!(decode(codec, &parts, 1000).unwrap() == sample, "{codec}");
    }
}

#[test]
fn the_other_libraries_of_this_world_read_it() {
    use std::io::Read;
    let sample = sample(300_000);
    let mut read = Vec::new();
    flate2::read::MultiGzDecoder::new(&*encode(Codec::Gzip(1), &sample, 5000, 7)).read_to_end(&mut read).unwrap();
    assert!(read == sample);
    assert!(zstd::stream::decode_all(&*encode(Codec::Zstd(3), &sample, 5000, 7)).unwrap() == sample);
}

#[test]
fn what_expands_a_thousandfold_is_handed_on_in_pieces() {
    let zeros = vec![0; 5 << 20];
    for codec in [Codec::Gzip(9), Codec::Zstd(3)] {
        let made = encode(codec, &zeros, 1 << 20, usize::MAX);
        assert!(made.len() < 6000, "{}", made.len());
        assert_eq!(decode(codec, &made, usize::MAX).unwrap().len(), zeros.len());
    }
}

#[test]
fn a_stream_that_is_cut_is_seen() {
    let sample = sample(3000);
    for codec in &CODECS[1..] {
        // One frame, so that no cut is at the end of one.
        let made = encode(*codec, &sample, usize::MAX, usize::MAX);
        for length in 0..made.len() {
            let error = decode(*codec, &made[..length], 1000).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Verification, "{codec} {length}");
        }
        let more = [made.as_slice(), b"more"].concat();
        assert!(decode(*codec, &more, 1000).is_err(), "{codec}");
    }
}

#[test]
fn an_error_of_the_sink_ends_it() {
    let full = |_: &[u8]| Err(Error::new(ErrorKind::Io, "full"));
    for codec in CODECS {
        let mut encoder = Encoder::new(codec);
        let pushed = encoder.push(&sample(400_000), &mut { full });
        assert_eq!(pushed.and_then(|()| encoder.finish(&mut { full })).unwrap_err().message(), "full");
        let made = encode(codec, b"some", 4, 1);
        assert_eq!(Decoder::new(codec).unwrap().push(&made, &mut { full }).unwrap_err().message(), "full");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_flipped_bit_never_passes_for_the_same(at in any::<prop::sample::Index>(), bit in 0..8_u8, which in 1..5_usize) {
        let sample = sample(2000);
        let mut made = encode(CODECS[which], &sample, 300, 3);
        let at = at.index(made.len());
        made[at] ^= 1 << bit;
        // Some bits of a gzip header mean nothing: then it is the same text.
        if let Ok(read) = decode(CODECS[which], &made, 777) {
            prop_assert!(read == sample);
        }
    }

    #[test]
    fn no_bytes_bring_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 1..50_usize) {
        for codec in CODECS {
            drop(decode(codec, &bytes, size));
            let front: &[u8] = if codec.suffix() == ".gz" { b"\x1f\x8b\x08\0" } else { b"\x28\xb5\x2f\xfd" };
            drop(decode(codec, &[front, &bytes].concat(), size));
        }
    }
}
