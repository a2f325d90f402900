//! The cells of recursive local functions.
//!
//! A cell and the functions that read it keep each other alive. Counting alone never frees such a
//! group, so every cell is registered here. A sweep forgets cells that only the registry still
//! holds and empties those that only refer to themselves: it counts, for everything that cells
//! lead to, how many references come from there. What has more of them than that is in use, and so
//! is all that it leads to.

use crate::object::{Form, Header, Node};
use crate::tuple::Tuple;
use crate::value::Value;
use crate::{error, map, seq, trie, tuple};
use alloc::vec::Vec;

/// The registry is swept when it is larger than this and than twice what the last sweep left.
const FIRST_SWEEP: usize = 1024;

/// While a sweep runs, the second header word of an object that cells lead to holds these marks
/// and, below them, the number of references found.
const VISITED: u32 = 1 << 31;
const LIVE: u32 = 1 << 30;
const FOUND: u32 = LIVE - 1;

/// All cells that may still be in use.
#[derive(Debug)]
pub struct Cells {
    cells: Vec<Value>,
    sweep_at: usize,
}

impl Default for Cells {
    fn default() -> Self {
        Self::new()
    }
}

impl Cells {
    /// Knows no cell.
    pub const fn new() -> Self {
        Self {
            cells: Vec::new(),
            sweep_at: FIRST_SWEEP,
        }
    }

    /// A fresh empty cell.
    pub fn make(&mut self) -> Value {
        if self.cells.len() >= self.sweep_at {
            self.sweep();
            self.sweep_at = FIRST_SWEEP.max(2 * self.cells.len());
        }
        let cell = Value::cell();
        self.cells.push(cell.clone());
        cell
    }

    /// Empties every cell: nobody will read them again.
    pub fn clear(&mut self) {
        for cell in core::mem::take(&mut self.cells) {
            cell.cell_clear();
        }
    }

    /// Empties the cells that nothing but they themselves leads to, and forgets those that nobody
    /// holds.
    pub fn sweep(&mut self) {
        self.cells.retain(|cell| !cell.is_unshared());
        if self.cells.is_empty() {
            self.cells = Vec::new();
            return;
        }
        let graph = Graph::of(&self.cells);
        graph.mark();
        let mut kept = Vec::with_capacity(self.cells.len());
        let mut dead = Vec::new();
        for cell in self.cells.drain(..) {
            let list = if is_live(&cell) { &mut kept } else { &mut dead };
            list.push(cell);
        }
        graph.restore();
        self.cells = kept;
        for cell in dead {
            cell.cell_clear();
        }
    }
}

/// What cells lead to, each object once.
struct Graph {
    objects: Vec<*mut Node>,
}

impl Graph {
    /// Finds the objects, marks them as visited, and counts the references that were followed.
    fn of(cells: &[Value]) -> Self {
        let mut graph = Self {
            objects: Vec::new(),
        };
        for cell in cells {
            // The registry's own reference is no reason to keep a cell.
            graph.refer(cell.object().cast());
        }
        let mut next = 0;
        while let Some(&object) = graph.objects.get(next) {
            next += 1;
            // SAFETY: live, because something live refers to it; nothing is freed here.
            unsafe { each_reference(object, &mut |target| graph.refer(target)) };
        }
        graph
    }

    fn refer(&mut self, target: *mut Node) {
        // SAFETY: live; no reference to the header is held.
        let meta = unsafe { &mut (*target).header.meta };
        if *meta & VISITED == 0 {
            *meta = VISITED;
            self.objects.push(target);
        }
        // More references than fit are more than will be compared as equal: the object is kept.
        if *meta & FOUND < FOUND {
            *meta += 1;
        }
    }

    /// Marks what is in use: what others refer to as well, and all that it leads to.
    fn mark(&self) {
        let mut pending: Vec<*mut Node> = Vec::new();
        for &object in &self.objects {
            // SAFETY: live; no reference to the header is held.
            if unsafe { (*object).header.meta & FOUND != (*object).header.count } {
                mark_live(object, &mut pending);
            }
            while let Some(object) = pending.pop() {
                // SAFETY: live.
                unsafe { each_reference(object, &mut |target| mark_live(target, &mut pending)) };
            }
        }
    }

    /// Gives the second header words back to their owners.
    fn restore(self) {
        for object in self.objects {
            // SAFETY: live. Tuples repeat their length there; of all others it is a cached hash,
            // or unused.
            unsafe {
                (*object).header.meta = match (*object).form {
                    Form::Tuple => (*object.cast::<Tuple>()).len,
                    _ => 0,
                };
            }
        }
    }
}

