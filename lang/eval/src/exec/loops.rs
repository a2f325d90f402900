//! `for` and `dotimes`.

use rtfs_value::{Error, Seq, Value, mem};

use crate::code::Op;
use crate::machine::{Flow, Machine};

impl Machine {
    pub(super) fn advance_loop(&mut self, op: Op, base: usize) -> Result<Flow, Error> {
        match op {
            Op::ForItems(slot) => {
                let collection = self.pop();
                let items = items(collection)?;
                self.start_loop(base + slot as usize, items.into_value());
            }
            Op::ForNext { slot, done } => {
                let index = self.next_index(base + slot as usize);
                let items = self.stack[base + slot as usize].as_seq();
                match items.and_then(|items| items.get(index as usize)).cloned() {
                    Some(item) => self.stack.push(item),
                    None => self.jump(done),
                }
            }
            Op::Append(slot) => {
                let value = self.pop();
                if let Some(result) = self.stack[base + slot as usize].as_seq_mut() {
                    result.push(value);
                }
                mem::guard()?;
            }
            Op::Count(slot) => {
                let count = self.pop();
                if count.as_int().is_none() {
                    return Err(Error::type_error("dotimes", "integer", count.type_name()));
                }
                self.start_loop(base + slot as usize, count);
            }
            Op::CountNext { slot, done } => {
                let index = self.next_index(base + slot as usize);
                match self.stack[base + slot as usize].as_int() {
                    Some(count) if index < count => self.stack.push(Value::int(index)),
                    _ => self.jump(done),
                }
            }
            _ => return Err(Error::internal("unknown instruction")),
        }
        Ok(Flow::Next)
    }

    fn start_loop(&mut self, slot: usize, bound: Value) {
        self.stack[slot] = bound;
        self.stack[slot + 1] = Value::int(0);
    }

    /// The index of this round; the slot after the bound then has the next one.
    fn next_index(&mut self, slot: usize) -> i64 {
        let index = self.stack[slot + 1].as_int().unwrap_or_default();
        self.stack[slot + 1] = Value::int(index.saturating_add(1));
        index
    }
}

/// What a `for` binding runs over.
fn items(collection: Value) -> Result<Seq, Error> {
    if let Some(text) = collection.as_str() {
        let mut buffer = [0; 4];
        return Ok(Seq::vector(
            text.chars()
                .map(|c| Value::string(c.encode_utf8(&mut buffer))),
        ));
    }
    if let Some(map) = collection.as_map() {
        let pairs = map
            .iter()
            .map(|(key, value)| Value::vector([key.clone(), value.clone()]));
        return Ok(Seq::vector(pairs));
    }
    if collection.is_nil() {
        return Ok(Seq::new());
    }
    collection
        .into_seq()
        .map_err(|other| Error::type_error("for", "collection", other.type_name()))
}
