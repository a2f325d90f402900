//! What a type looks like as an RTFS value.

use syn::{Attribute, Data, DeriveInput, Error, Fields, Generics, Ident, LitStr, Result, Type};

/// A type.
pub(crate) enum Shape {
    /// A struct.
    Struct(Members),
    /// An enum.
    Enum(Vec<Variant>),
}

/// A variant of an enum.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    /// The keyword, without its colon.
    pub(crate) key: String,
    pub(crate) members: Members,
}

/// The fields of a struct or variant.
pub(crate) enum Members {
    /// None.
    Unit,
    /// Without names.
    Tuple(Vec<Type>),
    /// With names.
    Record(Vec<Field>),
}

/// A named field.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    /// The keyword, without its colon.
    pub(crate) key: String,
    pub(crate) ty: Type,
}

impl Shape {
    /// The shape of a type, or why it has none.
    pub(crate) fn of(input: &DeriveInput) -> Result<Shape> {
        match &input.data {
            Data::Struct(data) => match members(&data.fields)? {
                Members::Unit => {
                    let text = "a struct without fields has no RTFS form; use `()`";
                    Err(Error::new_spanned(&input.ident, text))
                }
                members => Ok(Shape::Struct(members)),
            },
            Data::Enum(data) if data.variants.is_empty() => {
                let text = "an enum without variants has no RTFS values";
                Err(Error::new_spanned(&input.ident, text))
            }
            Data::Enum(data) => {
                let variants = data.variants.iter().map(variant);
                let variants: Vec<Variant> = variants.collect::<Result<_>>()?;
                let keys = variants
                    .iter()
                    .map(|variant| (&variant.ident, &variant.key));
                expect_different(keys)?;
                Ok(Shape::Enum(variants))
            }
            Data::Union(_) => {
                let text = "a union has no RTFS form";
                Err(Error::new_spanned(&input.ident, text))
            }
        }
    }
}

fn variant(variant: &syn::Variant) -> Result<Variant> {
    let words = variant.ident.to_string();
    Ok(Variant {
        key: given_name(&variant.attrs)?.unwrap_or_else(|| from_camel_case(&words)),
        members: members(&variant.fields)?,
        ident: variant.ident.clone(),
    })
}

fn members(fields: &Fields) -> Result<Members> {
    match fields {
        Fields::Unit => Ok(Members::Unit),
        Fields::Unnamed(fields) if fields.unnamed.is_empty() => Ok(Members::Unit),
        Fields::Unnamed(fields) => {
            for field in &fields.unnamed {
                if given_name(&field.attrs)?.is_some() {
                    let text = "fields without a name are items of a vector and have no key";
                    return Err(Error::new_spanned(field, text));
                }
            }
            let types = fields.unnamed.iter().map(|field| field.ty.clone());
            Ok(Members::Tuple(types.collect()))
        }
        Fields::Named(fields) => {
            let fields = fields.named.iter().filter_map(|field| {
                let ident = field.ident.clone()?;
                Some(given_name(&field.attrs).map(|given| Field {
                    key: given.unwrap_or_else(|| from_snake_case(&ident)),
                    ty: field.ty.clone(),
                    ident,
                }))
            });
            let fields: Vec<Field> = fields.collect::<Result<_>>()?;
            expect_different(fields.iter().map(|field| (&field.ident, &field.key)))?;
            Ok(Members::Record(fields))
        }
    }
}

/// The name in `#[rtfs(name = "…")]`.
fn given_name(attributes: &[Attribute]) -> Result<Option<String>> {
    let mut name = None;
    for attribute in attributes.iter().filter(|it| it.path().is_ident("rtfs")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error("only `name` is known here: `#[rtfs(name = \"…\")]`"));
            }
            let text: LitStr = meta.value()?.parse()?;
            let value = text.value();
            let is_end = |c: char| c.is_whitespace() || "()[]{}\"';`,@^:".contains(c);
            if value.is_empty() || value.contains(is_end) {
                let message = "an RTFS keyword, written without its colon, has no such name";
                return Err(Error::new_spanned(text, message));
            }
            if name.replace(value).is_some() {
                return Err(meta.error("there is a name already"));
            }
            Ok(())
        })?;
    }
    Ok(name)
}

fn expect_different<'a>(keys: impl Iterator<Item = (&'a Ident, &'a String)>) -> Result<()> {
    let mut seen: Vec<&String> = Vec::new();
    for (ident, key) in keys {
        if seen.contains(&key) {
            let text = format!("the keyword `:{key}` is taken by another one before");
            return Err(Error::new_spanned(ident, text));
        }
        seen.push(key);
    }
    Ok(())
}

fn from_snake_case(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").unwrap_or(&text).replace('_', "-")
}

/// `DarkBlue` as `dark-blue`, `HTTPError` as `http-error`.
fn from_camel_case(text: &str) -> String {
    let text = text.strip_prefix("r#").unwrap_or(text);
    let chars: Vec<char> = text.chars().collect();
    let mut key = String::new();
    for (at, c) in chars.iter().enumerate() {
        let starts_word = c.is_uppercase() && at > 0 && {
            let after_lower = !chars[at - 1].is_uppercase();
            let before_lower = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
            after_lower || before_lower
        };
        if (starts_word || *c == '_') && !key.ends_with('-') {
            key.push('-');
        }
        if *c != '_' {
            key.extend(c.to_lowercase());
        }
    }
    key
}

/// The generics with a bound on each type parameter.
pub(crate) fn bounded(generics: &Generics, bound: &syn::TypeParamBound) -> Generics {
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(bound.clone());
    }
    generics
}

#[cfg(test)]
mod tests {
    use super::from_camel_case;

    #[test]
    fn words_of_variants_are_joined_by_hyphens() {
        assert_eq!(from_camel_case("Red"), "red");
        assert_eq!(from_camel_case("DarkBlue"), "dark-blue");
        assert_eq!(from_camel_case("HTTPError"), "http-error");
        assert_eq!(from_camel_case("Is2D"), "is2-d");
        assert_eq!(from_camel_case("Not_Yet"), "not-yet");
        assert_eq!(from_camel_case("A"), "a");
    }
}