fn mark_live(object: *mut Node, pending: &mut Vec<*mut Node>) {
    // SAFETY: live; no reference to the header is held.
    let meta = unsafe { &mut (*object).header.meta };
    if *meta & LIVE == 0 {
        *meta |= LIVE;
        pending.push(object);
    }
}

fn is_live(cell: &Value) -> bool {
    // SAFETY: the registry keeps the cell alive.
    unsafe { (*cell.object().cast::<Header>()).meta & LIVE != 0 }
}

/// Calls `each` for every reference from this object to one that may refer to others.
///
/// # Safety
/// `object` is live, and `each` neither frees nor changes anything but second header words.
unsafe fn each_reference(object: *mut Node, each: &mut dyn FnMut(*mut Node)) {
    // SAFETY: the form says what the object is.
    unsafe {
        match (*object).form {
            Form::SeqFlat | Form::SeqView | Form::SeqTrie => seq::visit(object.cast(), each),
            Form::Leaf | Form::Branch => trie::visit(object, each),
            Form::MapFlat | Form::MapTrie => map::visit(object.cast(), each),
            // Slots of hashes and entry numbers; bytes.
            Form::HashNode | Form::Opaque => {}
            Form::Tuple => tuple::visit(object.cast(), each),
            Form::Error => error::visit(object.cast(), each),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, Map, Seq, mem};

    /// A cell that holds a function which `through` makes of the cell.
    fn cycle(cells: &mut Cells, through: impl FnOnce(Value) -> Value) -> Value {
        let cell = cells.make();
        let function = Value::closure(1, Vec::from([through(cell.clone()), Value::int(1)]));
        cell.cell_set(function.clone());
        function
    }

    #[track_caller]
    fn check(through: impl Fn(Value) -> Value) {
        let before = mem::used();
        let mut cells = Cells::new();
        let kept = cycle(&mut cells, &through);
        drop(cycle(&mut cells, &through));
        cells.sweep();
        assert_eq!(cells.cells.len(), 1, "the one that is in use");
        assert!(cells.cells[0].cell_get().is_some(), "and it is untouched");
        drop(kept);
        cells.sweep();
        assert_eq!(cells.cells.len(), 0);
        assert_eq!(mem::used(), before);
    }

    #[test]
    fn cycles_through_every_kind_of_object_are_found() {
        check(|cell| cell);
        check(|cell| Value::closure(2, Vec::from([cell])));
        check(|cell| Value::vector([Value::int(1), cell]));
        check(|cell| Value::list([cell]));
        check(|cell| {
            let error = Error::with_data(crate::error::ErrorKind::Generic, "x", cell, None);
            error.into_value()
        });
        check(|cell| {
            let mut map = Map::new();
            map.assoc(Value::keyword("k"), cell).expect("a key");
            map.into_value()
        });
    }

    #[test]
    fn cycles_through_shared_collections_are_found() {
        // Updating a large shared collection makes tries, and parts of one are views.
        check(|cell| {
            let mut seq = Seq::vector((0..100).map(Value::int));
            seq.push(cell);
            let shared = seq.clone().into_value();
            seq.push(Value::int(1));
            Value::vector([shared, seq.into_value()])
        });
        check(|cell| {
            let items = Seq::vector((0..100).map(Value::int).chain([cell]));
            items.slice(50, 101).into_value()
        });
        check(|cell| {
            let mut map = Map::new();
            for i in 0..100 {
                map.assoc(Value::int(i), cell.clone()).expect("a key");
            }
            let shared = map.clone().into_value();
            map.assoc(Value::int(1000), cell).expect("a key");
            Value::vector([shared, map.into_value()])
        });
    }

    #[test]
    fn values_keep_their_hashes_and_lengths() {
        let mut cells = Cells::new();
        let data = Value::vector([Value::int(1), Value::string("a")]);
        let hash = crate::hash(&data);
        let kept = cycle(&mut cells, |cell| Value::vector([cell, data.clone()]));
        cells.sweep();
        assert_eq!(crate::hash(&data), hash);
        assert_eq!(
            kept.closure_parts().map(|(_, values)| values.len()),
            Some(2)
        );
        cells.clear();
    }

    #[test]
    fn many_dead_cells_are_swept_without_asking() {
        let mut cells = Cells::new();
        for _ in 0..10 * FIRST_SWEEP {
            drop(cycle(&mut cells, |cell| cell));
        }
        assert!(cells.cells.len() <= FIRST_SWEEP);
        cells.clear();
    }
}
