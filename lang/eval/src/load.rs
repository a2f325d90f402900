//! Loading: a program's code and names enter an environment.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use rtfs_ir::{GlobalId, GlobalInfo, Lambda, NodeKind, Program, Slot};
use rtfs_value::BuiltinId;
use rtfs_value::library::{self, Builtin};

use crate::code::Code;
use crate::compile;
use crate::environment::{Environment, MAX_FUNCTIONS, TOP_SCOPE};

/// Why a program cannot be loaded. Only IR that no lowering made (or a session of millions of
/// functions) is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A slot outside the row of its function.
    #[error("slot {} does not exist", .0.0)]
    Slot(Slot),
    /// A captured value outside the function's list.
    #[error("captured value {0} does not exist")]
    Capture(u32),
    /// A top-level name outside the program's list.
    #[error("top-level name {} does not exist", .0.0)]
    Global(GlobalId),
    /// A library function outside the table.
    #[error("library function {} does not exist", .0.0)]
    Builtin(BuiltinId),
    /// A `match` pattern where a value is bound.
    #[error("a pattern that may not fit stands in a binding")]
    RefutableBinding,
    /// The environment's table of functions is full.
    #[error("the environment holds {MAX_FUNCTIONS} functions already")]
    TooManyFunctions,
}

/// A program loaded into an environment, ready to run there.
#[derive(Clone, Debug)]
pub struct Unit {
    pub(crate) forms: Vec<Form>,
    pub(crate) module: Option<LoadedModule>,
    /// The environment's index of each of the program's names.
    pub(crate) globals: Vec<u32>,
    /// Names that are finally defined as a function literal, with its code index.
    pub(crate) functions: Vec<(GlobalId, u32)>,
}

/// A top-level form.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) code: Rc<Code>,
    /// It defines something; bare expressions do not.
    pub(crate) defines: bool,
}

/// The `module` form a program is.
#[derive(Clone, Debug)]
pub(crate) struct LoadedModule {
    pub(crate) name: String,
    pub(crate) exports: Vec<(String, u32)>,
}

impl Unit {
    /// The same program without its bare top-level expressions: running it only defines.
    pub fn definitions(&self) -> Unit {
        let forms = self
            .forms
            .iter()
            .filter(|form| form.defines)
            .cloned()
            .collect();
        Unit {
            forms,
            ..self.clone()
        }
    }
}

impl Environment {
    /// Compiles a program and makes its names known. Nothing is evaluated yet.
    ///
    /// # Errors
    /// When the program is not well formed; the environment is usable afterwards.
    pub fn load(&mut self, program: &Program) -> Result<Unit, LoadError> {
        let mut loader = Loader::new(self, program);
        let mut forms = Vec::with_capacity(program.forms.len());
        for form in &program.forms {
            loader.isolated = loader.is_of_module(&form.node.kind);
            let code = Rc::new(compile::compile_form(&mut loader, form)?);
            forms.push(Form {
                code,
                defines: defines(&form.node.kind),
            });
            loader.compile_queue()?;
        }
        let module = loader.module()?;
        let functions = loader.functions();
        let globals = loader.globals;
        Ok(Unit {
            forms,
            module,
            globals,
            functions,
        })
    }
}

fn defines(kind: &NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Def { .. }
            | NodeKind::DefStruct { .. }
            | NodeKind::Declare(_)
            | NodeKind::Import(_)
    )
}

/// A program on its way into an environment.
pub(crate) struct Loader<'e, 'p> {
    environment: &'e mut Environment,
    program: &'p Program,
    /// The environment's index of each of the program's names.
    globals: Vec<u32>,
    scope: u32,
    /// The code being compiled belongs to a module that was linked into the program.
    isolated: bool,
    /// Functions whose code index is given but whose code is not compiled yet.
    queue: VecDeque<&'p Lambda>,
    /// The code index of every function so far.
    indices: HashMap<*const Lambda, u32>,
}

impl<'e, 'p> Loader<'e, 'p> {
    fn new(environment: &'e mut Environment, program: &'p Program) -> Self {
        let scope = match program.module {
            Some(_) => environment.new_scope(),
            None => TOP_SCOPE,
        };
        let globals = program
            .globals
            .iter()
            .map(|global| {
                let scope = if global.is_linked() { TOP_SCOPE } else { scope };
                environment.intern(scope, &global.name, global.fallback)
            })
            .collect();
        Loader {
            environment,
            program,
            globals,
            scope,
            isolated: false,
            queue: VecDeque::new(),
            indices: HashMap::new(),
        }
    }

    /// Whether a form defines something in a linked module.
    fn is_of_module(&self, form: &NodeKind) -> bool {
        match form {
            NodeKind::Def { global, .. } | NodeKind::DefStruct { global, .. } => {
                let info = self.program.globals.get(global.0 as usize);
                info.is_some_and(GlobalInfo::is_linked)
            }
            _ => false,
        }
    }

    pub(crate) fn isolated(&self) -> bool {
        self.isolated
    }

    pub(crate) fn scope(&self) -> u32 {
        self.scope
    }

    pub(crate) fn global(&self, id: GlobalId) -> Result<u32, LoadError> {
        self.globals
            .get(id.0 as usize)
            .copied()
            .ok_or(LoadError::Global(id))
    }

    pub(crate) fn global_name(&self, id: GlobalId) -> Result<&'p str, LoadError> {
        let global = self.program.globals.get(id.0 as usize);
        global
            .map(|global| global.name.as_str())
            .ok_or(LoadError::Global(id))
    }

    pub(crate) fn builtin(&self, id: BuiltinId) -> Result<&'static Builtin, LoadError> {
        match usize::from(id.0) < library::BUILTINS.len() {
            true => Ok(library::get(id)),
            false => Err(LoadError::Builtin(id)),
        }
    }

    /// Gives a function its code index. Its code is compiled later.
    pub(crate) fn enqueue(&mut self, lambda: &'p Lambda) -> Result<u32, LoadError> {
        let index = self.environment.functions.len() + self.queue.len();
        if index >= MAX_FUNCTIONS {
            return Err(LoadError::TooManyFunctions);
        }
        self.indices.insert(lambda, index as u32);
        self.queue.push_back(lambda);
        Ok(index as u32)
    }

    /// Compiles what is queued, in the order of the code indices.
    fn compile_queue(&mut self) -> Result<(), LoadError> {
        // The front stays queued while it is compiled: functions inside it come after it.
        while let Some(lambda) = self.queue.front().copied() {
            let code = compile::compile_lambda(self, lambda)?;
            self.environment.functions.push(Rc::new(code));
            self.queue.pop_front();
        }
        Ok(())
    }

    fn functions(&self) -> Vec<(GlobalId, u32)> {
        let globals = (0..self.program.globals.len() as u32).map(GlobalId);
        globals
            .filter_map(|id| {
                let lambda: *const Lambda = self.program.function(id)?;
                Some((id, *self.indices.get(&lambda)?))
            })
            .collect()
    }

    fn module(&self) -> Result<Option<LoadedModule>, LoadError> {
        let Some(module) = &self.program.module else {
            return Ok(None);
        };
        let mut exports = Vec::with_capacity(module.exports.len());
        for id in &module.exports {
            exports.push((self.global_name(*id)?.to_owned(), self.global(*id)?));
        }
        Ok(Some(LoadedModule {
            name: module.name.clone(),
            exports,
        }))
    }
}
