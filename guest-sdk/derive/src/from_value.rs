//! Reading values.

use crate::shape::{Members, Shape, Variant, bounded};
use crate::type_name::type_name;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DeriveInput, parse_quote};

pub(crate) fn implement(input: &DeriveInput, shape: &Shape) -> TokenStream {
    let convert = quote!(::rtfs_guest::FromValue);
    let name = &input.ident;
    let generics = bounded(&input.generics, &parse_quote!(::rtfs_guest::FromValue));
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let type_name = type_name(shape, &convert);
    let read = match shape {
        Shape::Struct(members) => of_members(&quote!(Self), members),
        Shape::Enum(variants) => of_variants(variants),
    };
    quote! {
        #[automatically_derived]
        impl #parameters #convert for #name #arguments #bounds {
            fn type_name() -> ::std::string::String {
                #type_name
            }

            fn from_value(
                value: ::rtfs_guest::Value,
            ) -> ::std::result::Result<Self, ::rtfs_guest::Value> {
                #read
            }
        }
    }
}

/// An expression that reads `value` into what `constructor` makes.
fn of_members(constructor: &TokenStream, members: &Members) -> TokenStream {
    match members {
        Members::Unit => quote!(::std::result::Result::Ok(#constructor)),
        Members::Tuple(types) if types.len() == 1 => quote! {
            ::std::result::Result::Ok(#constructor(::rtfs_guest::FromValue::from_value(value)?))
        },
        Members::Tuple(types) => {
            let items = items(types.len());
            quote! {
                let [#(#items),*] = ::rtfs_guest::__private::items(value)?;
                ::std::result::Result::Ok(#constructor(
                    #(::rtfs_guest::FromValue::from_value(#items)?),*
                ))
            }
        }
        Members::Record(fields) => {
            let idents = fields.iter().map(|field| &field.ident);
            let keys = fields.iter().map(|field| &field.key);
            quote! {
                let fields = ::rtfs_guest::__private::fields(value)?;
                ::std::result::Result::Ok(#constructor {
                    #(#idents: ::rtfs_guest::__private::field(&fields, #keys)?),*
                })
            }
        }
    }
}

fn items(n: usize) -> Vec<syn::Ident> {
    (0..n).map(|index| format_ident!("item_{index}")).collect()
}

fn of_variants(variants: &[Variant]) -> TokenStream {
    let arms = variants.iter().map(|variant| {
        let (ident, key) = (&variant.ident, &variant.key);
        let constructor = quote!(Self::#ident);
        match &variant.members {
            Members::Unit => quote! {
                (#key, ::std::option::Option::None) => ::std::result::Result::Ok(#constructor),
            },
            Members::Tuple(types) => {
                let items = items(types.len());
                quote! {
                    (#key, ::std::option::Option::Some(rest)) => {
                        let [#(#items),*] = ::rtfs_guest::__private::rest(rest, &value)?;
                        ::std::result::Result::Ok(#constructor(
                            #(::rtfs_guest::FromValue::from_value(#items)?),*
                        ))
                    }
                }
            }
            members @ Members::Record(_) => {
                let read = of_members(&constructor, members);
                quote! {
                    (#key, ::std::option::Option::Some(rest)) => {
                        let [value] = ::rtfs_guest::__private::rest(rest, &value)?;
                        #read
                    }
                }
            }
        }
    });
    quote! {
        let (key, rest) = ::rtfs_guest::__private::variant(&value)?;
        match (&*key, rest) {
            #(#arms)*
            _ => ::std::result::Result::Err(value),
        }
    }
}
