//! Adding data to a core module.

use super::binary::{Reader, write_address, write_section, write_u32};
use super::{EmbedError, INVERTED};

const PREAMBLE: &[u8] = b"\0asm\x01\0\0\0";
const MEMORY: u8 = 5;
const DATA: u8 = 11;
const DATA_COUNT: u8 = 12;
const PAGE: u64 = 1 << 16;
const MAX_PAGES: u64 = 1 << 16;

/// Size of the record: magic, address, length.
const RECORD_BYTES: usize = 24;

/// Whether a module holds the record in its data.
pub(super) fn has_record(module: &[u8]) -> Result<bool, EmbedError> {
    let mut reader = start(module)?;
    while !reader.is_empty() {
        let section = reader.section()?;
        if section.id == DATA {
            return Ok(find_record(section.content).is_some());
        }
    }
    Ok(false)
}

/// Offset of the only record.
fn find_record(data: &[u8]) -> Option<usize> {
    let is_record = |window: &[u8]| window.iter().zip(INVERTED).all(|(a, b)| *a == !b);
    let mut found = data
        .windows(RECORD_BYTES)
        .enumerate()
        .filter_map(|(at, window)| is_record(&window[..INVERTED.len()]).then_some(at));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn start(module: &[u8]) -> Result<Reader<'_>, EmbedError> {
    let mut reader = Reader::new(module);
    match reader.bytes(PREAMBLE.len())? {
        PREAMBLE => Ok(reader),
        _ => Err(EmbedError::Malformed {
            at: 0,
            expected: "the preamble of a core module",
        }),
    }
}

/// The module with more data: behind its memory, in a segment of their own, their place noted in
/// the record.
pub(super) fn with_data(module: &[u8], data: &[u8]) -> Result<Vec<u8>, EmbedError> {
    let Ok(length) = u32::try_from(data.len()) else {
        return Err(EmbedError::TooLarge { data: data.len() });
    };
    let mut reader = start(module)?;
    let mut out = Vec::with_capacity(module.len() + data.len() + 64);
    out.extend_from_slice(PREAMBLE);
    let mut address = None;
    while !reader.is_empty() {
        let section = reader.section()?;
        match section.id {
            MEMORY => {
                let (memory, end) = grow_memory(section.content, length)?;
                address = Some(end);
                write_section(&mut out, MEMORY, &memory)?;
            }
            DATA_COUNT => {
                let mut count = Vec::new();
                write_u32(
                    &mut count,
                    Reader::new(section.content).u32()?.saturating_add(1),
                );
                write_section(&mut out, DATA_COUNT, &count)?;
            }
            DATA => {
                let Some(address) = address else {
                    return reader.expected("behind a memory of the module's own");
                };
                let content = add_segment(section.content, address, data, length)?;
                write_section(&mut out, DATA, &content)?;
            }
            _ => out.extend_from_slice(section.whole),
        }
    }
    Ok(out)
}

/// The memory section with room for `length` more bytes, and the address of that room.
fn grow_memory(section: &[u8], length: u32) -> Result<(Vec<u8>, u32), EmbedError> {
    const WITHOUT_MAXIMUM: u8 = 0;
    const WITH_MAXIMUM: u8 = 1;
    let mut reader = Reader::new(section);
    if reader.u32()? != 1 {
        return reader.expected("one memory");
    }
    let flags = reader.byte()?;
    if flags != WITHOUT_MAXIMUM && flags != WITH_MAXIMUM {
        return reader.expected("a 32-bit memory that is not shared");
    }
    let pages = u64::from(reader.u32()?);
    let maximum = match flags {
        WITH_MAXIMUM => Some(reader.u32()?),
        _ => None,
    };
    let needed = pages + u64::from(length).div_ceil(PAGE).max(1);
    let too_large = EmbedError::TooLarge {
        data: length as usize,
    };
    if needed > maximum.map_or(MAX_PAGES, u64::from) {
        return Err(too_large);
    }
    let (Ok(needed), Ok(address)) = (u32::try_from(needed), u32::try_from(pages * PAGE)) else {
        return Err(too_large);
    };
    let mut out = vec![1, flags];
    write_u32(&mut out, needed);
    if let Some(maximum) = maximum {
        write_u32(&mut out, maximum);
    }
    Ok((out, address))
}

/// The data section with one more segment.
fn add_segment(
    section: &[u8],
    address: u32,
    data: &[u8],
    length: u32,
) -> Result<Vec<u8>, EmbedError> {
    let mut reader = Reader::new(section);
    let count = reader.u32()?;
    let first = reader.at();
    let segments = &section[first..];
    let Some(record) = find_record(segments) else {
        return Err(EmbedError::NotATemplate { records: 0 });
    };
    let mut out = Vec::with_capacity(section.len() + data.len() + 24);
    write_u32(&mut out, count.saturating_add(1));
    let start = out.len();
    out.extend_from_slice(segments);
    let fields = start + record + INVERTED.len();
    out[fields..fields + 4].copy_from_slice(&address.to_le_bytes());
    out[fields + 4..fields + 8].copy_from_slice(&length.to_le_bytes());
    const ACTIVE: u8 = 0;
    const I32_CONST: u8 = 0x41;
    const END: u8 = 0x0b;
    out.extend([ACTIVE, I32_CONST]);
    write_address(&mut out, address);
    out.push(END);
    write_u32(&mut out, length);
    out.extend_from_slice(data);
    Ok(out)
}
