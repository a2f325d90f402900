//! The printed RTFS type of a type.

use crate::shape::{Field, Members, Shape, Variant};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

/// An expression for the type's name. `convert` is the trait that knows those of the fields.
pub(crate) fn type_name(shape: &Shape, convert: &TokenStream) -> TokenStream {
    match shape {
        Shape::Struct(members) => of_members(members, convert),
        Shape::Enum(variants) => {
            let is_plain = |variant: &Variant| matches!(variant.members, Members::Unit);
            let (plain, others): (Vec<_>, Vec<_>) = variants.iter().partition(|it| is_plain(it));
            let keys = plain.iter().map(|variant| format!(":{}", variant.key));
            let keys: Vec<String> = keys.collect();
            let enumeration = format!("[:enum {}]", keys.join(" "));
            if others.is_empty() {
                return quote!(::std::string::String::from(#enumeration));
            }
            let plain =
                (!keys.is_empty()).then(|| quote!(::std::string::String::from(#enumeration),));
            let others = others.iter().map(|variant| of_variant(variant, convert));
            quote!(::rtfs_guest::__private::union_type(&[#plain #(#others),*]))
        }
    }
}

fn of_variant(variant: &Variant, convert: &TokenStream) -> TokenStream {
    let tag = format!("[:val :{}]", variant.key);
    let tag = quote!(::std::string::String::from(#tag));
    match &variant.members {
        Members::Unit => tag,
        Members::Tuple(types) => tuple(Some(tag), types, convert),
        Members::Record(fields) => {
            let record = record(fields, convert);
            quote!(::rtfs_guest::__private::tuple_type(&[#tag, #record]))
        }
    }
}

fn of_members(members: &Members, convert: &TokenStream) -> TokenStream {
    match members {
        Members::Unit => quote!(::std::string::String::from(":nil")),
        Members::Tuple(types) => match types.as_slice() {
            [only] => quote!(<#only as #convert>::type_name()),
            types => tuple(None, types, convert),
        },
        Members::Record(fields) => record(fields, convert),
    }
}

fn tuple(first: Option<TokenStream>, types: &[Type], convert: &TokenStream) -> TokenStream {
    let first = first.map(|first| quote!(#first,));
    quote!(::rtfs_guest::__private::tuple_type(
        &[#first #(<#types as #convert>::type_name()),*]
    ))
}

fn record(fields: &[Field], convert: &TokenStream) -> TokenStream {
    let keys = fields.iter().map(|field| &field.key);
    let types = fields.iter().map(|field| &field.ty);
    quote!(::rtfs_guest::__private::record_type(
        &[#((#keys, <#types as #convert>::type_name())),*]
    ))
}
