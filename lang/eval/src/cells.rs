//! The cells of recursive local functions.
//!
//! A cell and the closures that read it keep each other alive. Counting alone never frees such a
//! group, so every cell is registered here. When the registry has doubled it is swept: cells that
//! only the registry still holds are forgotten, and groups that only refer to themselves are
//! taken apart.

use std::collections::{BTreeMap, BTreeSet};

use rtfs_value::{Value, tag};

/// The registry is swept when it is larger than this and than twice what the last sweep left.
const FIRST_SWEEP: usize = 1024;

/// All cells that may still be in use.
#[derive(Debug)]
pub(crate) struct Cells {
    cells: Vec<Value>,
    sweep_at: usize,
}

impl Default for Cells {
    fn default() -> Self {
        Cells {
            cells: Vec::new(),
            sweep_at: FIRST_SWEEP,
        }
    }
}

impl Cells {
    /// A fresh empty cell.
    pub(crate) fn make(&mut self) -> Value {
        if self.cells.len() >= self.sweep_at {
            self.sweep();
            self.sweep_at = FIRST_SWEEP.max(2 * self.cells.len());
        }
        let cell = Value::cell();
        self.cells.push(cell.clone());
        cell
    }

    /// Empties every cell: nobody will read them again.
    pub(crate) fn clear(&mut self) {
        for cell in self.cells.drain(..) {
            cell.cell_clear();
        }
    }

    fn sweep(&mut self) {
        self.cells.retain(|cell| !cell.is_unshared());
        let contents: Vec<Value> = self
            .cells
            .iter()
            .map(|cell| cell.cell_get().unwrap_or_default())
            .collect();
        let live = reachable_from_outside(&self.cells, &contents);
        for cell in &self.cells {
            if !live.contains(&cell.bits()) {
                cell.cell_clear();
            }
        }
        drop(contents);
        self.cells.retain(|cell| !cell.is_unshared());
    }
}

/// The addresses of the cells and environments that something other than them refers to, and of
/// all that those refer to. `contents` are copies of what the cells hold.
fn reachable_from_outside(cells: &[Value], contents: &[Value]) -> BTreeSet<u64> {
    let mut graph = Graph::default();
    for (cell, content) in cells.iter().zip(contents) {
        // The registry's reference and our copy are no reason to keep anything.
        graph.refer(cell);
        graph.refer(content);
    }
    for (cell, content) in cells.iter().zip(contents) {
        graph.edge(cell, content);
    }
    graph.follow_captures();
    graph.mark()
}

/// Cells and environments of closures, and who refers to whom. References from anything else
/// (collections, the stack, globals) are not in the graph and therefore keep their targets.
#[derive(Default)]
struct Graph<'v> {
    /// How many references to each object are accounted for, with a value that holds it.
    objects: BTreeMap<u64, (u32, &'v Value)>,
    edges: BTreeMap<u64, Vec<u64>>,
    new: Vec<&'v Value>,
}

impl<'v> Graph<'v> {
    /// Accounts for one reference.
    fn refer(&mut self, target: &'v Value) {
        if !matches!(tag::low(target.tag()), tag::CELL | tag::CLOSURE) {
            return;
        }
        let object = self.objects.entry(target.bits()).or_insert_with(|| {
            self.new.push(target);
            (0, target)
        });
        object.0 += 1;
    }

    fn edge(&mut self, from: &Value, target: &'v Value) {
        self.refer(target);
        self.edges
            .entry(from.bits())
            .or_default()
            .push(target.bits());
    }

    fn follow_captures(&mut self) {
        while let Some(value) = self.new.pop() {
            if let Some((_, captures)) = value.closure_parts() {
                for capture in captures {
                    self.edge(value, capture);
                }
            }
        }
    }

    fn mark(&self) -> BTreeSet<u64> {
        let outside = |(known, value): &(u32, &Value)| value.ref_count() != Some(*known);
        let mut work: Vec<u64> = self
            .objects
            .iter()
            .filter_map(|(address, object)| outside(object).then_some(*address))
            .collect();
        let mut live = BTreeSet::new();
        while let Some(address) = work.pop() {
            if live.insert(address) {
                work.extend(self.edges.get(&address).into_iter().flatten());
            }
        }
        live
    }
}
