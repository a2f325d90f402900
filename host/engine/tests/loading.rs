//! What is compiled, what is refused, and what the cache of native code believes.

#[path = "guests/world.rs"]
mod any_world;
mod guests;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use guests::{ECHO, ENDLESS_LOOP, host_module, module, module_with};
use rtfs_host::{
    AotCache, AotKey, CallOptions, CompileWorker, Engine, EngineConfig, LoadError, Miss, Module,
    Origin, Translated,
};
use std::path::PathBuf;

const NO_ARGS: &[u8] = &[0x80];
const KEY: AotKey = AotKey([7; 32]);
const OTHER: AotKey = AotKey([8; 32]);

fn engine() -> Engine {
    small(EngineConfig::default())
}

/// An engine that may not compile: whatever it runs was compiled before.
fn runner() -> Engine {
    small(EngineConfig {
        compile: false,
        ..EngineConfig::default()
    })
}

fn small(config: EngineConfig) -> Engine {
    Engine::new(EngineConfig {
        concurrent_calls: 2,
        ..config
    })
    .expect("an engine")
}

#[track_caller]
fn answers(module: &Module) {
    let outcome = module
        .invoke(1, NO_ARGS, &CallOptions::default())
        .expect("a value");
    assert_eq!(outcome.value, NO_ARGS);
}

#[track_caller]
fn check_refused(component: &[u8], expect: &str) {
    let error = engine().compile(component).expect_err("is refused");
    assert_eq!(error.to_string(), expect);
}

/// The same component with one interface version exchanged for another of the same length.
fn rebuilt_for(component: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = component.to_vec();
    let mut at = 0;
    while let Some(found) = bytes[at..]
        .windows(from.len())
        .position(|w| w == from.as_bytes())
    {
        bytes[at + found..][..to.len()].copy_from_slice(to.as_bytes());
        at += found + to.len();
    }
    assert_ne!(bytes, component);
    bytes
}

const ASKS: &str = r#"
    (call $call (i32.const 64) (i32.const 1) (local.get $ptr) (local.get $len)
                (i32.const 110) (i32.const 1) (i32.const 400))
    (call $byte (i32.const 0xf6))"#;

#[test]
fn a_component_for_another_host_version_is_told_which_is_served() {
    let component = host_module("", ASKS);
    for version in ["0.3.0", "1.0.0", "0.1.5", "0.2.0", "0.2.1"] {
        let newer = rebuilt_for(
            &component,
            "rtfs:host/capability@0.1.0",
            &format!("rtfs:host/capability@{version}"),
        );
        check_refused(
            &newer,
            &format!(
                "built for rtfs:host/capability@{version}, \
                 this host serves rtfs:host/capability@0.1.0 and 0.2.0-draft.1"
            ),
        );
    }
}

#[test]
fn a_module_of_another_interface_version_is_told_which_is_served() {
    let newer = rebuilt_for(
        &module(ECHO),
        "rtfs:module/dynamic@0.1.0",
        "rtfs:module/dynamic@0.3.0",
    );
    check_refused(
        &newer,
        "built for rtfs:module/dynamic@0.3.0, this host serves rtfs:module/dynamic@0.1.0 and 0.2.0-draft.1",
    );
}

#[test]
fn another_draft_is_another_version() {
    let component = guests::draft_module(ECHO);
    answers(&engine().compile(&component).expect("this draft is served"));
    check_refused(
        &rebuilt_for(&component, "@0.2.0-draft.1", "@0.2.0-draft.2"),
        "built for rtfs:host/capability@0.2.0-draft.2, \
         this host serves rtfs:host/capability@0.1.0 and 0.2.0-draft.1",
    );
}

/// Each of these interfaces is served, but not to one component.
#[test]
fn a_component_of_two_versions_is_refused() {
    const DRAFT: &str = "0.2.0-draft.1";
    let of = |import: &str, export: &str| {
        wat::parse_str(format!(
            r#"(component (import "{import}" (instance)) (instance $i)
                 (export "{export}" (instance $i)))"#
        ))
        .expect("well-formed")
    };
    let module = |version: &str| format!("rtfs:module/dynamic@{version}");
    for (import, export) in [
        (format!("rtfs:host/capability@{DRAFT}"), module("0.1.0")),
        (format!("rtfs:module/types@{DRAFT}"), module("0.1.0")),
        ("rtfs:host/capability@0.1.0".to_owned(), module(DRAFT)),
    ] {
        let told =
            format!("exports {export} and imports {import}: a component is built for one version");
        check_refused(&of(&import, &export), &told);
    }
    let import = format!("rtfs:host/capability@{DRAFT}");
    let executor = of(&import, "rtfs:backend/executor@0.1.0");
    let error = engine()
        .compile_executor(&executor)
        .expect_err("is refused");
    assert!(
        matches!(error, LoadError::MixedVersions { .. }),
        "{error:?}"
    );
}

