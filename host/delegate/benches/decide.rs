//! What deciding costs: answers that are resident, and lookups in a store of 100,000 records.
//!
//! The store lies in memory where the system has such a directory, so that filling it does not take
//! an hour of waiting for the disk. What counts are orders of magnitude.
//!
//! ```sh
//! cargo bench -p rtfs-delegate --bench decide
//! ```
#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark measures with the system's clock"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rtfs_delegate::*;
use rtfs_store::{
    Anchors, BackendRef, Digest, ExportRecord, LocalSigner, ModuleFacts, Publication, Query,
    Retention, Signer, Store, Validation,
};

const COMPONENT: &[u8] = b"\0asm, the same for all";

/// The hash of the n-th definition.
fn hash(n: u32) -> [u8; 32] {
    *Digest::of(&n.to_le_bytes()).as_bytes()
}

fn system_time() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis();
    Timestamp::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

fn facts(n: u32) -> ModuleFacts {
    ModuleFacts {
        artifact_key: rtfs_store::ArtifactKey::from_bytes(hash(n)),
        interface: rtfs_store::InterfaceHash::from_bytes(hash(n)),
        exports: vec![ExportRecord {
            index: 1,
            name: format!("f{n}"),
            definition: Some(rtfs_store::DefinitionHash::from_bytes(hash(n))),
            interface: rtfs_store::InterfaceHash::from_bytes(hash(n)),
            capabilities: BTreeSet::new(),
        }],
        capabilities: BTreeSet::new(),
        backend: BackendRef {
            id: WASM32_COMPONENT.to_owned(),
            version: "bench".to_owned(),
        },
        validation: Validation::Verified,
        retention: Retention::Keep,
        description: None,
        annotations: BTreeMap::new(),
        claimed_unix_seconds: None,
    }
}

fn open(root: &Path) -> Arc<Store> {
    let dir = Dir::open_ambient_dir(root, ambient_authority()).expect("the directory exists");
    let anchors = Anchors {
        keys: vec![signer().public_key().clone()],
        keyring: None,
    };
    Arc::new(Store::open(dir, anchors).expect("a store"))
}

fn signer() -> LocalSigner {
    LocalSigner::from_seed(&[1; 32])
}

fn fill(root: &Path, n_records: u32) {
    let client = L4CacheClient::new(open(root), Arc::new(system_time));
    let client = client.with_signer(Arc::new(signer()));
    for n in 0..n_records {
        let publication = Publication {
            component: COMPONENT,
            source: None,
            ir: None,
            facts: facts(n),
            name: None,
        };
        client.publish(&publication).expect("a valid publication");
    }
}

fn context(n: u32) -> CallContext {
    let definition = rtfs_ir::DefinitionHash::from_bytes(hash(n));
    CallContext::new(format!("f{n}"), 1, 2).with_definition(definition)
}

fn engine(store: &Arc<Store>, config: L4Config) -> impl DelegationEngine {
    let clock: Arc<dyn Clock> = Arc::new(system_time);
    let client = L4CacheClient::with_config(store.clone(), clock.clone(), config);
    let inner = StaticDelegationEngine::new(HashMap::new(), clock);
    L4AwareDelegationEngine::new(Arc::new(client), inner)
}

/// Median over rounds of the mean time of one call.
fn median(rounds: usize, calls: u32, mut round: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let started = Instant::now();
            round();
            started.elapsed() / calls
        })
        .collect();
    times.sort();
    times[rounds / 2]
}

/// Time of each first lookup, the median of them.
fn first_lookups(engine: &impl DelegationEngine, contexts: &[CallContext]) -> Duration {
    median_of_each(contexts, |context| {
        let target = engine.decide(context);
        assert!(target.is_l4_hit(), "{target}");
    })
}

