//! Vector, map and list literals, and quoted data.

use rtfs_ir::{Datum, Literal, Node};
use rtfs_value::tag;

use super::function::{Dest, FunctionBuilder};
use super::liveness::PART;
use super::module::Val;
use super::nested;
use super::shape::{Operand, Shape};

impl<'p> FunctionBuilder<'_, 'p> {
    /// `[a b …]`
    pub(super) fn vector(&mut self, items: &'p [Node], dest: Dest) -> Shape {
        if items.len() <= PART {
            let Some(operands) = self.operands(items.iter()) else {
                return Shape::Never;
            };
            self.call_with_memory("rt:vector_from", &operands, operands.len());
            return self.deliver(Shape::Known(tag::VECTOR), dest);
        }
        self.call_with_memory("rt:vector_from", &[], 0);
        let mut vector = self.store(Shape::Known(tag::VECTOR));
        for part in items.chunks(PART) {
            let mark = self.locals.mark();
            let Some(operands) = self.operands(part.iter()) else {
                return Shape::Never;
            };
            vector = self.append("rt:vector_append", vector, &operands, part.len());
            self.locals.release(mark);
        }
        let shape = self.result(vector);
        self.deliver(shape, dest)
    }

    /// `{k v …}`
    pub(super) fn map(&mut self, entries: &'p [(Literal, Node)], dest: Dest) -> Shape {
        let (first, rest) = entries.split_at(entries.len().min(PART));
        let Some(words) = self.words(first) else {
            return Shape::Never;
        };
        self.call_with_memory("rt:map_from", &words, first.len());
        if rest.is_empty() {
            return self.deliver(Shape::Known(tag::MAP), dest);
        }
        let mut map = self.store(Shape::Known(tag::MAP));
        for part in rest.chunks(PART) {
            let mark = self.locals.mark();
            let Some(words) = self.words(part) else {
                return Shape::Never;
            };
            map = self.append("rt:map_append", map, &words, part.len());
            self.locals.release(mark);
        }
        let shape = self.result(map);
        self.deliver(shape, dest)
    }

    /// Keys and values in turn.
    fn words(&mut self, entries: &'p [(Literal, Node)]) -> Option<Vec<Operand>> {
        let values = self.operands(entries.iter().map(|(_, value)| value))?;
        let mut words = Vec::with_capacity(2 * values.len());
        for ((key, _), value) in entries.iter().zip(values) {
            words.push(Operand::constant(self.literal(key)));
            words.push(value);
        }
        Some(words)
    }

    /// A map of alternating keys and values.
    fn map_of(&mut self, words: &[Operand]) -> Shape {
        let (first, rest) = words.split_at(words.len().min(PART));
        self.call_with_memory("rt:map_from", first, first.len() / 2);
        if rest.is_empty() {
            return Shape::Known(tag::MAP);
        }
        let mut map = self.store(Shape::Known(tag::MAP));
        for part in rest.chunks(PART) {
            map = self.append("rt:map_append", map, part, part.len() / 2);
        }
        self.result(map)
    }

    /// Appends a part to a collection that is owned, and stays where it is.
    fn append(
        &mut self,
        function: &str,
        collection: Operand,
        part: &[Operand],
        count: usize,
    ) -> Operand {
        let mark = self.locals.mark();
        let base = self.owned_in_memory(part);
        self.own(collection);
        self.push_bits(collection.loc);
        self.get(base);
        self.i32(u32::try_from(count).unwrap_or(u32::MAX));
        self.call_runtime(function, &[Val::I64, Val::I32, Val::I32], &[Val::I64]);
        self.free_memory(base, part.len());
        self.locals.release(mark);
        self.pop_into(collection.loc);
        match collection.var {
            Some(var) => {
                self.state.own(var);
                self.operand_of(var, true)
            }
            None => collection,
        }
    }

    /// Quoted data: built when evaluated.
    pub(super) fn quote(&mut self, datum: &Datum) -> Shape {
        nested(|| match datum {
            Datum::Literal(literal) => Shape::Const(self.literal(literal)),
            Datum::List(items) => {
                let shape = self.quoted_vector(items);
                // Lists and vectors share their objects.
                debug_assert_eq!(shape, Shape::Known(tag::VECTOR));
                Shape::Known(tag::LIST)
            }
            Datum::Vector(items) => self.quoted_vector(items),
            Datum::Map(entries) => {
                let mut words = Vec::with_capacity(2 * entries.len());
                for (key, value) in entries {
                    words.push(Operand::constant(self.literal(key)));
                    words.push(self.quoted_operand(value));
                }
                self.map_of(&words)
            }
        })
    }

    fn quoted_operand(&mut self, datum: &Datum) -> Operand {
        match self.quote(datum) {
            Shape::Const(value) => Operand::constant(value),
            shape => self.store(shape),
        }
    }

    fn quoted_vector(&mut self, items: &[Datum]) -> Shape {
        let mark = self.locals.mark();
        let operands: Vec<Operand> = items.iter().map(|item| self.quoted_operand(item)).collect();
        let (first, rest) = operands.split_at(operands.len().min(PART));
        self.call_with_memory("rt:vector_from", first, first.len());
        if rest.is_empty() {
            self.locals.release(mark);
            return Shape::Known(tag::VECTOR);
        }
        let mut vector = self.store(Shape::Known(tag::VECTOR));
        for part in rest.chunks(PART) {
            vector = self.append("rt:vector_append", vector, part, part.len());
        }
        let shape = self.result(vector);
        self.locals.release(mark);
        shape
    }
}