#[test]
fn a_backend_of_another_interface_version_is_told_which_is_served() {
    let of = |interface: &str, version: &str| {
        wat::parse_str(format!(
            r#"(component (instance $i) (export "rtfs:backend/{interface}@{version}" (instance $i)))"#
        ))
        .expect("well-formed")
    };
    let engine = engine();
    for version in ["0.2.0", "0.1.1", "0.2.0-draft.1", "1.0.0"] {
        let refused = [
            engine.compile_compiler(&of("compiler", version)).map(drop),
            engine.compile_executor(&of("executor", version)).map(drop),
        ];
        for (refused, interface) in refused.into_iter().zip(["compiler", "executor"]) {
            let error = refused.expect_err("is refused");
            assert!(matches!(error, LoadError::Version { .. }), "{error:?}");
            let interface = format!("rtfs:backend/{interface}");
            let told =
                format!("built for {interface}@{version}, this host serves {interface}@0.1.0");
            assert_eq!(error.to_string(), told);
        }
    }
}

#[test]
fn unknown_imports_are_refused_by_name() {
    for (import, kind) in [
        ("wasi:http/outgoing-handler@0.2.0", "(instance)"),
        ("wasi:cli/run@0.2.0", "(instance)"),
        ("acme:db/query@1.0.0", "(instance)"),
        ("print", "(func)"),
    ] {
        let component = wat::parse_str(format!(r#"(component (import "{import}" {kind}))"#))
            .expect("well-formed");
        check_refused(
            &component,
            &format!("the component imports `{import}`, which this host does not serve"),
        );
    }
}

#[test]
fn components_that_are_no_modules_are_refused() {
    let component = wat::parse_str("(component)").expect("well-formed");
    check_refused(
        &component,
        "not an RTFS module: it does not export `rtfs:module/dynamic@0.1.0`",
    );
}

#[test]
fn an_export_of_another_type_is_refused_when_it_is_loaded() {
    let component = wat::parse_str(
        r#"(component
             (core module $m (func (export "f") (param i32)))
             (core instance $i (instantiate $m))
             (func $f (param "x" u32) (canon lift (core func $i "f")))
             (instance (export "rtfs:module/dynamic@0.1.0")
               (export "limits" (func $f))
               (export "invoke" (func $f))
               (export "describe" (func $f))))"#,
    )
    .expect("well-formed");
    let error = engine().compile(&component).expect_err("is refused");
    assert!(matches!(error, LoadError::Link(_)), "{error:?}");
}

#[test]
fn what_never_fits_is_not_called_busy() {
    let memories: String = (0..20).map(|n| format!("(memory $extra{n} 1)")).collect();
    let error = engine()
        .compile(&module_with(&memories, ECHO))
        .expect_err("too many memories");
    assert!(matches!(error, LoadError::NeverFits(_)), "{error:?}");
}

#[test]
fn oversized_components_are_refused_unread() {
    let engine = small(EngineConfig {
        component_bytes: 100,
        ..EngineConfig::default()
    });
    let error = engine.compile(&[0; 101]).expect_err("too large");
    assert_eq!(
        error.to_string(),
        "the component has 101 bytes, the limit is 100"
    );
}

/// Compiles and runs damaged bytes. Some damage is harmless (names, trailing custom sections);
/// the point is that every answer is typed and nothing panics.
fn survive(engine: &Engine, component: &[u8]) {
    let Ok(module) = engine.compile(component) else {
        return;
    };
    let options = CallOptions {
        limits: rtfs_host::Limits {
            fuel: 1_000_000,
            ..rtfs_host::Limits::default()
        },
        ..CallOptions::default()
    };
    let _ = module.invoke(1, NO_ARGS, &options);
}

#[test]
fn damaged_components_are_refused_or_run() {
    let engine = engine();
    let good = module(ECHO);
    for cut in 0..good.len() {
        survive(&engine, &good[..cut]);
    }
    for position in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[position] ^= 0x55;
        survive(&engine, &bad);
    }
    let module = engine.compile(&good).expect("the whole one compiles");
    answers(&module);
}

