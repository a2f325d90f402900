//! The runtime's allocator, driven through the exports of the committed file.

use wasmtime::{Engine, Extern, Func, Instance, Module, Store, TypedFunc, Val};

/// Start of the heap in these tests, behind the runtime's data.
const HEAP_START: i32 = 1 << 20;

struct Heap {
    store: Store<()>,
    instance: Instance,
    realloc: TypedFunc<(u32, u32, u32, u32), u32>,
    free: TypedFunc<(u32, u32), ()>,
    in_use: TypedFunc<(), u32>,
}

impl Heap {
    fn new() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/runtime.wasm");
        let engine = Engine::default();
        let module = Module::from_file(&engine, path).expect("the runtime is a core module");
        let mut store = Store::new(&engine, ());
        let mut imports = Vec::new();
        for import in module.imports() {
            let ty = import.ty();
            let ty = ty.func().expect("only functions are imported").clone();
            let is_heap_start = import.name() == "heap_start";
            let function = Func::new(&mut store, ty, move |_, _, results| {
                for result in results {
                    *result = match result {
                        Val::I64(_) => Val::I64(0),
                        _ => Val::I32(if is_heap_start { HEAP_START } else { 0 }),
                    };
                }
                Ok(())
            });
            imports.push(Extern::Func(function));
        }
        let instance = Instance::new(&mut store, &module, &imports).expect("imports fit");
        let memory = instance.get_memory(&mut store, "memory").expect("exported");
        memory
            .grow(&mut store, 16)
            .expect("room for the heap's start");
        Self {
            realloc: instance
                .get_typed_func(&mut store, "cabi_realloc")
                .expect("exported"),
            free: instance
                .get_typed_func(&mut store, "rt:free")
                .expect("exported"),
            in_use: instance
                .get_typed_func(&mut store, "rt:heap_in_use")
                .expect("exported"),
            store,
            instance,
        }
    }

    fn realloc(&mut self, old: u32, old_size: u32, new_size: u32) -> u32 {
        let args = (old, old_size, 8, new_size);
        self.realloc
            .call(&mut self.store, args)
            .expect("there is memory")
    }

    fn free(&mut self, block: u32, size: u32) {
        self.free
            .call(&mut self.store, (block, size))
            .expect("does not trap");
    }

    fn in_use(&mut self) -> u32 {
        self.in_use
            .call(&mut self.store, ())
            .expect("does not trap")
    }

    fn memory(&mut self) -> &mut [u8] {
        let memory = self.instance.get_memory(&mut self.store, "memory");
        memory.expect("exported").data_mut(&mut self.store)
    }

    fn memory_size(&mut self) -> usize {
        self.memory().len()
    }

    fn fill(&mut self, block: u32, size: u32, byte: u8) {
        self.memory()[block as usize..(block + size) as usize].fill(byte);
    }

    fn holds(&mut self, block: u32, size: u32, byte: u8) -> bool {
        let bytes = &self.memory()[block as usize..(block + size) as usize];
        bytes.iter().all(|&b| b == byte)
    }
}

/// A small generator: the tests need variety, not randomness.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.0 >> 33) % u64::from(limit)) as u32
    }
}

#[test]
fn blocks_are_aligned_disjoint_and_kept() {
    let mut heap = Heap::new();
    let mut numbers = Numbers(7);
    let mut blocks: Vec<(u32, u32, u8)> = Vec::new();
    for step in 0..4000 {
        let byte = step as u8;
        let size = 1 + numbers.below(if step % 10 == 0 { 9000 } else { 200 });
        match numbers.below(3) {
            0 if !blocks.is_empty() => {
                let (block, size, byte) =
                    blocks.swap_remove(numbers.below(blocks.len() as u32) as usize);
                assert!(
                    heap.holds(block, size, byte),
                    "block {block} was overwritten"
                );
                heap.free(block, size);
            }
            1 if !blocks.is_empty() => {
                let i = numbers.below(blocks.len() as u32) as usize;
                let (old, old_size, old_byte) = blocks[i];
                let new = heap.realloc(old, old_size, size);
                assert!(heap.holds(new, old_size.min(size), old_byte));
                heap.fill(new, size, byte);
                blocks[i] = (new, size, byte);
            }
            _ => {
                let block = heap.realloc(0, 0, size);
                assert!(block.is_multiple_of(8) && block >= HEAP_START as u32);
                heap.fill(block, size, byte);
                blocks.push((block, size, byte));
            }
        }
    }
    for &(block, size, byte) in &blocks {
        assert!(
            heap.holds(block, size, byte),
            "block {block} was overwritten"
        );
        heap.free(block, size);
    }
    assert_eq!(heap.in_use(), 0);
}

#[test]
fn growing_and_freeing_reuses_memory() {
    let mut heap = Heap::new();
    let round = |heap: &mut Heap| {
        let mut size = 8;
        let mut block = heap.realloc(0, 0, size);
        while size < 1 << 20 {
            block = heap.realloc(block, size, size * 2);
            size *= 2;
        }
        heap.free(block, size);
    };
    // A round leaves a block of the largest class that had none; there are 18 doublings.
    for _ in 0..20 {
        round(&mut heap);
    }
    let settled = heap.memory_size();
    for _ in 0..50 {
        round(&mut heap);
    }
    assert_eq!(heap.memory_size(), settled);
    assert_eq!(heap.in_use(), 0);
}

#[test]
fn a_block_on_top_grows_in_place() {
    let mut heap = Heap::new();
    let block = heap.realloc(0, 0, 100);
    assert_eq!(heap.realloc(block, 100, 5000), block);
    assert_eq!(heap.realloc(block, 5000, 5001), block, "same class");
}

#[test]
fn empty_blocks_need_no_memory() {
    let mut heap = Heap::new();
    assert_eq!(
        heap.realloc(0, 0, 0),
        8,
        "a dangling address of the alignment"
    );
    assert_eq!(heap.in_use(), 0);
}
