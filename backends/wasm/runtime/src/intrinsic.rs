//! Functions the linker replaces: by an instruction, a constant, or a generated function.

use rtfs_value::Value;

#[link(wasm_import_module = "intrinsic")]
unsafe extern "C" {
    /// Writes the global that holds the tag of the value whose payload is returned.
    pub(crate) safe fn set_tag(tag: u32);
    /// Reads it.
    pub(crate) safe fn get_tag() -> u32;
    /// First address behind all static data.
    pub(crate) safe fn heap_start() -> usize;
    /// How many exports the program has, export 0 not counted.
    pub(crate) safe fn export_count() -> u32;
    /// Calls an export (0 = the top level) with owned arguments; `depth` further non-tail calls
    /// may be pending. Gives a value.
    pub(crate) fn call_export(export: u32, argv: *mut Value, argc: usize, depth: i32) -> u64;
    /// Calls a library function that the program uses as a value, with owned arguments: checks
    /// their number, and may give `STEPS`.
    pub(crate) fn call_builtin(id: u32, argv: *mut Value, argc: usize) -> u64;
    /// `rt:encode_flat` in programs that make flat vectors; no others come there.
    #[cfg(feature = "lean")]
    pub(crate) fn encode_flat(value: *const core::ffi::c_void, out: *mut core::ffi::c_void) -> u64;
    /// Called when a call of an export is over and its result was read: `rt:cells_sweep` in
    /// programs that make cells, nothing in others.
    pub(crate) safe fn end_of_call();
}