struct Dirs {
    store: tempfile::TempDir,
    keys: tempfile::TempDir,
}

impl Dirs {
    fn new() -> Self {
        Self {
            store: tempfile::tempdir().expect("a directory"),
            keys: tempfile::tempdir().expect("a directory"),
        }
    }

    fn cache(&self) -> AotCache {
        let open = |dir: &tempfile::TempDir| {
            Dir::open_ambient_dir(dir.path(), ambient_authority()).expect("opens")
        };
        AotCache::open(open(&self.store), &open(&self.keys)).expect("a cache")
    }

    /// The directory of an engine's cache.
    fn place(&self, engine: &Engine) -> PathBuf {
        let fingerprint = engine.fingerprint().to_string();
        let path = self.store.path().join("derived/aot").join(fingerprint);
        let mut hosts = std::fs::read_dir(path).expect("something was kept");
        hosts.next().expect("one host").expect("readable").path()
    }

    /// The file of `KEY` in an engine's cache.
    fn file(&self, engine: &Engine) -> PathBuf {
        self.place(engine).join(KEY.to_string())
    }

    /// The file of functions that components share.
    fn functions(&self, engine: &Engine) -> PathBuf {
        self.place(engine).join("functions")
    }

    /// An engine of a new process compiles a component and keeps it.
    fn compile(&self, config: EngineConfig, key: &AotKey, code: &str) -> Engine {
        let engine = small(config);
        let loaded = engine
            .compile_cached(&self.cache(), key, &module(code), b"")
            .expect("compiles");
        assert!(matches!(
            loaded.origin,
            Origin::Compiled { not_kept: None, .. }
        ));
        engine
    }
}

#[test]
fn a_cached_module_runs_where_nothing_can_be_compiled() {
    let dirs = Dirs::new();
    let component = module(ECHO);
    let loaded = engine()
        .compile_cached(&dirs.cache(), &KEY, &component, b"table")
        .expect("compiles");
    assert!(matches!(
        loaded.origin,
        Origin::Compiled {
            miss: Miss::Absent,
            not_kept: None,
            ..
        }
    ));

    let runner = runner();
    assert!(matches!(
        runner.compile(&component),
        Err(LoadError::CompilerDisabled)
    ));
    let cached = runner
        .load_cached(&dirs.cache(), &KEY)
        .expect("readable")
        .expect("is there");
    assert!(matches!(cached.origin, Origin::Cached));
    assert_eq!(cached.extra, b"table");
    assert_eq!(cached.module.digest(), loaded.module.digest());
    assert_eq!(cached.module.inspection(), loaded.module.inspection());
    answers(&cached.module);

    let same = runner
        .compile_cached(&dirs.cache(), &KEY, &component, b"")
        .expect("needs no compiler");
    assert!(matches!(same.origin, Origin::Cached));
}

/// A component of these tests has some 23 functions, trampolines included.
const MOST: u64 = 18;

/// The compiler's name for a function also depends on what its thread compiled before, so that now
/// and then one is translated again.
const FEW: u64 = 12;

#[test]
fn functions_that_components_share_are_translated_once() {
    let (dirs, apart) = (Dirs::new(), Dirs::new());
    let first = dirs.compile(EngineConfig::default(), &OTHER, ENDLESS_LOOP);
    let second = dirs.compile(EngineConfig::default(), &KEY, ECHO);
    let alone = apart.compile(EngineConfig::default(), &KEY, ECHO);
    assert!(alone.translated().made > MOST, "{:?}", alone.translated());
    assert!(second.translated().made < FEW, "{:?}", second.translated());
    assert!(
        second.translated().reused > FEW,
        "{:?}",
        second.translated()
    );

    // Behind the authentication codes, which are of two hosts, the files are the same.
    let native = |dirs: &Dirs| std::fs::read(dirs.file(&second)).expect("is there")[40..].to_vec();
    assert_eq!(native(&dirs), native(&apart));
    let before = first.translated();
    answers(&first.compile(&module(ECHO)).expect("compiles"));
    assert!(first.translated().made < before.made + FEW);
}

