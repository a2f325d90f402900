//! What a function looks like from outside, as a hash: whoever has the same interface can stand
//! in for it, as far as types and capabilities go.

use rtfs_value::types::{self, Type};

use super::{LANGUAGE_VERSION, hash_of, hash_type};
use crate::node::{GlobalId, Lambda, NodeKind, Program};

hash_type! {
    /// Identifies the signature of a function, or of a module.
    InterfaceHash
}

/// The signature of a top-level function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Module and name, `acme.geometry/area`; the name alone outside modules.
    pub name: String,
    /// Types of the fixed parameters; `Any` where none is written.
    pub params: Vec<Type>,
    /// Item type of the rest parameter, if there is one.
    pub rest: Option<Type>,
    /// Type of the result; `Any` when none is written.
    pub result: Type,
    /// Capability ids that it can ask for, sorted.
    pub capabilities: Vec<String>,
    /// It can ask for capabilities whose ids it computes.
    pub dynamic_capabilities: bool,
}

impl Interface {
    /// The hash of the signature.
    pub fn hash(&self) -> InterfaceHash {
        InterfaceHash(hash_of(|out| {
            out.array(8);
            out.text("rtfs-interface");
            out.text(LANGUAGE_VERSION);
            out.text(&self.name);
            out.array(self.params.len());
            self.params
                .iter()
                .for_each(|ty| out.bytes(&types::encode(ty)));
            match &self.rest {
                Some(ty) => out.bytes(&types::encode(ty)),
                None => out.null(),
            }
            out.bytes(&types::encode(&self.result));
            out.array(self.capabilities.len());
            self.capabilities.iter().for_each(|id| out.text(id));
            out.bool(self.dynamic_capabilities);
        }))
    }
}

impl Program {
    /// The functions that callers from outside can name: a module's `:exports`, otherwise every
    /// global whose last definition is a function literal, in the order of first appearance.
    ///
    /// ```
    /// // (defn area [w h] (* w h)) (def unit 1)
    /// # let forms = rtfs_syntax::read("(defn area [w h] (* w h)) (def unit 1)").forms;
    /// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
    /// # let program = lowered.program.expect("the text is a program");
    /// let names = program.exports().into_iter().map(|it| program.globals[it.0 as usize].name.as_str());
    /// assert_eq!(names.collect::<Vec<_>>(), ["area"]);
    /// ```
    pub fn exports(&self) -> Vec<GlobalId> {
        if let Some(module) = &self.module {
            return module.exports.clone();
        }
        let functions = self.functions();
        let ids = (0..self.globals.len()).filter_map(|index| u32::try_from(index).ok());
        ids.map(GlobalId)
            .filter(|id| functions[id.0 as usize].is_some() && !self.is_linked(*id))
            .collect()
    }

    /// For each global, the function literal that it is finally defined as at the top level.
    pub(crate) fn functions(&self) -> Vec<Option<&Lambda>> {
        let mut functions = vec![None; self.globals.len()];
        for form in &self.forms {
            if let NodeKind::Def { global, init, .. } = &form.node.kind
                && let Some(function) = functions.get_mut(global.0 as usize)
            {
                *function = match &init.kind {
                    NodeKind::Lambda(lambda) => Some(&**lambda),
                    _ => None,
                };
            }
        }
        functions
    }

    fn is_linked(&self, global: GlobalId) -> bool {
        let info = self.globals.get(global.0 as usize);
        info.is_some_and(crate::node::GlobalInfo::is_linked)
    }

    /// The function literal that a global is finally defined as at the top level.
    ///
    /// ```
    /// // (defn area [w h] (* w h)) (def unit 1)
    /// # let forms = rtfs_syntax::read("(defn area [w h] (* w h)) (def unit 1)").forms;
    /// # let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
    /// # let program = lowered.program.expect("the text is a program");
    /// use rtfs_ir::GlobalId;
    ///
    /// assert_eq!(program.function(GlobalId(0)).map(|area| area.params.len()), Some(2));
    /// assert!(program.function(GlobalId(1)).is_none());
    /// ```
    pub fn function(&self, global: GlobalId) -> Option<&Lambda> {
        let definition = self
            .forms
            .iter()
            .rev()
            .find_map(|form| match &form.node.kind {
                NodeKind::Def {
                    global: defined,
                    init,
                    ..
                } if *defined == global => Some(init),
                _ => None,
            })?;
        match &definition.kind {
            NodeKind::Lambda(lambda) => Some(lambda),
            _ => None,
        }
    }

    /// The signature of a function that the program defines as a function literal, or declares.
    pub fn interface(&self, global: GlobalId) -> Option<Interface> {
        let info = self.globals.get(global.0 as usize)?;
        let any = |ty: &Option<Type>| ty.clone().unwrap_or(Type::Any);
        let (params, rest, result) = match (self.function(global), &info.declared) {
            (Some(lambda), _) => (
                lambda
                    .params
                    .iter()
                    .map(|param| any(&param.annotation))
                    .collect(),
                lambda.rest.as_ref().map(|rest| any(&rest.annotation)),
                any(&lambda.result),
            ),
            (None, Some(declared)) => (
                declared.params.iter().map(|(_, ty)| ty.clone()).collect(),
                declared.rest.clone(),
                declared.result.clone(),
            ),
            (None, None) => return None,
        };
        let needs = self.capability_needs(global);
        let name = match &self.module {
            Some(module) if !info.is_linked() => format!("{}/{}", module.name, info.name),
            _ => info.name.clone(),
        };
        Some(Interface {
            name,
            params,
            rest,
            result,
            capabilities: needs.ids.into_iter().collect(),
            dynamic_capabilities: needs.dynamic,
        })
    }

    /// The interface hash of the whole program: over the names and signatures of its exports, in
    /// text order. Exported values that are no functions count with their names alone.
    pub fn interface_hash(&self) -> InterfaceHash {
        let mut exports: Vec<(&str, Option<InterfaceHash>)> = self
            .exports()
            .into_iter()
            .filter_map(|id| Some((self.globals.get(id.0 as usize)?.name.as_str(), id)))
            .map(|(name, id)| (name, self.interface(id).map(|interface| interface.hash())))
            .collect();
        exports.sort();
        InterfaceHash(hash_of(|out| {
            out.array(4);
            out.text("rtfs-module-interface");
            out.text(LANGUAGE_VERSION);
            match &self.module {
                Some(module) => out.text(&module.name),
                None => out.null(),
            }
            out.array(exports.len());
            for (name, hash) in &exports {
                out.array(2);
                out.text(name);
                match hash {
                    Some(hash) => out.bytes(hash.as_bytes()),
                    None => out.null(),
                }
            }
        }))
    }
}
