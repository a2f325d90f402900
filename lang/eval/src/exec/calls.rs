//! Applying values: activations, library functions and their callbacks.

use std::rc::Rc;

use rtfs_value::library::{self, Args, BuiltinId, Imp, Next};
use rtfs_value::{Error, Value, mem, tag};

use crate::code::{Code, PlainFn};
use crate::decision::Waiting;
use crate::direct::{Binary, Unary};
use crate::exec::Registers;
use crate::frame::{Activation, Frame};
use crate::machine::{Flow, Machine};

/// What an application replaces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replace {
    Nothing,
    /// The running activation: the call is its last act.
    Activation,
}

/// How far an application got.
enum Applied {
    /// The value is on the stack, an activation was entered, or the machine pauses.
    Settled(Flow),
    /// A library function wants something.
    Library(Next),
}

impl Machine {
    /// Starts a top-level form. It counts as no call.
    pub(crate) fn start_form(&mut self, code: Rc<Code>) -> Result<(), Error> {
        self.stack.push(Value::NIL);
        self.enter(code, 0)
    }

    /// `(f a b)` with `f` and its arguments on top.
    pub(super) fn call_value(&mut self, argc: usize) -> Result<Flow, Error> {
        let applied = self.apply(argc, Replace::Nothing)?;
        self.settle(applied)
    }

    /// The usual call: of a function with a fixed number of parameters that nobody watches, when
    /// the stacks have room. Any other call is left to [`Machine::call_value`], untouched.
    #[inline]
    pub(super) fn call_directly(&mut self, at: &mut Registers, argc: usize) -> bool {
        let base = self.stack.len() - argc;
        let function = self.stack[base - 1].tag();
        if !matches!(tag::low(function), tag::STATIC_FN | tag::CLOSURE) || !self.watches.is_empty()
        {
            return false;
        }
        let Some(code) = self.environment.function(tag::code(function)) else {
            return false;
        };
        let top = base + code.slots as usize;
        if argc != code.params as usize
            || code.variadic
            || self.depth >= self.limits.depth
            || self.stack.capacity() < top
            || self.frames.capacity() == self.frames.len()
        {
            return false;
        }
        let code = Rc::clone(code);
        self.set_position(at.pc);
        self.depth += 1;
        while self.stack.len() < top {
            self.stack.push(Value::NIL);
        }
        self.frames.push(Frame::Code(Activation {
            code: Rc::clone(&code),
            pc: 0,
            base,
        }));
        *at = Registers { code, pc: 0, base };
        true
    }

    /// The usual return: to another activation.
    #[inline]
    pub(super) fn return_directly(&mut self, at: &mut Registers) -> bool {
        let Some([Frame::Code(caller), Frame::Code(_)]) = self.frames.last_chunk() else {
            return false;
        };
        let caller = Registers::of(caller);
        let value = self.pop();
        self.stack.truncate(at.base - 1);
        self.stack.push(value);
        self.frames.pop();
        self.depth -= 1;
        *at = caller;
        true
    }

    pub(super) fn tail_call(&mut self, argc: usize) -> Result<Flow, Error> {
        let applied = self.apply(argc, Replace::Activation)?;
        self.settle(applied)
    }

    /// A call in tail position of a function whose result is checked. The check of another
    /// function cannot be skipped, but calling itself leaves the same check to do.
    pub(super) fn self_call(&mut self, argc: usize) -> Result<Flow, Error> {
        let callee = self.stack.len() - argc - 1;
        let replace = match self.frames.last() {
            Some(Frame::Code(running))
                if same_function(&self.stack[callee], &self.stack[running.base - 1]) =>
            {
                Replace::Activation
            }
            _ => Replace::Nothing,
        };
        let applied = self.apply(argc, replace)?;
        self.settle(applied)
    }

    /// A library function of one argument.
    pub(super) fn unary(&mut self, function: Unary) -> Result<(), Error> {
        let a = self.pop();
        self.stack.push(function(a)?);
        mem::guard()
    }