#[test]
fn altered_translations_of_functions_are_made_again() {
    let dirs = Dirs::new();
    let first = dirs.compile(EngineConfig::default(), &OTHER, ENDLESS_LOOP);
    let file = dirs.functions(&first);
    let mut bytes = std::fs::read(&file).expect("is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, &bytes).expect("writes");

    let second = engine();
    let loaded = second.compile_cached(&dirs.cache(), &KEY, &module(ECHO), b"");
    let loaded = loaded.expect("compiles");
    answers(&loaded.module);
    assert_eq!(second.translated().altered, 1);
    assert!(second.translated().made > MOST);

    let third = dirs.compile(EngineConfig::default(), &AotKey([9; 32]), ECHO);
    assert!(third.translated().made < FEW, "the file was replaced");
}

/// Whatever made an engine translate, what others wrote stays in the file.
#[test]
fn functions_of_other_processes_are_kept() {
    let dirs = Dirs::new();
    let first = dirs.compile(EngineConfig::default(), &OTHER, ENDLESS_LOOP);
    let before = std::fs::metadata(dirs.functions(&first)).expect("is there");
    // It never looked for the file.
    let second = engine();
    let module = second.compile(&module(ECHO)).expect("compiles");
    second
        .keep(&dirs.cache(), &KEY, &module, b"")
        .expect("is kept");
    let after = std::fs::metadata(dirs.functions(&first)).expect("is there");
    assert!(after.len() > before.len());
    let third = dirs.compile(EngineConfig::default(), &AotKey([9; 32]), ENDLESS_LOOP);
    assert!(third.translated().made < FEW, "{:?}", third.translated());
}

/// The file is only a help: without it everything else is as it was.
#[test]
fn a_file_of_functions_that_cannot_be_written_is_no_failure() {
    let dirs = Dirs::new();
    let first = dirs.compile(EngineConfig::default(), &OTHER, ENDLESS_LOOP);
    std::fs::remove_file(dirs.functions(&first)).expect("is there");
    std::fs::create_dir(dirs.functions(&first)).expect("a directory");
    let second = dirs.compile(EngineConfig::default(), &KEY, ECHO);
    let cached = second.load_cached(&dirs.cache(), &KEY).expect("readable");
    answers(&cached.expect("is kept").module);
}

#[test]
fn an_engine_may_keep_no_functions() {
    let dirs = Dirs::new();
    let config = EngineConfig {
        function_cache_bytes: 0,
        ..EngineConfig::default()
    };
    let engine = dirs.compile(config, &KEY, ECHO);
    assert_eq!(engine.translated(), Translated::default());
    assert!(!dirs.functions(&engine).exists());
}

#[test]
fn altered_native_code_is_a_miss_and_is_replaced() {
    let dirs = Dirs::new();
    let engine = engine();
    let component = module(ECHO);
    let compile = || engine.compile_cached(&dirs.cache(), &KEY, &component, b"table");
    compile().expect("compiles");
    let file = dirs.file(&engine);
    let good = std::fs::read(&file).expect("is there");
    for position in [0, 20, 50, 100, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[position] ^= 1;
        std::fs::write(&file, &bad).expect("writes");
        let found = engine.load_cached(&dirs.cache(), &KEY).expect("readable");
        assert_eq!(found.err(), Some(Miss::Tampered), "byte {position}");
        let loaded = compile().expect("compiles again");
        assert!(matches!(
            loaded.origin,
            Origin::Compiled {
                miss: Miss::Tampered,
                not_kept: None,
                ..
            }
        ));
        answers(&loaded.module);
        let again = compile().expect("is cached again");
        assert!(matches!(again.origin, Origin::Cached));
    }
}

#[test]
fn native_code_of_another_host_is_never_accepted() {
    let (here, there) = (Dirs::new(), Dirs::new());
    let engine = engine();
    engine
        .compile_cached(&there.cache(), &KEY, &module(ENDLESS_LOOP), b"")
        .expect("compiles");
    engine
        .compile_cached(&here.cache(), &KEY, &module(ECHO), b"")
        .expect("compiles");
    std::fs::copy(there.file(&engine), here.file(&engine)).expect("copies");
    let found = engine.load_cached(&here.cache(), &KEY).expect("readable");
    assert_eq!(found.err(), Some(Miss::Tampered));
}

#[test]
fn an_entry_of_another_component_is_not_used() {
    let dirs = Dirs::new();
    let engine = engine();
    let cache = dirs.cache();
    engine
        .compile_cached(&cache, &KEY, &module(ENDLESS_LOOP), b"")
        .expect("compiles");
    let loaded = engine
        .compile_cached(&cache, &KEY, &module(ECHO), b"")
        .expect("compiles");
    assert!(matches!(
        loaded.origin,
        Origin::Compiled {
            miss: Miss::Stale,
            ..
        }
    ));
    answers(&loaded.module);
}

/// A compiler whose name is kept beside it, and which is a module too, if it is to be: native code of
/// modules can be kept under any key.
fn compiler(name: &str, is_module: bool) -> Vec<u8> {
    let (world, functions) = match is_module {
        false => ("", ""),
        true => (
            "export rtfs:module/dynamic@0.1.0;",
            r#"(func (export "rtfs:module/dynamic@0.1.0#limits") (param i32 i32))
               (func (export "rtfs:module/dynamic@0.1.0#describe") (result i32) (unreachable))
               (func (export "rtfs:module/dynamic@0.1.0#invoke")
                 (param i32 i32 i32) (result i32) (unreachable))"#,
        ),
    };
    let core = format!(
        r#"(module (memory (export "memory") 1)
             (data (i32.const 64) "{name}")
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
             (func (export "rtfs:backend/compiler@0.1.0#target-id") (result i32)
               (i32.store (i32.const 16) (i32.const 64))
               (i32.store (i32.const 20) (i32.const {}))
               (i32.const 16))
             (func (export "rtfs:backend/compiler@0.1.0#describe") (result i32) (unreachable))
             (func (export "rtfs:backend/compiler@0.1.0#compile")
               (param i32 i32 i32 i32) (result i32) (unreachable))
             {functions})"#,
        name.len()
    );
    any_world::component(
        &format!("export rtfs:backend/compiler@0.1.0; {world}"),
        &core,
    )
}

