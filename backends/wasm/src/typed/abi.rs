//! Sizes, alignments and flat forms of component types, as the canonical ABI defines them.

use wasm_encoder::ValType;

use super::wit::WitType;

/// Most parameters a core function takes; more are passed in memory.
pub(crate) const MAX_FLAT_PARAMS: usize = 16;

/// Size and alignment in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) size: u32,
    pub(crate) align: u32,
}

impl Layout {
    const fn new(size: u32, align: u32) -> Self {
        Self { size, align }
    }

    /// The layout of `error` in `rtfs:module/types`.
    pub(crate) const ERROR: Self = Self::new(44, 4);

    /// A type.
    pub(crate) fn of(ty: &WitType) -> Self {
        match ty {
            WitType::S64 | WitType::F64 => Self::new(8, 8),
            WitType::String | WitType::Bytes | WitType::List(_) => Self::new(8, 4),
            WitType::Bool => Self::new(1, 1),
            WitType::Unit => Self::new(0, 1),
            WitType::Option(ty) => {
                let payload = Self::of(ty);
                let align = payload.align;
                Self::new(
                    (payload_offset(align) + payload.size).next_multiple_of(align),
                    align,
                )
            }
            WitType::Tuple(items) => Self::of_members(items.iter()).0,
            WitType::Record(fields) => Self::of_members(fields.iter().map(|field| &field.ty)).0,
            WitType::Enum(cases) => {
                let size = discriminant_size(cases.len());
                Self::new(size, size)
            }
        }
    }

    /// Members one after the other, with their offsets.
    pub(crate) fn of_members<'t>(members: impl Iterator<Item = &'t WitType>) -> (Self, Vec<u32>) {
        let (mut end, mut align, mut offsets) = (0_u32, 1, Vec::new());
        for member in members {
            let layout = Self::of(member);
            let offset = end.next_multiple_of(layout.align);
            offsets.push(offset);
            end = offset + layout.size;
            align = align.max(layout.align);
        }
        (Self::new(end.next_multiple_of(align), align), offsets)
    }

    /// `result<T, error>`: its layout and where the payload is.
    pub(crate) fn of_result(ty: &WitType) -> (Self, u32) {
        let ok = Self::of(ty);
        let align = ok.align.max(Self::ERROR.align);
        let offset = payload_offset(align);
        let size = ok.size.max(Self::ERROR.size);
        (
            Self::new((offset + size).next_multiple_of(align), align),
            offset,
        )
    }
}

/// Where the payload of an option or result is: behind a discriminant of one byte.
pub(crate) fn payload_offset(align: u32) -> u32 {
    1_u32.next_multiple_of(align)
}

/// Bytes of the discriminant of an enumeration.
pub(crate) fn discriminant_size(cases: usize) -> u32 {
    match cases {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// How a flat parameter is stored: its type, its place, and how many bytes it has there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flat {
    pub(crate) ty: ValType,
    pub(crate) offset: u32,
    pub(crate) size: u32,
}

/// The flat form of parameters, and where each part is when they are laid out as a tuple.
pub(crate) fn flatten_all(params: &[WitType]) -> Vec<Flat> {
    let mut flat = Vec::new();
    flatten_members(params.iter(), 0, &mut flat);
    flat
}

/// Appends the flat form of a type that is at `offset` in memory.
fn flatten(ty: &WitType, offset: u32, flat: &mut Vec<Flat>) {
    let mut push = |ty, offset, size| flat.push(Flat { ty, offset, size });
    match ty {
        WitType::S64 => push(ValType::I64, offset, 8),
        WitType::F64 => push(ValType::F64, offset, 8),
        WitType::String | WitType::Bytes | WitType::List(_) => {
            push(ValType::I32, offset, 4);
            push(ValType::I32, offset + 4, 4);
        }
        WitType::Bool => push(ValType::I32, offset, 1),
        WitType::Unit => {}
        WitType::Option(ty) => {
            push(ValType::I32, offset, 1);
            flatten(ty, offset + payload_offset(Layout::of(ty).align), flat);
        }
        WitType::Tuple(items) => flatten_members(items.iter(), offset, flat),
        WitType::Record(fields) => {
            flatten_members(fields.iter().map(|field| &field.ty), offset, flat);
        }
        WitType::Enum(cases) => push(ValType::I32, offset, discriminant_size(cases.len())),
    }
}

fn flatten_members<'t>(
    members: impl Iterator<Item = &'t WitType> + Clone,
    offset: u32,
    flat: &mut Vec<Flat>,
) {
    let (_, offsets) = Layout::of_members(members.clone());
    for (member, at) in members.zip(offsets) {
        flatten(member, offset + at, flat);
    }
}