    /// A library function of two arguments.
    pub(super) fn binary(&mut self, function: Binary) -> Result<(), Error> {
        let b = self.pop();
        let a = self.pop();
        self.stack.push(function(a, b)?);
        mem::guard()
    }

    /// A library function that neither calls back nor suspends.
    pub(super) fn plain(&mut self, function: PlainFn, argc: usize) -> Result<(), Error> {
        let first = self.stack.len() - argc;
        let value = function(&mut self.stack[first..])?;
        self.stack.truncate(first);
        self.stack.push(value);
        mem::guard()
    }

    /// A library function in head position that is not as simple as that.
    pub(super) fn builtin(&mut self, id: BuiltinId, argc: usize) -> Result<Flow, Error> {
        let first = self.stack.len() - argc;
        let applied = self.apply_builtin(id, first, first)?;
        self.settle(applied)
    }

    /// The running activation has its value.
    pub(super) fn leave(&mut self) {
        let value = self.pop();
        if let Some(Frame::Code(activation)) = self.pop_frame() {
            self.stack.truncate(activation.base - 1);
        }
        self.stack.push(value);
    }

    /// A callback returned: the library function goes on.
    pub(super) fn resume_library(&mut self) -> Result<Flow, Error> {
        let value = self.pop();
        match self.pop_frame() {
            Some(Frame::Library { then }) => {
                let next = library::resume(then, value)?;
                self.settle(Applied::Library(next))
            }
            _ => Err(Error::internal("no library function to go on with")),
        }
    }

    /// Takes a frame off and what it counts.
    pub(crate) fn pop_frame(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        let counts = match frame {
            Frame::Library { .. } => true,
            Frame::Code(_) => matches!(self.frames.last(), Some(Frame::Code(_))),
        };
        self.depth -= u32::from(counts);
        Some(frame)
    }

    /// Does what library functions want until it is something that takes steps of its own.
    fn settle(&mut self, mut applied: Applied) -> Result<Flow, Error> {
        loop {
            match applied {
                Applied::Settled(flow) => return Ok(flow),
                Applied::Library(Next::Done(value)) => {
                    self.stack.push(value);
                    mem::guard()?;
                    return Ok(Flow::Next);
                }
                Applied::Library(Next::Call { f, mut args, then }) => {
                    self.steps += 1;
                    self.frames.push(Frame::Library { then });
                    self.depth += 1;
                    if self.depth > self.limits.depth {
                        return Err(Error::stack_overflow(self.limits.depth));
                    }
                    self.expect_room(args.len() + 1)?;
                    self.stack.push(f);
                    let argc = args.len();
                    let args = args.as_mut_slice().iter_mut();
                    self.stack.extend(args.map(Value::take));
                    applied = self.apply(argc, Replace::Nothing)?;
                }
            }
        }
    }

    /// Applies the value below the top `argc` values.
    fn apply(&mut self, argc: usize, replace: Replace) -> Result<Applied, Error> {
        let callee = self.stack.len() - argc - 1;
        let function = &self.stack[callee];
        match tag::low(function.tag()) {
            tag::STATIC_FN | tag::CLOSURE => {
                let code = tag::code(function.tag());
                let waiting = Waiting {
                    code,
                    argc,
                    tail: replace == Replace::Activation,
                };
                if let Some(flow) = self.asks_before(waiting) {
                    return Ok(Applied::Settled(flow));
                }
                self.enter_function(code, argc, replace)?;
                Ok(Applied::Settled(Flow::Next))
            }
            tag::BUILTIN => {
                let id = BuiltinId(function.bits() as u16);
                self.apply_builtin(id, callee, callee + 1)
            }
            tag::KEYWORD => {
                let (below, args) = self.stack.split_at_mut(callee + 1);
                let value = library::keyword_call(&below[callee], args)?;
                self.stack.truncate(callee);
                self.stack.push(value);
                Ok(Applied::Settled(Flow::Next))
            }
            tag::COMBINATOR => {
                let args = Args::new(self.stack.split_off(callee + 1));
                let function = self.pop();
                library::call_combinator(&function, args).map(Applied::Library)
            }
            _ => Err(library::not_callable(function)),
        }
    }