#[test]
fn a_compiler_is_not_taken_from_an_entry_of_another() {
    let dirs = Dirs::new();
    let (engine, cache) = (engine(), dirs.cache());
    let sha256 = |component: &[u8]| -> [u8; 32] {
        let compiler = engine.compile_compiler(component);
        *compiler.expect("it is a compiler").digest()
    };
    let (honest, other) = (compiler("honest", false), compiler("other", true));
    // No worker can be asked: whatever is loaded comes from the cache.
    let worker = CompileWorker::new("/nowhere/at-all");
    let load = |component: &[u8]| {
        let compiler = engine.load_compiler(&cache, &worker, component)?;
        Ok(compiler
            .target_id(&CallOptions::default())
            .expect("it says"))
    };
    let module = engine.compile(&other).expect("it is a module, too");
    for key in [sha256(&other), sha256(&honest)] {
        let kept = engine.keep(&cache, &AotKey(key), &module, b"");
        kept.expect("it can be kept");
    }
    assert_eq!(load(&other).expect("it is kept").as_str(), "other");
    let refused: LoadError = load(&honest).expect_err("it is not kept");
    assert!(matches!(refused, LoadError::Worker(_)), "{refused:?}");
}

#[test]
fn a_cache_that_cannot_be_written_does_not_stop_the_call() {
    let dirs = Dirs::new();
    let cache = dirs.cache();
    // A file where the directory should be.
    std::fs::write(dirs.store.path().join("derived"), b"").expect("writes");
    let result = engine().compile_cached(&cache, &KEY, &module(ECHO), b"");
    match result {
        Ok(loaded) => {
            assert!(matches!(
                loaded.origin,
                Origin::Compiled {
                    not_kept: Some(_),
                    ..
                }
            ));
            answers(&loaded.module);
        }
        Err(error) => assert!(matches!(error, LoadError::Cache(_)), "{error:?}"),
    }
}

#[test]
fn writers_at_the_same_time_leave_a_whole_entry() {
    let dirs = Dirs::new();
    let engine = engine();
    let component = module(ECHO);
    let compiled = engine.compile(&component).expect("compiles");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let cache = dirs.cache();
                for _ in 0..20 {
                    engine.keep(&cache, &KEY, &compiled, b"x").expect("writes");
                    let found = engine.load_cached(&cache, &KEY).expect("readable");
                    assert_eq!(found.expect("is there").extra, b"x");
                }
            });
        }
    });
    let entries = std::fs::read_dir(dirs.file(&engine).parent().expect("has one"));
    assert_eq!(
        entries.expect("lists").count(),
        2,
        "the module and functions that it shares: no temporary file is left"
    );
}
