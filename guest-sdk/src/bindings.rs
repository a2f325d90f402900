//! The WIT packages of the repository as Rust, generated: one module for each world.
//!
//! Each export macro names its world in a section of the component it is used in, so a module
//! exports nothing of a backend and the other way round.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "generated from documented WIT"
)]

wit_bindgen::generate!({
    path: ["wit/host", "wit/module"],
    world: "rtfs:module/module",
    pub_export_macro: true,
    export_macro_name: "__export_rtfs_module",
    default_bindings_module: "rtfs_guest::bindings",
    generate_all,
});

/// The world of a component that compiles.
pub mod compiling {
    wit_bindgen::generate!({
        path: ["wit/host", "wit/module", "wit/backend"],
        world: "rtfs:backend/backend",
        pub_export_macro: true,
        export_macro_name: "__export_rtfs_backend",
        default_bindings_module: "rtfs_guest::bindings::compiling",
        generate_all,
    });
}

/// The world of a component that runs what a backend made.
pub mod executing {
    wit_bindgen::generate!({
        path: ["wit/host", "wit/module", "wit/backend"],
        world: "rtfs:backend/interpreter",
        pub_export_macro: true,
        export_macro_name: "__export_rtfs_executor",
        default_bindings_module: "rtfs_guest::bindings::executing",
        with: {
            "rtfs:host/capability@0.1.0": super::rtfs::host::capability,
            "rtfs:module/types@0.1.0": super::rtfs::module::types,
        },
    });
}
