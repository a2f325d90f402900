//! Calls of functions that a program declares and somebody else published.
//!
//! The evaluator stops before such a call; a component asks its host for the capability
//! `declared:NAME`. Both end here, so both check arguments and results against the declaration, and
//! both give the same errors.

use std::collections::BTreeMap;
use std::rc::Rc;

use rtfs_delegate::{
    AuditEntry, CallContext, CapabilityGrants, ExecTarget, Lookup, Outcome, Policy,
    RecordSignature, RuntimeContext, StoragePointer, Usage, arg_type_fingerprint,
};
use rtfs_eval::{CallMetadata, Host, HostCall};
use rtfs_ir::{Declaration, GlobalId, InterfaceHash, Program};
use rtfs_store::Digest;
use rtfs_value::types::{self, Level, Type};
use rtfs_value::{Error, Value, library};

use crate::delegation::{Function, Request, Session};
use crate::observe::Event;
use crate::outside::Outside;

/// Components that may wait for each other at the same time.
pub const MAX_NESTED_COMPONENTS: u32 = 16;

/// Capabilities of this name are calls of declared functions.
const PREFIX: &str = rtfs_delegate::DECLARED_PREFIX;

/// A function that a program declares and does not define.
#[derive(Debug)]
pub(crate) struct Declared {
    /// As messages name it.
    name: String,
    /// As it is looked up.
    pub(crate) qualified: String,
    pub(crate) interface: InterfaceHash,
    pub(crate) signature: Declaration,
}

impl Declared {
    /// The declared functions of a program that it does not define, by place.
    pub(crate) fn of(program: &Program) -> impl Iterator<Item = (GlobalId, Rc<Self>)> {
        let declared = program.only_declared();
        declared.filter_map(|(global, info, signature)| {
            let interface = program.interface(global)?;
            let declared = Self {
                name: info.name.clone(),
                interface: interface.hash(),
                qualified: interface.name,
                signature: signature.clone(),
            };
            Some((global, Rc::new(declared)))
        })
    }

    /// What it may ask for.
    fn grants(&self) -> CapabilityGrants {
        let ids = self.signature.capabilities.iter();
        ids.fold(CapabilityGrants::none(), |grants, id| {
            grants.with_capability(id)
        })
    }

    fn check_args(&self, args: &[Value], level: Level) -> Result<(), Error> {
        if args.iter().any(rtfs_value::cbor::contains_function) {
            // What the capability `declared:NAME` says to a component.
            let mut call = vec![Value::string(PREFIX)];
            call.extend(args.iter().cloned());
            library::check_call(&call)?;
        }
        for (value, (name, ty)) in args.iter().zip(&self.signature.params) {
            check(value, ty, &format!("param {name}"), level)?;
        }
        let Some(ty) = &self.signature.rest else {
            return Ok(());
        };
        let rest = args.iter().skip(self.signature.params.len());
        for (index, value) in rest.enumerate() {
            check(value, ty, &format!("variadic param item {index}"), level)?;
        }
        Ok(())
    }

    /// The arguments of the capability `declared:NAME`: how many calls may still be pending, and
    /// those of the function.
    fn unpack(&self, args: &[Value]) -> Option<(u32, Vec<Value>)> {
        let (left, args) = args.split_first()?;
        let left = u32::try_from(left.as_int()?).ok()?;
        let fixed = self.signature.params.len();
        if args.len() != fixed + usize::from(self.signature.rest.is_some()) {
            return None;
        }
        let mut all: Vec<Value> = args.get(..fixed)?.to_vec();
        if let Some(rest) = args.get(fixed) {
            all.extend(rest.as_seq()?.iter().cloned());
        }
        Some((left, all))
    }
}

fn check(value: &Value, ty: &Type, context: &str, level: Level) -> Result<(), Error> {
    types::check(value, ty, level).map_err(|detail| detail.into_error(context))
}

/// A call of a declared function.
pub(crate) struct DeclaredCall<'c> {
    pub(crate) declared: &'c Declared,
    pub(crate) args: &'c [Value],
    /// Pending calls, this one not included.
    pub(crate) depth_used: u32,
    pub(crate) host_calls_left: u64,
    pub(crate) hints: &'c BTreeMap<String, Value>,
    /// The caller's.
    pub(crate) grants: &'c CapabilityGrants,
}

