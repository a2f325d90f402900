//! Parts and rearrangements of sequences.

use super::argument::{self, characters, int, items, optional, take as argument_at, wrong_kind};
use super::seen::Seen;
use super::text::{Builder, slice};
use crate::{Error, Seq, Value, mem, tag};
use alloc::string::String;

/// A string of the characters of a sequence.
pub(super) fn text_of(characters: &Seq) -> Result<Value, Error> {
    let mut builder = Builder::new();
    for character in characters {
        builder.push(character)?;
    }
    Ok(builder.finish())
}

/// `(rest c)`
pub(super) fn rest(coll: Value) -> Result<Value, Error> {
    if let Some(text) = coll.as_str() {
        let mut characters = text.chars();
        characters.next();
        return Ok(Value::string(characters.as_str()));
    }
    let mut items = items("rest", coll)?;
    items.drop_front();
    Ok(items.into_value())
}

/// `(subvec v start end?)`
pub(super) fn subvec(args: &mut [Value]) -> Result<Value, Error> {
    let vector = argument_at(args, 0);
    if vector.tag() != tag::VECTOR {
        return Err(wrong_kind("subvec", "vector", &vector));
    }
    let mut vector = items("subvec", vector)?;
    let len = vector.len();
    let start = int("subvec", &argument_at(args, 1))?;
    let end = match optional(args, 2) {
        Some(end) => int("subvec", &end)?,
        None => len as i64,
    };
    match (usize::try_from(start), usize::try_from(end)) {
        (Ok(from), Ok(to)) if from <= to && to <= len => {
            vector.keep(from, to);
            Ok(vector.into_value())
        }
        (Ok(from), _) if from <= len && start <= end => Err(Error::index_out_of_bounds(end, len)),
        _ => Err(Error::index_out_of_bounds(start, len)),
    }
}

/// A number of items: negative ones count as none.
fn amount(operation: &str, value: &Value) -> Result<usize, Error> {
    let n = int(operation, value)?.max(0);
    Ok(usize::try_from(n).unwrap_or(usize::MAX))
}

/// `(take i c)`
pub(super) fn take(n: Value, coll: Value) -> Result<Value, Error> {
    let n = amount("take", &n)?;
    if coll.as_str().is_some() {
        return Ok(slice(&coll, 0, n));
    }
    let mut items = items("take", coll)?;
    items.truncate(n);
    Ok(items.into_vector().into_value())
}

/// `(drop i c)`
pub(super) fn drop(n: Value, coll: Value) -> Result<Value, Error> {
    let n = amount("drop", &n)?;
    if coll.as_str().is_some() {
        return Ok(slice(&coll, n, usize::MAX));
    }
    let mut items = items("drop", coll)?;
    items.keep(n, usize::MAX);
    Ok(items.into_vector().into_value())
}

/// `(reverse c)`
pub(super) fn reverse(coll: Value) -> Result<Value, Error> {
    if let Some(text) = coll.as_str() {
        let reversed: String = text.chars().rev().collect();
        return Ok(Value::string(&reversed));
    }
    let items = items("reverse", coll)?;
    mem::reserve(items.len() * size_of::<Value>())?;
    let reversed = Seq::vector(items.iter().rev().cloned());
    Ok(if items.is_list() {
        reversed.into_list()
    } else {
        reversed
    }
    .into_value())
}

/// `(distinct c)`
pub(super) fn distinct(coll: Value) -> Result<Value, Error> {
    let text = coll.as_str().map(characters).transpose()?;
    let keeps_string = text.is_some();
    let items = match text {
        Some(characters) => characters,
        None => items("distinct", coll)?,
    };
    let mut seen = Seen::new();
    for item in &items {
        seen.add(item);
        mem::guard()?;
    }
    let distinct = seen.into_items();
    if keeps_string {
        text_of(&distinct)
    } else {
        Ok(distinct.into_value())
    }
}

/// `(partition i c)`
pub(super) fn partition(n: Value, coll: Value) -> Result<Value, Error> {
    let size = int("partition", &n)?;
    if size < 1 {
        return Err(wrong_kind("partition", "positive integer", &n));
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let items = argument::items("partition", coll)?.into_vector();
    let mut groups = Seq::new();
    let mut start = 0;
    while items.len() - start >= size {
        groups.push(Seq::vector(items.iter().skip(start).take(size).cloned()).into_value());
        mem::guard()?;
        start += size;
    }
    Ok(groups.into_value())
}