    /// The body of a call that waited for a decision.
    pub(crate) fn enter_here(&mut self, waiting: Waiting) -> Result<(), Error> {
        let replace = match waiting.tail {
            true => Replace::Activation,
            false => Replace::Nothing,
        };
        self.enter_function(waiting.code, waiting.argc, replace)
    }

    /// Applies a library function to the values from `first` on; the stack is cut at `bottom`.
    fn apply_builtin(
        &mut self,
        id: BuiltinId,
        bottom: usize,
        first: usize,
    ) -> Result<Applied, Error> {
        library::check_arity(id, self.stack.len() - first)?;
        match library::get(id).imp {
            Imp::Plain(function) => {
                let value = function(&mut self.stack[first..])?;
                self.stack.truncate(bottom);
                self.stack.push(value);
                mem::guard()?;
                Ok(Applied::Settled(Flow::Next))
            }
            Imp::Steps(function) => {
                let next = function(&mut self.stack[first..])?;
                self.stack.truncate(bottom);
                Ok(Applied::Library(next))
            }
            Imp::HostCall => self.host_call(bottom, first).map(Applied::Settled),
        }
    }

    /// Checks what can be wrong with a call and starts the activation.
    fn enter_function(&mut self, code: u32, argc: usize, replace: Replace) -> Result<(), Error> {
        let Some(code) = self.environment.function(code) else {
            return Err(Error::internal(
                "a function of another environment was called",
            ));
        };
        let params = code.params as usize;
        if argc != params && (argc < params || !code.variadic) {
            let max = (!code.variadic).then_some(params);
            return Err(Error::arity(code.display_name(), params, max, argc));
        }
        let code = code.clone();
        match (replace, self.frames.last()) {
            (Replace::Activation, Some(Frame::Code(running))) => {
                let bottom = running.base - 1;
                let callee = self.stack.len() - argc - 1;
                self.stack.drain(bottom..callee);
                self.frames.pop();
            }
            (_, Some(Frame::Code(_))) => {
                if self.depth >= self.limits.depth {
                    return Err(Error::stack_overflow(self.limits.depth));
                }
                self.depth += 1;
            }
            // The callback was counted when its library function was suspended.
            _ => {}
        }
        self.enter(code, argc)
    }

    /// Starts an activation whose arguments are the top `argc` values.
    fn enter(&mut self, code: Rc<Code>, argc: usize) -> Result<(), Error> {
        let base = self.stack.len() - argc;
        if code.variadic {
            let rest = self.stack.drain(base + code.params as usize..);
            let rest = Value::list(rest);
            self.stack.push(rest);
            mem::guard()?;
        }
        let top = base + code.slots as usize;
        self.expect_room(top.saturating_sub(self.stack.len()))?;
        if self.stack.len() < top {
            self.stack.resize(top, Value::NIL);
        }
        self.frames
            .push(Frame::Code(Activation { code, pc: 0, base }));
        Ok(())
    }

    /// Accounts for the machine's own memory before it grows.
    fn expect_room(&mut self, values: usize) -> Result<(), Error> {
        if self.stack.capacity() - self.stack.len() < values
            || self.frames.capacity() == self.frames.len()
        {
            self.stack.reserve(values);
            self.frames.reserve(1);
            let bytes = self.stack.capacity() * size_of::<Value>()
                + self.frames.capacity() * size_of::<Frame>();
            self.meter.set_stacks(bytes)?;
        }
        Ok(())
    }
}

/// Whether two values are the same closure.
fn same_function(a: &Value, b: &Value) -> bool {
    a.tag() == b.tag() && a.bits() == b.bits()
}