impl Session<'_> {
    /// Whether somebody answers calls of a declared function.
    pub(crate) fn answers(&mut self, declared: &Declared) -> bool {
        if self.delegation.policy() != Policy::Interface {
            return false;
        }
        if self.declared.contains_key(&declared.interface) {
            return true;
        }
        let Some(l4) = self.delegation.registry().l4_cache() else {
            return false;
        };
        if let Lookup::Miss(reason) = l4.find_interface(&declared.qualified, declared.interface) {
            self.observer.event(Event::Miss {
                call: declared.qualified.clone(),
                reason: reason.name().to_owned(),
            });
            return false;
        }
        let context =
            CallContext::new(declared.qualified.clone(), 0, 0).with_interface(declared.interface);
        self.declared
            .insert(declared.interface, Function::new(context));
        true
    }

    /// Calls a declared function. An error has its frame and no other, and no node.
    pub(crate) fn call_declared(
        &mut self,
        call: &DeclaredCall<'_>,
        host: &mut dyn Host,
    ) -> Result<Value, Error> {
        // What the other program looks like inside is its own business, and a component could not
        // be told.
        self.decide_declared(call, host).map_err(|error| {
            let (kind, data) = (error.kind(), error.data());
            let mut own = Error::with_data(kind, error.text(), data, Some(error.kind_keyword()));
            own.push_frame(&call.declared.name);
            own
        })
    }

    fn decide_declared(
        &mut self,
        call: &DeclaredCall<'_>,
        host: &mut dyn Host,
    ) -> Result<Value, Error> {
        call.declared.check_args(call.args, self.level)?;
        let Some(function) = self.declared.get_mut(&call.declared.interface) else {
            return Err(Error::undefined_symbol(&call.declared.name));
        };
        function.context.arg_type_fingerprint = arg_type_fingerprint(call.args);
        function.context.runtime_context_hash = surroundings(call.hints).hash();
        let (target, entry) = self.delegation.choose(&function.context);
        match target {
            ExecTarget::LocalPure => {
                function.local(self.observer, "miss");
                self.record(entry, Outcome::Open, &Usage::default());
                Err(Error::undefined_symbol(&call.declared.name))
            }
            ExecTarget::LocalModel(id) | ExecTarget::RemoteModel(id) => {
                let event = Event::Model {
                    call: call.declared.qualified.clone(),
                    id: id.clone(),
                };
                function.report(self.observer, event);
                let answer = ask_model(call, host, &id);
                self.record(entry, Outcome::of(&answer), &Usage::default());
                answer
            }
            ExecTarget::L4CacheHit {
                storage_pointer,
                signature,
            } => self.run_declared(call, (storage_pointer, signature), host, entry),
        }
    }

    fn run_declared(
        &mut self,
        call: &DeclaredCall<'_>,
        hit: (StoragePointer, RecordSignature),
        host: &mut dyn Host,
        entry: Option<AuditEntry>,
    ) -> Result<Value, Error> {
        let request = Request {
            args: call.args,
            hit,
            policy: Policy::Interface,
            grants: call.declared.grants().narrow(call.grants),
            depth_used: call.depth_used,
            host_calls: call.host_calls_left,
        };
        let executed = self.execute_nested(&request, host);
        let function = self.declared.get_mut(&call.declared.interface);
        let execution = match executed {
            Ok(execution) => execution,
            Err(reason) => {
                let error = failure(call.declared, &reason);
                if let Some(function) = function {
                    function.local(self.observer, &reason);
                }
                self.record(entry, Outcome::Fallback { reason }, &Usage::default());
                return Err(error);
            }
        };
        if let Some(function) = function {
            function.account(&execution.usage, self.delegation.registry(), &hit.1.record);
            function.report_hit(self.observer, Policy::Interface, hit);
        }
        self.fuel_left = self.fuel_left.saturating_sub(execution.usage.fuel);
        let result = execution.result.and_then(|value| {
            let ty = &call.declared.signature.result;
            check(&value, ty, "fn return", self.level)?;
            Ok(value)
        });
        self.record(entry, Outcome::of(&result), &execution.usage);
        result
    }

    fn execute_nested(
        &mut self,
        request: &Request<'_>,
        host: &mut dyn Host,
    ) -> Result<rtfs_delegate::Execution, String> {
        if self.nested >= MAX_NESTED_COMPONENTS {
            return Err(TOO_MANY.to_owned());
        }
        self.nested += 1;
        let hit = request.hit;
        let mut declaring = Declaring {
            known: Known::Stored(hit.1.record),
            grants: request.grants.clone(),
            host_calls: request.host_calls,
            asked: 0,
            nested: 0,
            host,
            session: &mut *self,
        };
        let executed = declaring.execute(request);
        self.nested -= 1;
        executed
    }
}

/// Why no further component is started.
const TOO_MANY: &str = "nested-components";

/// What the caller sees when nobody could answer.
fn failure(declared: &Declared, reason: &str) -> Error {
    match reason {
        TOO_MANY => Error::budget(TOO_MANY, "limit"),
        // No body is there to be evaluated instead.
        "function-result" => Error::type_error("call", "data", "function"),
        _ => Error::undefined_symbol(&declared.name),
    }
}

