//! Making values.

use crate::shape::{Field, Members, Shape, Variant, bounded};
use crate::type_name::type_name;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DeriveInput, Ident, parse_quote};

pub(crate) fn implement(input: &DeriveInput, shape: &Shape) -> TokenStream {
    let convert = quote!(::rtfs_guest::IntoValue);
    let name = &input.ident;
    let generics = bounded(&input.generics, &parse_quote!(::rtfs_guest::IntoValue));
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let type_name = type_name(shape, &convert);
    let arms = match shape {
        Shape::Struct(members) => vec![of_struct(members)],
        Shape::Enum(variants) => variants.iter().map(of_variant).collect(),
    };
    quote! {
        #[automatically_derived]
        impl #parameters #convert for #name #arguments #bounds {
            fn type_name() -> ::std::string::String {
                #type_name
            }

            fn into_value(self) -> ::rtfs_guest::Value {
                match self {
                    #(#arms)*
                }
            }
        }
    }
}

fn of_struct(members: &Members) -> TokenStream {
    match members {
        Members::Unit => quote!(Self => ::rtfs_guest::Value::NIL,),
        Members::Tuple(types) => {
            let names = names(types.len());
            let value = match names.as_slice() {
                [only] => quote!(::rtfs_guest::IntoValue::into_value(#only)),
                names => vector(None, names),
            };
            quote!(Self(#(#names),*) => #value,)
        }
        Members::Record(fields) => {
            let (pattern, value) = record(fields);
            quote!(Self #pattern => #value,)
        }
    }
}

fn of_variant(variant: &Variant) -> TokenStream {
    let (ident, key) = (&variant.ident, &variant.key);
    let tag = quote!(::rtfs_guest::Value::keyword(#key));
    match &variant.members {
        Members::Unit => quote!(Self::#ident { .. } => #tag,),
        Members::Tuple(types) => {
            let names = names(types.len());
            let value = vector(Some(tag), &names);
            quote!(Self::#ident(#(#names),*) => #value,)
        }
        Members::Record(fields) => {
            let (pattern, value) = record(fields);
            quote!(Self::#ident #pattern => ::rtfs_guest::Value::vector([#tag, #value]),)
        }
    }
}

fn names(n: usize) -> Vec<Ident> {
    (0..n).map(|index| format_ident!("item_{index}")).collect()
}

fn vector(tag: Option<TokenStream>, names: &[Ident]) -> TokenStream {
    let tag = tag.map(|tag| quote!(#tag,));
    quote!(::rtfs_guest::Value::vector(
        [#tag #(::rtfs_guest::IntoValue::into_value(#names)),*]
    ))
}

/// A pattern that takes a record apart, and the value of what it bound.
fn record(fields: &[Field]) -> (TokenStream, TokenStream) {
    let idents: Vec<&Ident> = fields.iter().map(|field| &field.ident).collect();
    let names = names(fields.len());
    let types = fields.iter().map(|field| &field.ty);
    let keys = fields.iter().map(|field| &field.key);
    let pattern = quote!({ #(#idents: #names),* });
    let value = quote!(::rtfs_guest::__private::record([
        #((
            #keys,
            <#types as ::rtfs_guest::IntoValue>::type_name(),
            ::rtfs_guest::IntoValue::into_value(#names),
        )),*
    ]));
    (pattern, value)
}
