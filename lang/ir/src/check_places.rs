//! An independent check of what placement promises: every slot, capture, cell and global that a
//! program refers to exists where it is used.
//!
//! Decoded programs are refused by it; lowered programs are tested with it.

use crate::codec::DecodeError;
use crate::guard::nested;
use crate::node::{
    GlobalId, Lambda, Node, NodeId, NodeKind, Pattern, Place, Program, Slot, SlotInfo,
};

type Check = Result<(), DecodeError>;

/// Refuses programs with references that lead nowhere, or to a value where a cell is needed.
pub(crate) fn check_places(program: &Program) -> Check {
    let mut checker = Checker {
        program,
        frames: Vec::new(),
        node: NodeId(0),
    };
    let exports = program.module.iter().flat_map(|module| &module.exports);
    for export in exports {
        checker.global(*export)?;
    }
    for form in &program.forms {
        checker
            .frames
            .push(Frame::new(&form.slots, Vec::new(), false));
        checker.node(&form.node)?;
        checker.frames.pop();
    }
    Ok(())
}

/// What a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Value,
    Cell,
}

struct Frame<'p> {
    slots: &'p [SlotInfo],
    /// Cell slots inside whose scope the current node is.
    open: Vec<bool>,
    captures: Vec<Holds>,
    is_lambda: bool,
}

impl<'p> Frame<'p> {
    fn new(slots: &'p [SlotInfo], captures: Vec<Holds>, is_lambda: bool) -> Self {
        Frame {
            slots,
            open: vec![false; slots.len()],
            captures,
            is_lambda,
        }
    }
}

struct Checker<'p> {
    program: &'p Program,
    frames: Vec<Frame<'p>>,
    node: NodeId,
}

impl<'p> Checker<'p> {
    fn bad<T>(&self, what: &'static str) -> Result<T, DecodeError> {
        Err(DecodeError::BadReference {
            node: self.node.0,
            what,
        })
    }

    fn node(&mut self, node: &'p Node) -> Check {
        self.node = node.id;
        nested(|| self.kind(&node.kind))
    }

    fn kind(&mut self, kind: &'p NodeKind) -> Check {
        match kind {
            NodeKind::Var(place) => self.reads(*place, Holds::Value)?,
            NodeKind::CellGet { place, .. } => self.reads(*place, Holds::Cell)?,
            NodeKind::Global(id)
            | NodeKind::Declare(id)
            | NodeKind::Def { global: id, .. }
            | NodeKind::DefStruct { global: id, .. } => self.global(*id)?,
            NodeKind::LocalDef { slot, .. } => self.writes(*slot)?,
            NodeKind::DoTimes { slot, .. } => self.writes_value(*slot)?,
            NodeKind::For { bindings, .. } => {
                for (slot, _) in bindings {
                    self.writes_value(*slot)?;
                }
            }
            NodeKind::Try { catches, .. } => {
                for slot in catches.iter().filter_map(|catch| catch.binding) {
                    self.writes_value(slot)?;
                }
            }
            NodeKind::Let { bindings, .. } => {
                for binding in bindings {
                    match binding.pattern {
                        Pattern::Var(slot) => self.writes(slot)?,
                        _ => self.pattern(&binding.pattern)?,
                    }
                }
            }
            NodeKind::Match { clauses, .. } => {
                for clause in clauses {
                    self.pattern(&clause.pattern)?;
                }
            }
            NodeKind::Lambda(lambda) => return self.lambda(lambda),
            NodeKind::Scope { cells, body } => return self.scope(cells, body),
            _ => {}
        }
        self.children(kind)
    }

    fn children(&mut self, kind: &'p NodeKind) -> Check {
        let mut result = Ok(());
        crate::walk::children(kind, &mut |child| {
            if result.is_ok() {
                result = self.node(child);
            }
        });
        result
    }

    fn scope(&mut self, cells: &[Slot], body: &'p Node) -> Check {
        let mut opened = Vec::new();
        for cell in cells {
            if self.slot(*cell)? != Holds::Cell {
                return self.bad("a cell");
            }
            if let Some(open) = self.frame_open(*cell)
                && !std::mem::replace(open, true)
            {
                opened.push(*cell);
            }
        }
        self.node(body)?;
        for cell in opened {
            if let Some(open) = self.frame_open(cell) {
                *open = false;
            }
        }
        Ok(())
    }

    fn frame_open(&mut self, slot: Slot) -> Option<&mut bool> {
        self.frames.last_mut()?.open.get_mut(slot.0 as usize)
    }