/// What the first lookup of a definition consists of. Only the first row is the search: the others
/// read and verify, which no index can spare.
fn steps(store: &Store, contexts: &[CallContext]) {
    let of = |context: &CallContext| {
        let definition = context.definition_hash.expect("every context has one");
        rtfs_store::DefinitionHash::from_bytes(*definition.as_bytes())
    };
    let queries: Vec<Query> = contexts
        .iter()
        .map(|it| Query::Definition(of(it)))
        .collect();
    // The first question opens the index.
    store.propose(&queries[0]).expect("a sound index");
    let mut found = Vec::with_capacity(queries.len());
    let time = median_of_each(&queries, |query| {
        let records = store.propose(query).expect("a sound index");
        found.push(records[0]);
    });
    println!("| search the index for a definition | {time:.2?} |");
    let load = |record: &Digest| {
        let record = store.record(record).expect("it is there");
        assert!(record.verdict().is_trusted());
    };
    let time = median_of_each(&found, load);
    println!("| load the record: read, hash, parse, verify the signature | {time:.2?} |");
    let time = median_of_each(&found, load);
    println!("| load it again: has it changed, has trust? | {time:.2?} |");
    let component = Digest::of(COMPONENT);
    let time = median_of_each(&found, |_| store.check_blob(&component).expect("sound"));
    println!("| has the component changed? | {time:.2?} |");
}

/// The median time of doing something with each.
fn median_of_each<T>(items: &[T], mut with: impl FnMut(&T)) -> Duration {
    let mut times: Vec<Duration> = items
        .iter()
        .map(|item| {
            let started = Instant::now();
            with(item);
            started.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

/// Time of explaining a decision and writing its line.
fn append_to_audit(
    dir: &tempfile::TempDir,
    engine: &impl DelegationEngine,
    context: &CallContext,
    rounds: usize,
) -> Duration {
    let place = dir.path().join("audit");
    std::fs::create_dir(&place).expect("a new directory");
    let place = Dir::open_ambient_dir(place, ambient_authority()).expect("it was just made");
    let log = AuditLog::open(&place, Arc::new(system_time)).expect("an empty log");
    median(rounds, 100, || {
        for _ in 0..100 {
            let entry = AuditEntry::new(context, &engine.explain(context));
            log.append(&entry).expect("space");
        }
    })
}

fn main() {
    // `cargo test` builds and starts benchmarks to see that they work; then little is enough.
    let is_bench = std::env::args().any(|arg| arg == "--bench");
    let (n_records, rounds) = if is_bench { (100_000, 31) } else { (50, 1) };
    let memory = Path::new("/dev/shm");
    let dir = match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    };
    let dir = dir.expect("a directory of our own");
    let started = Instant::now();
    fill(dir.path(), n_records);
    println!("{n_records} records published in {:.1?}", started.elapsed());

    // Spread over the records; a step without a common factor visits each once.
    let visited: Vec<CallContext> = (0..n_records.min(10_000))
        .map(|n| context((n * 7_919) % n_records))
        .collect();
    println!("| step of a lookup, {n_records} records | time of one |");
    println!("|---|---|");
    steps(&open(dir.path()), &visited);
    let store = open(dir.path());
    let resident = engine(&store, L4Config::default());
    println!("| decide, {n_records} records | time of one |");
    println!("|---|---|");
    let time = first_lookups(&resident, &visited);
    println!("| exact hit, first in the process: all steps | {time:.2?} |");
    let forgetful = L4Config {
        max_resident: 0,
        ..L4Config::default()
    };
    // The store remembers judgements of settled files.
    std::thread::sleep(Duration::from_millis(if is_bench { 1100 } else { 0 }));
    let forgetful = engine(&store, forgetful);
    let few = &visited[..visited.len().min(5_000)];
    first_lookups(&forgetful, few);
    let time = first_lookups(&forgetful, few);
    println!("| exact hit, judged before, not resident: all steps, nothing changed | {time:.2?} |");
    let calls = u32::try_from(visited.len()).expect("few");
    let time = median(rounds, calls, || {
        for context in &visited {
            black_box(resident.decide(black_box(context)));
        }
    });
    println!("| exact hit, resident | {time:.2?} |");
    let one = &visited[0];
    let time = median(rounds, calls, || {
        for _ in 0..calls {
            black_box(resident.decide(black_box(one)));
        }
    });
    println!("| exact hit, resident, the same call | {time:.2?} |");
    let absent = context(n_records + 1);
    resident.decide(&absent);
    let time = median(rounds, calls, || {
        for _ in 0..calls {
            black_box(resident.decide(black_box(&absent)));
        }
    });
    println!("| miss, resident, then L1 | {time:.2?} |");
    let time = append_to_audit(&dir, &resident, one, rounds);
    println!("| line of the audit log | {time:.2?} |");
}
