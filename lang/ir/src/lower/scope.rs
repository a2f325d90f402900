//! Names in scope while lowering, and what is learnt about each local variable on the way.
//!
//! Lowering gives every binding its own [`VarId`]; slots, captures and cells are decided
//! afterwards by [`super::place`], when everything that reads the variable is known.

use crate::node::Slot;

/// A local variable of the program, before it has a slot. Nodes carry it in their [`Slot`] fields
/// until placement replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct VarId(pub(crate) u32);

impl VarId {
    /// The variable in the form in which nodes carry it before placement.
    pub(crate) fn as_slot(self) -> Slot {
        Slot(self.0)
    }
}

/// What lowering has learnt about a variable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variable {
    /// Source name; empty for hidden variables.
    pub(crate) name: String,
    /// Defined more than once in its body.
    pub(crate) redefined: bool,
    /// Read by a closure.
    pub(crate) captured: bool,
    /// Read by a closure that can exist before the variable has its value.
    pub(crate) early: bool,
    /// Its definition may be skipped or repeated.
    pub(crate) conditional: bool,
}

impl Variable {
    /// Whether reads must go through a cell: a plain slot would be copied into closures too early,
    /// or read without a value.
    pub(crate) fn needs_cell(&self) -> bool {
        self.early || self.conditional || (self.captured && self.redefined)
    }
}

/// A name defined by `def` inside a body.
#[derive(Clone, Debug)]
pub(crate) struct BodyName {
    pub(crate) name: String,
    pub(crate) var: VarId,
    /// A definition stands before the current form on the way evaluation takes to it.
    pub(crate) visible: bool,
}

/// One layer of names.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    /// Parameters and pattern variables. The last one with a name wins.
    Names(Vec<(String, VarId)>),
    /// The bindings of a `let` so far, and the function bindings still to come, which only
    /// function bindings see.
    Let {
        bound: Vec<(String, VarId)>,
        later: Vec<(String, VarId)>,
        in_function_binding: bool,
    },
    /// A function binding's own name, outside its lambda.
    SelfName(String, VarId),
    /// A function or `let` body: the names that `def` forms in it define.
    Body(Vec<BodyName>),
    /// Everything outside belongs to an enclosing function.
    Lambda,
}

/// All scopes around the current form, outermost first.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    layers: Vec<Scope>,
    pub(crate) variables: Vec<Variable>,
    /// How many constructs that may skip or repeat the current form lie between it and its body.
    pub(crate) conditional: u32,
}

impl Scopes {
    /// Makes a variable. It is not visible until it is put into a scope.
    pub(crate) fn variable(&mut self, name: &str) -> VarId {
        let id = VarId(u32::try_from(self.variables.len()).unwrap_or(u32::MAX));
        self.variables.push(Variable {
            name: name.to_owned(),
            ..Variable::default()
        });
        id
    }

    /// Opens a scope.
    pub(crate) fn push(&mut self, scope: Scope) {
        self.layers.push(scope);
    }

    /// Closes the innermost scope.
    pub(crate) fn pop(&mut self) -> Option<Scope> {
        self.layers.pop()
    }

    /// Makes a variable and binds its name in the innermost scope.
    pub(crate) fn bind(&mut self, name: &str) -> VarId {
        let var = self.variable(name);
        self.add(name, var);
        var
    }

    /// Binds a name in the innermost scope of names.
    pub(crate) fn add(&mut self, name: &str, var: VarId) {
        let entry = (name.to_owned(), var);
        match self.layers.last_mut() {
            Some(Scope::Names(names)) => names.push(entry),
            Some(Scope::Let { bound, .. }) => bound.push(entry),
            _ => debug_assert!(false, "only scopes of names take names"),
        }
    }

    /// The innermost scope.
    pub(crate) fn innermost(&mut self) -> Option<&mut Scope> {
        self.layers.last_mut()
    }

    /// The local variable that a name means here, noting how it is read.
    pub(crate) fn lookup(&mut self, name: &str) -> Option<VarId> {
        let mut crossed = false;
        for layer in self.layers.iter().rev() {
            let found = match layer {
                Scope::Names(names) => find(names, name).map(|var| (var, false)),
                Scope::Let {
                    bound,
                    later,
                    in_function_binding,
                } => find(bound, name).map(|var| (var, false)).or_else(|| {
                    first(later, name)
                        .filter(|_| *in_function_binding)
                        .map(|var| (var, true))
                }),
                Scope::SelfName(own, var) if own == name => return Some(*var),
                Scope::SelfName(..) => None,
                Scope::Body(names) => names
                    .iter()
                    .find(|entry| entry.name == name && (entry.visible || crossed))
                    .map(|entry| (entry.var, !entry.visible)),
                Scope::Lambda => {
                    crossed = true;
                    None
                }
            };
            if let Some((var, early)) = found {
                let variable = &mut self.variables[var.0 as usize];
                variable.captured |= crossed;
                variable.early |= early;
                return Some(var);
            }
        }
        None
    }

    /// The names of the innermost body: where a `def` here would put its name.
    pub(crate) fn body(&mut self) -> Option<&mut Vec<BodyName>> {
        self.layers.iter_mut().rev().find_map(|layer| match layer {
            Scope::Body(names) => Some(names),
            _ => None,
        })
    }

    /// Which names of the innermost body are visible now.
    pub(crate) fn visible(&mut self) -> Vec<bool> {
        self.body()
            .map(|names| names.iter().map(|entry| entry.visible).collect())
            .unwrap_or_default()
    }

    /// Puts back what [`Scopes::visible`] returned.
    pub(crate) fn set_visible(&mut self, visible: &[bool]) {
        if let Some(names) = self.body() {
            for (entry, visible) in names.iter_mut().zip(visible) {
                entry.visible = *visible;
            }
        }
    }

    /// Every local name that could be meant here, for suggestions.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut all = Vec::new();
        for layer in &self.layers {
            match layer {
                Scope::Names(names) => all.extend(names.iter().map(|(name, _)| name.as_str())),
                Scope::Let { bound, .. } => all.extend(bound.iter().map(|(name, _)| name.as_str())),
                Scope::SelfName(name, _) => all.push(name.as_str()),
                Scope::Body(names) => all.extend(names.iter().map(|entry| entry.name.as_str())),
                Scope::Lambda => {}
            }
        }
        all
    }
}

fn find(names: &[(String, VarId)], name: &str) -> Option<VarId> {
    names
        .iter()
        .rev()
        .find(|(known, _)| known == name)
        .map(|(_, var)| *var)
}

fn first(names: &[(String, VarId)], name: &str) -> Option<VarId> {
    names
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, var)| *var)
}
