//! The way out: `rtfs:host/capability`, lowered by hand. Linked only when a program reaches it.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::MaybeUninit;

use rtfs_value::error::ErrorKind;
use rtfs_value::{Error, Value, cbor, library};

use crate::fat::{Args, give, give_result, raise, static_text};
use crate::hints;

#[link(wasm_import_module = "rtfs:host/capability@0.1.0")]
unsafe extern "C" {
    /// `call: func(id: string, args: list<u8>, metadata: list<u8>) -> result<list<u8>, error>`
    #[link_name = "call"]
    fn import_call(
        id: *const u8,
        id_len: usize,
        args: *const u8,
        args_len: usize,
        metadata: *const u8,
        metadata_len: usize,
        answer: *mut Answer,
    );

    /// `context: func(name: string) -> option<list<u8>>`
    #[link_name = "context"]
    fn import_context(name: *const u8, name_len: usize, answer: *mut Found);
}

/// `list<u8>` or `string` in memory that the host allocated for us.
#[repr(C)]
#[derive(Clone, Copy)]
struct Bytes {
    start: *mut u8,
    len: usize,
}

impl Bytes {
    /// # Safety
    /// Once per answer: the memory now belongs to the vector.
    unsafe fn take(self) -> Vec<u8> {
        if self.len == 0 {
            return Vec::new();
        }
        // SAFETY: the canonical ABI allocated `len` bytes with `cabi_realloc` and gave them away.
        unsafe { Vec::from_raw_parts(self.start, self.len, self.len) }
    }

    /// # Safety
    /// As of [`Bytes::take`], and the bytes are a `string`.
    unsafe fn take_text(self) -> String {
        // SAFETY: by contract; the canonical ABI passes valid UTF-8.
        unsafe { String::from_utf8_unchecked(self.take()) }
    }
}

/// `result<list<u8>, error>`
#[repr(C)]
struct Answer {
    is_error: u8,
    /// The value, or the error's class.
    first: Bytes,
    kind: MaybeUninit<Bytes>,
    message: MaybeUninit<Bytes>,
    data: MaybeUninit<Bytes>,
}

/// `option<list<u8>>`
#[repr(C)]
struct Found {
    is_some: u8,
    value: MaybeUninit<Bytes>,
}

/// The encoding of `nil`.
const NIL: &[u8] = &[0xf6];

/// `(call id arg …)`. The runtime hints in force go along.
#[unsafe(export_name = "rt:host_call")]
pub(crate) unsafe extern "C" fn host_call(argv: *mut Value, argc: usize) -> u64 {
    // SAFETY: owned by contract.
    let mut args = unsafe { Args::own(argv, argc) };
    give_result(call(args.as_mut_slice()))
}

fn call(args: &[Value]) -> Result<Value, Error> {
    let id = library::check_call(args)?;
    let hints = hints::in_force()?;
    let metadata = hints.as_deref().unwrap_or(NIL);
    let args = cbor::encode_args(args.get(1..).unwrap_or_default())?;
    let mut answer = MaybeUninit::uninit();
    // SAFETY: all pointers are valid; the callee fills the answer as its type says.
    unsafe {
        import_call(
            id.as_ptr(),
            id.len(),
            args.as_ptr(),
            args.len(),
            metadata.as_ptr(),
            metadata.len(),
            answer.as_mut_ptr(),
        );
        read_answer(&answer.assume_init())
    }
}

/// # Safety
/// Filled by the host; read once.
unsafe fn read_answer(answer: &Answer) -> Result<Value, Error> {
    // SAFETY: `is_error` says which fields are filled.
    unsafe {
        let first = answer.first.take();
        if answer.is_error == 0 {
            return decode(&first);
        }
        let kind = answer.kind.assume_init().take_text();
        let message = answer.message.assume_init().take_text();
        let data = decode(&answer.data.assume_init().take())?;
        let class = String::from_utf8_unchecked(first);
        let class = ErrorKind::from_class(&class).unwrap_or(ErrorKind::Host);
        Err(Error::with_data(class, &message, data, Some(&kind)))
    }
}

fn decode(bytes: &[u8]) -> Result<Value, Error> {
    cbor::decode(bytes).map_err(|_| Error::internal("the host's answer is not a canonical value"))
}

/// The host context's value for a name, if it has one.
fn context(name: &str) -> Result<Option<Value>, Error> {
    let mut found = MaybeUninit::<Found>::uninit();
    // SAFETY: all pointers are valid; the callee fills the answer as its type says.
    unsafe {
        import_context(name.as_ptr(), name.len(), found.as_mut_ptr());
        let found = found.assume_init();
        if found.is_some == 0 {
            return Ok(None);
        }
        decode(&found.value.assume_init().take()).map(Some)
    }
}

/// A name that nothing in the program defines: the host context, else `UndefinedSymbol`.
#[unsafe(export_name = "rt:free_symbol")]
pub(crate) unsafe extern "C" fn free_symbol(name: u32) -> u64 {
    // SAFETY: by contract.
    let name = unsafe { static_text(name) };
    let name = name.as_str().unwrap_or_default();
    match context(name) {
        Ok(Some(value)) => give(value),
        Ok(None) => raise(Error::undefined_symbol(name)),
        Err(error) => raise(error),
    }
}

/// `@name`: the host context, else the string `"@name"`.
#[unsafe(export_name = "rt:resource_ref")]
pub(crate) unsafe extern "C" fn resource_ref(name: u32) -> u64 {
    // SAFETY: by contract.
    let name = unsafe { static_text(name) };
    let name = name.as_str().unwrap_or_default();
    match context(name) {
        Ok(Some(value)) => give(value),
        Ok(None) => {
            let mut text = String::from("@");
            text.push_str(name);
            give(Value::string(&text))
        }
        Err(error) => raise(error),
    }
}
