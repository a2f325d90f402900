//! The WIT packages of the repository as Rust, generated.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "generated from documented WIT"
)]

wit_bindgen::generate!({
    path: ["../wit/host", "../wit/module"],
    world: "rtfs:module/module",
    pub_export_macro: true,
    export_macro_name: "__export_rtfs_module",
    default_bindings_module: "rtfs_guest::bindings",
    generate_all,
});
