//! Types as the runtime's `typed.rs` reads them.

use super::abi::{Layout, discriminant_size, payload_offset};
use super::wit::WitType;

/// A function: parameters, then the result.
pub(crate) fn function(params: &[WitType], has_rest: bool, result: &WitType) -> Vec<u8> {
    let mut bytes = Vec::new();
    number(&mut bytes, params.len() as u32);
    bytes.push(u8::from(has_rest));
    let (_, offsets) = Layout::of_members(params.iter());
    for (param, offset) in params.iter().zip(offsets) {
        number(&mut bytes, offset);
        describe(&mut bytes, param);
    }
    let (layout, offset) = Layout::of_result(result);
    number(&mut bytes, layout.size);
    number(&mut bytes, offset);
    describe(&mut bytes, result);
    bytes
}

fn describe(bytes: &mut Vec<u8>, ty: &WitType) {
    match ty {
        WitType::S64 => bytes.push(0),
        WitType::F64 => bytes.push(1),
        WitType::String => bytes.push(2),
        WitType::Bool => bytes.push(3),
        WitType::Unit => bytes.push(4),
        WitType::Bytes => bytes.push(5),
        WitType::List(item) => {
            bytes.push(6);
            number(bytes, Layout::of(item).size);
            describe(bytes, item);
        }
        WitType::Option(ty) => {
            bytes.push(7);
            number(bytes, payload_offset(Layout::of(ty).align));
            describe(bytes, ty);
        }
        WitType::Tuple(items) => {
            bytes.push(8);
            number(bytes, items.len() as u32);
            let (_, offsets) = Layout::of_members(items.iter());
            for (item, offset) in items.iter().zip(offsets) {
                number(bytes, offset);
                describe(bytes, item);
            }
        }
        WitType::Record(fields) => {
            bytes.push(9);
            number(bytes, fields.len() as u32);
            let (_, offsets) = Layout::of_members(fields.iter().map(|field| &field.ty));
            for (field, offset) in fields.iter().zip(offsets) {
                number(bytes, offset);
                bytes.push(u8::from(field.may_be_absent));
                text(bytes, &field.key);
                describe(bytes, &field.ty);
            }
        }
        WitType::Enum(cases) => {
            bytes.push(10);
            bytes.push(discriminant_size(cases.len()) as u8);
            number(bytes, cases.len() as u32);
            for case in cases {
                text(bytes, case);
            }
        }
    }
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    number(bytes, text.len() as u32);
    bytes.extend_from_slice(text.as_bytes());
}

fn number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
