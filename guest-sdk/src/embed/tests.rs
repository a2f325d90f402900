use super::*;
use binary::{write_section, write_u32};

/// A component of one module with a memory and one data segment.
fn component(memory: &[u8], data: &[u8]) -> Vec<u8> {
    let mut segment = vec![1, 0, 0x41, 0x80, 0x08, 0x0b];
    write_u32(&mut segment, u32::try_from(data.len()).unwrap());
    segment.extend_from_slice(data);
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    write_section(&mut module, 5, memory).unwrap();
    write_section(&mut module, 12, &[1]).unwrap();
    write_section(&mut module, 11, &segment).unwrap();
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    write_section(&mut component, 0, b"\x04note").unwrap();
    write_section(&mut component, 1, &module).unwrap();
    component
}

fn record() -> Vec<u8> {
    let mut data = b"before".to_vec();
    data.extend(MAGIC);
    data.extend([0; 8]);
    data.extend(b"after");
    data
}

/// One memory of two pages.
const TWO_PAGES: &[u8] = &[1, 0, 2];

/// Content of the section with this id in the component's only module.
fn section(component: &[u8], id: u8) -> Vec<u8> {
    let mut outer = Reader::new(component);
    outer.bytes(8).unwrap();
    outer.section().unwrap();
    let mut module = Reader::new(outer.section().unwrap().content);
    module.bytes(8).unwrap();
    loop {
        let section = module.section().unwrap();
        if section.id == id {
            return section.content.to_vec();
        }
    }
}

#[test]
fn data_lie_behind_the_memory_and_the_record_says_where() {
    let made = embed(&component(TWO_PAGES, &record()), b"payload").unwrap();
    assert_eq!(section(&made, 5), [1, 0, 3]);
    assert_eq!(section(&made, 12), [2]);
    let data = section(&made, 11);
    assert_eq!(data[0], 2);
    let fields = data.windows(16).position(|window| window == MAGIC).unwrap() + 16;
    assert_eq!(data[fields..fields + 4], (2_u32 << 16).to_le_bytes());
    assert_eq!(data[fields + 4..fields + 8], 7_u32.to_le_bytes());
    let mut segment = vec![0, 0x41];
    binary::write_address(&mut segment, 2 << 16);
    segment.extend(b"\x0b\x07payload");
    assert!(data.ends_with(&segment));
}

#[test]
fn empty_data_are_data() {
    let made = embed(&component(TWO_PAGES, &record()), b"").unwrap();
    let data = section(&made, 11);
    let fields = data.windows(16).position(|window| window == MAGIC).unwrap() + 16;
    assert_eq!(data[fields..fields + 4], (2_u32 << 16).to_le_bytes());
}

#[test]
fn a_component_is_a_template_once() {
    let error = embed(&component(TWO_PAGES, b"nothing"), b"").unwrap_err();
    assert_eq!(error, EmbedError::NotATemplate { records: 0 });
    let twice = [record(), record()].concat();
    let error = embed(&component(TWO_PAGES, &twice), b"").unwrap_err();
    assert_eq!(error, EmbedError::NotATemplate { records: 0 });
    let made = embed(&component(TWO_PAGES, &record()), b"x").unwrap();
    assert!(
        embed(&made, b"y").is_ok(),
        "data can be replaced by later ones"
    );
}

#[test]
fn memory_may_have_too_little_room() {
    let full = component(&[1, 1, 2, 2], &record());
    assert_eq!(embed(&full, b"x"), Err(EmbedError::TooLarge { data: 1 }));
    let room = component(&[1, 1, 2, 3], &record());
    let made = embed(&room, b"x").unwrap();
    assert_eq!(section(&made, 5), [1, 1, 3, 3]);
}

#[test]
fn other_memories_are_refused() {
    for memory in [&[1, 3, 2, 3][..], &[1, 4, 2], &[2, 0, 2, 0, 2]] {
        let error = embed(&component(memory, &record()), b"x").unwrap_err();
        assert!(matches!(error, EmbedError::Malformed { .. }), "{error}");
    }
}

#[test]
fn every_prefix_and_every_changed_byte_is_an_error_or_a_component() {
    let template = component(TWO_PAGES, &record());
    for end in 0..template.len() {
        let _ = embed(&template[..end], b"x");
    }
    for at in 0..template.len() {
        for bit in 0..8 {
            let mut changed = template.clone();
            changed[at] ^= 1 << bit;
            let _ = embed(&changed, b"x");
        }
    }
}

#[test]
fn addresses_are_signed_operands() {
    let operand = |address| {
        let mut out = Vec::new();
        binary::write_address(&mut out, address);
        out
    };
    assert_eq!(operand(0x40), [0xc0, 0]);
    assert_eq!(operand(0x3f), [0x3f]);
    assert_eq!(operand(0xffff_ffff), [0x7f]);
    assert_eq!(operand(0x8000_0000), [0x80, 0x80, 0x80, 0x80, 0x78]);
}
