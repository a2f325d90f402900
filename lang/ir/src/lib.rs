//! Expansion, resolution, typed IR, canonical encoding and hashes.
//!
//! [`lower`] turns forms into a [`Program`]: names resolved to places, special forms checked,
//! derived forms expanded. Nothing here runs programs, and nothing here knows who does.

mod check_places;
mod check_types;
mod codec;
mod coverage;
mod deep;
mod definition_nodes;
mod dump;
mod environment;
mod forms;
mod functions;
mod guard;
mod identity;
mod lower;
mod node;
mod optimise;
mod parameter_names;
mod references;
mod span_table;
mod static_functions;
mod walk;

pub use check_types::check_types;
pub use codec::{DecodeError, MAX_ENCODED_NESTING, SCHEMA_VERSION};
pub use coverage::{Coverage, Feature};
pub use definition_nodes::DefinitionNodes;
pub use dump::dump;
pub use environment::Environment;
pub use forms::{FORM_GROUPS, FormGroup, FormInfo, form_info};
pub use identity::{
    ArtifactKey, CapabilityNeeds, DefinitionHash, DefinitionHashes, Description, ExportDescription,
    FunctionDescription, Interface, InterfaceHash, LANGUAGE_VERSION, ParseHashError,
};
pub use lower::{
    CODES, LinkedModules, LoadedSources, LowerOptions, LowerResult, MAX_EXPANDED_FORMS,
    MAX_EXPANDED_NESTING, MAX_MACRO_DEPTH, MAX_MACRO_STEPS, MAX_MODULES, MacroEvaluator, Macros,
    ModuleLoader, explain, lower,
};
pub use node::*;
pub use optimise::{OptLevel, optimise};
pub use references::{each_node, each_node_mut};
pub use span_table::SpanTable;
pub use static_functions::static_functions;
