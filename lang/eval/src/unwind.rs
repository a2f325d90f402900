//! Raising: which handler takes an error, and what the error learns on its way.

use rtfs_value::{Error, Value};

use crate::code::NO_NODE;
use crate::frame::{Frame, Handler};
use crate::machine::{Flow, Machine};
use rtfs_ir::CatchSelector;

impl Machine {
    /// Leaves frames until a handler takes the error; gives it back when nothing does.
    pub(crate) fn unwind(&mut self, mut error: Error) -> Option<Error> {
        self.note_node(&mut error);
        if !error.is_catchable() {
            self.handlers.clear();
        }
        let handler = self.handlers.pop();
        let keep = handler.as_ref().map_or(0, |handler| handler.frames);
        while self.frames.len() > keep {
            self.leave_frame(&mut error);
        }
        match handler {
            Some(handler) => {
                self.enter_handler(&handler, error);
                None
            }
            None => {
                self.stack.clear();
                Some(error)
            }
        }
    }

    /// An error without a node gets the node of the form that is being evaluated.
    fn note_node(&self, error: &mut Error) {
        if let Some(Frame::Code(activation)) = self.frames.last() {
            let node = activation.node();
            if node != NO_NODE {
                error.set_node_if_unset(node);
            }
        }
    }

    /// The error leaves the innermost frame.
    fn leave_frame(&mut self, error: &mut Error) {
        if let Some(Frame::Code(activation)) = self.pop_frame()
            && let Some(name) = &activation.code.name
        {
            error.push_frame(name);
        }
        self.note_node(error);
    }

    fn enter_handler(&mut self, handler: &Handler, error: Error) {
        self.stack.truncate(handler.stack);
        self.stack.push(error.into_value());
        self.hints.truncate(handler.hints);
        if let Some(Frame::Code(activation)) = self.frames.last_mut() {
            activation.pc = handler.target;
        }
    }

    pub(crate) fn push_handler(&mut self, target: u32) {
        self.handlers.push(Handler {
            frames: self.frames.len(),
            stack: self.stack.len(),
            hints: self.hints.height(),
            target,
        });
    }

    /// Whether a clause takes the error on top.
    pub(crate) fn catches(&self, selector: &CatchSelector) -> bool {
        let Some(error) = self.stack.last().and_then(Value::as_error) else {
            return false;
        };
        match selector {
            CatchSelector::All => true,
            CatchSelector::Family(family) => error.is_in(*family),
            CatchSelector::Kind(kind) => error.kind() == *kind,
            CatchSelector::Keyword(keyword) => error.kind_keyword() == keyword,
        }
    }

    /// The error on top reached a clause of the running function.
    pub(crate) fn caught(&mut self) {
        let Some(Frame::Code(activation)) = self.frames.last() else {
            return;
        };
        let Some(name) = &activation.code.name else {
            return;
        };
        if let Some(top) = self.stack.last_mut()
            && let Ok(mut error) = Error::from_value(top.take())
        {
            error.push_frame(name);
            *top = error.into_value();
        }
    }

    /// Raises the error on top once more, unchanged.
    pub(crate) fn rethrow(&mut self) -> Result<Flow, Error> {
        let top = self.stack.pop().unwrap_or_default();
        Err(Error::from_value(top).unwrap_or_else(|_| Error::internal("no error to raise again")))
    }

    /// After `finally`: the flag tells whether an error waits below it.
    pub(crate) fn end_finally(&mut self) -> Result<Flow, Error> {
        let failed = self.stack.pop().is_some_and(|flag| flag.truthy());
        if failed {
            self.rethrow()
        } else {
            Ok(Flow::Next)
        }
    }
}
