//! The header of a file within a tar archive.
//!
//! Source: POSIX.1-2017, "pax", "ustar Interchange Format".

/// Bytes of a header, and of what files are filled up to.
pub(super) const BLOCK: usize = 512;

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) is_file: bool,
}

/// The header of a file with this name, up to 100 bytes of it, and so many bytes; its owner alone may read it.
pub(super) fn write(name: &str, size: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, &name[..name.len().min(100)]);
    put(100, "0000600");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\u{0}00");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\u{0} ").as_bytes());
    block
}

/// What `block` says; `None` where it is no header.
pub(super) fn read(block: &[u8; BLOCK]) -> Option<Header> {
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum::<u32>()
        - block[148..156].iter().map(|byte| u32::from(*byte)).sum::<u32>()
        + 8 * u32::from(b' ');
    if octal(&block[148..156])? != u64::from(sum) || &block[257..262] != b"ustar" {
        return None;
    }
    let name = &block[..100];
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    let name = std::str::from_utf8(&name[..end]).ok()?.to_owned();
    // tar itself puts the folder's name before each file's.
    let name = name.rsplit('/').next().unwrap_or_default().to_owned();
    Some(Header { name, size: octal(&block[124..136])?, is_file: matches!(block[156], b'0' | 0) })
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back() {
        let block = write("item.jsonl", 123_456_789);
        let expected = Header { name: "item.jsonl".to_owned(), size: 123_456_789, is_file: true };
        assert_eq!(read(&block), Some(expected));
        let mut changed = block;
        changed[3] ^= 1;
        assert_eq!(read(&changed), None);
        assert_eq!(read(&[0; BLOCK]), None);
    }
}
