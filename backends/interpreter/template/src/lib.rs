//! The component that the interpreter backend puts programs into.

use rtfs_guest::dynamic_module;
use rtfs_interpreter_program::Interpreter;

dynamic_module!(Interpreter);