fn ask_model(call: &DeclaredCall<'_>, host: &mut dyn Host, id: &str) -> Result<Value, Error> {
    let wish = HostCall {
        capability_id: format!("model-call:{id}"),
        args: call.args.to_vec(),
        metadata: CallMetadata {
            index: 0,
            execution_hints: call.hints.clone(),
        },
    };
    rtfs_eval::perform(host, &wish)
}

pub(crate) fn surroundings(hints: &BTreeMap<String, Value>) -> RuntimeContext {
    RuntimeContext {
        hints: hints
            .iter()
            .filter(|(key, _)| key.starts_with("runtime."))
            .map(|(key, value)| (key.clone(), rtfs_value::readable(value)))
            .collect(),
        ..RuntimeContext::default()
    }
}

/// What the code that asks declares.
pub(crate) enum Known {
    /// By name as it is looked up.
    These(BTreeMap<String, Rc<Declared>>),
    /// What the stored intermediate form of a record says, when it is asked for.
    Stored(Digest),
}

impl Known {
    pub(crate) fn of(program: &Program) -> Self {
        let all = Declared::of(program);
        Self::These(all.map(|(_, one)| (one.qualified.clone(), one)).collect())
    }
}

/// The host of a component that may call declared functions.
pub(crate) struct Declaring<'s, 'd> {
    pub(crate) session: &'s mut Session<'d>,
    pub(crate) known: Known,
    /// Of the component.
    pub(crate) grants: CapabilityGrants,
    /// How many the component may make.
    pub(crate) host_calls: u64,
    /// Calls of declared functions so far.
    pub(crate) asked: u64,
    /// Host calls that those made.
    pub(crate) nested: u64,
    pub(crate) host: &'s mut dyn Host,
}

impl Declaring<'_, '_> {
    fn execute(&mut self, request: &Request<'_>) -> Result<rtfs_delegate::Execution, String> {
        let (delegation, limits) = (self.session.delegation, self.session.limits_for(request));
        let level = self.session.level;
        let (executed, fuel) = delegation.execute(request, level, &limits, self);
        // What was used for an answer that cannot be used.
        self.session.fuel_left = self.session.fuel_left.saturating_sub(fuel);
        executed
    }

    fn find(&mut self, name: &str) -> Option<Rc<Declared>> {
        if let Known::Stored(record) = self.known {
            let l4 = self.session.delegation.registry().l4_cache()?;
            let ir = l4.module(&record).ok()?.record().ir?.digest;
            self.known = Known::of(&l4.get_ir(&ir).ok()??);
        }
        match &self.known {
            Known::These(declared) => declared.get(name).cloned(),
            Known::Stored(_) => None,
        }
    }

    fn call(&mut self, declared: &Declared, call: &HostCall, index: u64) -> Result<Value, Error> {
        let Some((left, args)) = declared.unpack(&call.args) else {
            let text = "capabilities `declared:…` are reserved for calls of declared functions";
            return Err(Error::invalid_argument(text));
        };
        let depth = self.session.limits.depth;
        let hints = &call.metadata.execution_hints;
        let mut outside = Outside::after(index, hints.clone(), &mut *self.host);
        let answer = self.session.call_declared(
            &DeclaredCall {
                declared,
                args: &args,
                depth_used: depth.saturating_sub(left).saturating_sub(1),
                host_calls_left: self.host_calls.saturating_sub(index),
                hints,
                grants: &self.grants,
            },
            &mut outside,
        );
        self.nested += outside.calls;
        answer
    }
}

impl Host for Declaring<'_, '_> {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        // As if the functions' own host calls had been the component's.
        let index = (call.metadata.index + self.nested).saturating_sub(self.asked);
        if let Some(name) = call.capability_id.strip_prefix(PREFIX)
            && let Some(declared) = self.find(name)
            && self.session.answers(&declared)
        {
            self.asked += 1;
            return self.call(&declared, call, index);
        }
        self.host.execute_capability(&HostCall {
            metadata: CallMetadata {
                index,
                ..call.metadata.clone()
            },
            ..call.clone()
        })
    }

    fn get_capability_input_schema(&self, capability_id: &str) -> Option<Type> {
        self.host.get_capability_input_schema(capability_id)
    }

    fn get_capability_output_schema(&self, capability_id: &str) -> Option<Type> {
        self.host.get_capability_output_schema(capability_id)
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        self.host.get_context_value(key)
    }

    fn declares(&mut self, name: &str) -> bool {
        match self.find(name) {
            Some(declared) => self.session.answers(&declared),
            None => false,
        }
    }
}