    fn lambda(&mut self, lambda: &'p Lambda) -> Check {
        let captures = lambda
            .captures
            .iter()
            .map(|place| self.place(*place))
            .collect::<Result<_, _>>()?;
        let n_params = lambda.params.len() + usize::from(lambda.rest.is_some());
        if lambda.slots.len() < n_params || lambda.slots[..n_params].iter().any(|slot| slot.cell) {
            return self.bad("a parameter slot");
        }
        self.frames.push(Frame::new(&lambda.slots, captures, true));
        for param in &lambda.params {
            if let Some(pattern) = &param.pattern {
                self.pattern(pattern)?;
                let mut result = Ok(());
                crate::walk::pattern_children(pattern, &mut |child| {
                    if result.is_ok() {
                        result = self.node(child);
                    }
                });
                result?;
            }
        }
        self.node(&lambda.body)?;
        self.frames.pop();
        Ok(())
    }

    /// The slots of a pattern; default expressions are children of the node it stands in.
    fn pattern(&mut self, pattern: &Pattern) -> Check {
        nested(|| match pattern {
            Pattern::Wildcard | Pattern::Literal(_) | Pattern::Type(_) => Ok(()),
            Pattern::Var(slot) => self.writes_value(*slot),
            Pattern::As(slot, inner) => {
                self.writes_value(*slot)?;
                self.pattern(inner)
            }
            Pattern::Sequence { items, rest, whole } => {
                items.iter().try_for_each(|item| self.pattern(item))?;
                rest.flatten()
                    .iter()
                    .chain(whole)
                    .try_for_each(|slot| self.writes_value(*slot))
            }
            Pattern::Map {
                entries,
                rest,
                whole,
            } => {
                entries
                    .iter()
                    .try_for_each(|entry| self.pattern(&entry.pattern))?;
                rest.flatten()
                    .iter()
                    .chain(whole)
                    .try_for_each(|slot| self.writes_value(*slot))
            }
        })
    }

    fn reads(&self, place: Place, wanted: Holds) -> Check {
        if self.place(place)? == wanted {
            Ok(())
        } else {
            self.bad("a cell or a value")
        }
    }

    /// What a place of the current frame holds now.
    fn place(&self, place: Place) -> Result<Holds, DecodeError> {
        let Some(frame) = self.frames.last() else {
            return self.bad("a frame");
        };
        match place {
            Place::Slot(slot) => {
                let holds = self.slot(slot)?;
                let is_open = frame.open.get(slot.0 as usize).copied().unwrap_or_default();
                if holds == Holds::Cell && !is_open {
                    return self.bad("a cell in scope");
                }
                Ok(holds)
            }
            Place::Capture(index) => match frame.captures.get(index as usize) {
                Some(holds) => Ok(*holds),
                None => self.bad("a captured value"),
            },
            Place::SelfFn if frame.is_lambda => Ok(Holds::Value),
            Place::SelfFn => self.bad("a running closure"),
        }
    }

    fn slot(&self, slot: Slot) -> Result<Holds, DecodeError> {
        let info = self
            .frames
            .last()
            .and_then(|frame| frame.slots.get(slot.0 as usize));
        match info {
            Some(info) if info.cell => Ok(Holds::Cell),
            Some(_) => Ok(Holds::Value),
            None => self.bad("a slot"),
        }
    }

    /// A slot that is bound as a plain value or through its cell.
    fn writes(&self, slot: Slot) -> Check {
        self.place(Place::Slot(slot)).map(|_| ())
    }

    fn writes_value(&self, slot: Slot) -> Check {
        self.reads(Place::Slot(slot), Holds::Value)
    }

    fn global(&self, id: GlobalId) -> Check {
        match self.program.globals.get(id.0 as usize) {
            Some(_) => Ok(()),
            None => self.bad("a global"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check_places;

    #[test]
    fn what_placement_makes_passes() {
        let sources = [
            "(let [a (fn [] (b)) b (fn [] (a))] (a))",
            "(fn [] (defn ev [n] (od n)) (defn od [n] (ev n)) (ev 1))",
            "(fn [c] (if c (def k 1)) (fn [] (fn [] k)))",
            "(fn [[a b :as p] {:keys [k] :or {k (do (def z 1) z)}} & m] (fn [] [a b p k m]))",
            "(for [a [1] b [a]] (try (dotimes [i b] (fn [] i)) (catch e (fn [] e))))",
            "(match 1 [a & r] (fn [] [a r]) (:as w _) w)",
        ];
        for source in sources {
            let forms = rtfs_syntax::read(source).forms;
            let program = crate::lower(&forms, &Default::default())
                .program
                .expect("lowers");
            assert_eq!(check_places(&program), Ok(()), "{source}");
        }
    }
}
