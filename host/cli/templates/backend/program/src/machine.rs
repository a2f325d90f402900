//! Running an embedded program.

use crate::code::{Function, Image, Op};
use rtfs_guest::embed::embedded;
use rtfs_guest::{DynamicModule, Error, Value, library};

type LibraryFunction = fn(&mut [Value]) -> Result<Value, Error>;

/// The library functions that programs may call. `Op::Library` is an index in this table, so new
/// ones belong at its end. A component holds what this table names, and no more.
pub const LIBRARY: &[(&str, LibraryFunction)] = &[
    ("+", library::sum),
    ("-", library::difference),
    ("*", library::product),
    ("=", library::eq),
    ("not=", library::not_eq),
    ("<", library::lt),
    ("<=", library::le),
    (">", library::gt),
    (">=", library::ge),
    ("not", library::not),
    ("inc", library::inc),
    ("dec", library::dec),
    ("mod", library::mod_),
    ("quot", library::quot),
    ("rem", library::rem),
];

/// A program that runs.
pub struct Machine {
    image: Option<Image>,
    /// Calls that are pending at the caller.
    depth_used: u32,
    depth_limit: u32,
}

/// A function that runs.
struct Frame<'a> {
    function: &'a Function,
    at: usize,
    /// Where its slots begin on the stack.
    base: usize,
}

impl Machine {
    /// A machine with the program of embedded bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Machine {
            image: Image::read(bytes),
            depth_used: 0,
            depth_limit: 20_000,
        }
    }

    /// The index of a library function that programs may call.
    pub fn library_function(name: &str) -> Option<u16> {
        let index = LIBRARY.iter().position(|(known, _)| *known == name)?;
        u16::try_from(index).ok()
    }

    fn call(&self, image: &Image, function: &Function, args: Vec<Value>) -> Result<Value, Error> {
        let (params, argc) = (function.params as usize, args.len());
        if argc != params {
            return Err(Error::arity(&function.name, params, argc));
        }
        let mut stack = args;
        let mut frames = vec![entered(function, argc, &mut stack)];
        let ended = self.run(image, &mut frames, &mut stack);
        ended.map_err(|(node, error)| {
            let names = frames.iter().rev().map(|frame| &*frame.function.name);
            let named = names.filter(|name| !name.is_empty());
            let error = match error.node() {
                None => error.at_node(node),
                Some(_) => error,
            };
            named.fold(error, Error::leaving)
        })
    }

    /// Runs until the outermost frame returns, or an instruction fails at its node.
    fn run<'a>(
        &self,
        image: &'a Image,
        frames: &mut Vec<Frame<'a>>,
        stack: &mut Vec<Value>,
    ) -> Result<Value, (u32, Error)> {
        loop {
            let calls = frames.len();
            let Some(frame) = frames.last_mut() else {
                return Err((0, broken()));
            };
            let Some((node, op)) = frame.function.ops.get(frame.at) else {
                return Err((0, broken()));
            };
            frame.at += 1;
            let at_node = |error| (*node, error);
            match *op {
                Op::Jump(to) => frame.at = to as usize,
                Op::JumpUnless(to) => {
                    if !pop(stack).map_err(at_node)?.truthy() {
                        frame.at = to as usize;
                    }
                }
                Op::TailCall(index) => {
                    let function = function(image, index).map_err(at_node)?;
                    let first = stack.len().saturating_sub(function.params as usize);
                    stack.drain(frame.base..first);
                    let argc = function.params as usize;
                    *frame = entered(function, argc, stack);
                }
                Op::Call(index) => {
                    let pending = u32::try_from(calls).unwrap_or(u32::MAX);
                    if self.depth_used.saturating_add(pending) > self.depth_limit {
                        return Err((*node, Error::stack_overflow(self.depth_limit)));
                    }
                    let function = function(image, index).map_err(at_node)?;
                    frames.push(entered(function, function.params as usize, stack));
                }
                Op::Return => {
                    let value = pop(stack).map_err(at_node)?;
                    stack.truncate(frame.base);
                    frames.pop();
                    if frames.is_empty() {
                        return Ok(value);
                    }
                    stack.push(value);
                }
                op => compute(op, frame.base, stack).map_err(at_node)?,
            }
        }
    }
}

/// A frame whose arguments are on top of the stack.
fn entered<'a>(function: &'a Function, argc: usize, stack: &mut Vec<Value>) -> Frame<'a> {
    let base = stack.len().saturating_sub(argc);
    stack.resize(base + function.slots as usize, Value::NIL);
    Frame {
        function,
        at: 0,
        base,
    }
}

/// An instruction that stays in its function.
fn compute(op: Op, base: usize, stack: &mut Vec<Value>) -> Result<(), Error> {
    match op {
        Op::Int(n) => stack.push(Value::int(n)),
        Op::Bool(value) => stack.push(Value::bool(value)),
        Op::Nil => stack.push(Value::NIL),
        Op::Definition => stack.push(Value::opaque_fn()),
        Op::Pop => {
            pop(stack)?;
        }
        Op::Load(slot) => {
            let value = stack.get(base + slot as usize).ok_or_else(broken)?.clone();
            stack.push(value);
        }
        Op::Store(slot) => {
            let value = pop(stack)?;
            *stack.get_mut(base + slot as usize).ok_or_else(broken)? = value;
        }
        Op::Library { function, argc } => {
            let (_, run) = LIBRARY.get(usize::from(function)).ok_or_else(broken)?;
            let first = stack.len().checked_sub(argc as usize).ok_or_else(broken)?;
            let value = run(&mut stack[first..])?;
            stack.truncate(first);
            stack.push(value);
        }
        Op::Jump(_)
        | Op::JumpUnless(_)
        | Op::Call(_)
        | Op::TailCall(_)
        | Op::Return => return Err(broken()),
    }
    Ok(())
}

fn function(image: &Image, index: u32) -> Result<&Function, Error> {
    image.functions.get(index as usize).ok_or_else(broken)
}

fn pop(stack: &mut Vec<Value>) -> Result<Value, Error> {
    stack.pop().ok_or_else(broken)
}

/// Instructions that the backend does not make.
fn broken() -> Error {
    Error::new(
        "InvalidProgram",
        "invalid-program",
        "Invalid program: the instructions are broken",
    )
}

impl DynamicModule for Machine {
    fn start() -> Self {
        Self::of(embedded().unwrap_or_default())
    }

    fn describe(&mut self) -> Value {
        let description = self.image.as_ref().map(|image| &*image.description);
        description.and_then(rtfs_guest::decode).unwrap_or(Value::NIL)
    }

    fn limits(&mut self, depth_used: u32, depth_limit: u32) {
        self.depth_used = depth_used;
        self.depth_limit = depth_limit;
    }

    fn invoke(&mut self, export: u32, args: Vec<Value>) -> Result<Value, Error> {
        let image = self.image.as_ref().ok_or_else(broken)?;
        if export > image.exports {
            return Err(Error::invalid_argument("no such export"));
        }
        self.call(image, function(image, export)?, args)
    }
}
