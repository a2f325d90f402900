(func $area (param $shape.tag i32) (param $shape i64) (param $depth i32) (result i32 i64)
  (local $result.tag i32) (local $result i64) (local $node i32) (local i32) (local $r i64) (local $r.tag i32) (local $w.tag i32) (local $w i64) (local $h.tag i32) (local $h i64)
  (block ;; label = @1
    (block ;; label = @2
      (block ;; label = @3
        (block ;; label = @4
          (block ;; label = @5
            (br_if 0 (;@5;)
              (i32.ne
                (local.get $shape.tag)
                (i32.const 16)))
            (br_if 0 (;@5;)
              (i32.eqz
                (call $rt:map_at
                  (local.get $shape.tag)
                  (local.get $shape)
                  (i32.const 9)
                  (i64.extend_i32_u
                    (i32.add
                      (global.get $data_base)
                      (i32.const 56))))))
            (local.set $r
              (call $rt:map_find
                (local.get $shape.tag)
                (local.get $shape)
                (i32.const 9)
                (i64.extend_i32_u
                  (i32.add
                    (global.get $data_base)
                    (i32.const 56)))))
            (local.set $r.tag
              (select
                (i32.const 0)
                (local.tee 6
                  (global.get $tag))
                (i32.eq
                  (local.get 6)
                  (i32.const 6))))
            (if ;; label = @6
              (i32.ge_u
                (i32.and
                  (local.get $shape.tag)
                  (i32.const 255))
                (i32.const 8))
              (then
                (i32.store
                  (i32.wrap_i64
                    (local.get $shape))
                  (local.tee 6
                    (i32.sub
                      (i32.load
                        (i32.wrap_i64
                          (local.get $shape)))
                      (i32.const 1))))
                (if ;; label = @7
                  (i32.eqz
                    (local.get 6))
                  (then
                    (call $rt:release
                      (local.get $shape.tag)
                      (local.get $shape))))))
            (block ;; label = @6
              (block ;; label = @7
                (br_if 0 (;@7;)
                  (i32.ne
                    (local.get $r.tag)
                    (i32.const 2)))
                (br_if 0 (;@7;)
                  (i64.gt_u
                    (i64.add
                      (local.get $r)
                      (i64.const 3074457345618258602))
                    (i64.const 6148914691236517204)))
                (local.set $result
                  (i64.mul
                    (i64.const 3)
                    (local.get $r)))
                (local.set $result.tag
                  (i32.const 2))
                (br 1 (;@6;)))
              (if ;; label = @7
                (i32.ge_u
                  (i32.and
                    (local.get $r.tag)
                    (i32.const 255))
                  (i32.const 8))
                (then
                  (i32.store
                    (i32.wrap_i64
                      (local.get $r))
                    (i32.add
                      (i32.load
                        (i32.wrap_i64
                          (local.get $r)))
                      (i32.const 1)))))
              (local.set $result
                (call $op:mul
                  (i32.const 2)
                  (i64.const 3)
                  (local.get $r.tag)
                  (local.get $r)))
              (br_if 4 (;@2;)
                (i32.eq
                  (local.tee $result.tag
                    (global.get $tag))
                  (i32.const 255))))
            (block ;; label = @6
              (block ;; label = @7
                (br_if 0 (;@7;)
                  (i32.or
                    (i32.xor
                      (local.get $result.tag)
                      (i32.const 2))
                    (i32.xor
                      (local.get $r.tag)
                      (i32.const 2))))
                (br_if 0 (;@7;)
                  (i64.gt_u
                    (i64.or
                      (i64.add
                        (local.get $result)
                        (i64.const 2147483648))
                      (i64.add
                        (local.get $r)
                        (i64.const 2147483648)))
                    (i64.const 4294967295)))
                (local.set $result
                  (i64.mul
                    (local.get $result)
                    (local.get $r)))
                (local.set $result.tag
                  (i32.const 2))
                (br 1 (;@6;)))
              (local.set $result
                (call $op:mul
                  (local.get $result.tag)
                  (local.get $result)
                  (local.get $r.tag)
                  (local.get $r)))
              (br_if 3 (;@3;)
                (i32.eq
                  (local.tee $result.tag
                    (global.get $tag))
                  (i32.const 255))))
            (return
              (local.get $result.tag)
              (local.get $result)))
          (block ;; label = @5
            (br_if 0 (;@5;)
              (i32.gt_u
                (i32.sub
                  (local.get $shape.tag)
                  (i32.const 14))
                (i32.const 1)))
            (br_if 0 (;@5;)
              (i32.ne
                (i32.load offset=12
                  (i32.wrap_i64
                    (local.get $shape)))
                (i32.const 2)))
            (if ;; label = @6
              (i32.and
                (i32.and
                  (i32.eq
                    (i32.load
                      (i32.wrap_i64
                        (local.get $shape)))
                    (i32.const 1))
                  (i32.eq
                    (i32.load offset=8
                      (i32.wrap_i64
                        (local.get $shape)))
                    (i32.const 1)))
                (i32.eqz
                  (i32.load offset=20
                    (i32.wrap_i64
                      (local.get $shape)))))
              (then
                (local.set $w.tag
                  (i32.load
                    (local.tee 6
                      (i32.load offset=16
                        (i32.wrap_i64
                          (local.get $shape))))))
                (local.set $w
                  (i64.load offset=8
                    (local.get 6)))
                (local.set $h.tag
                  (i32.load offset=16
                    (local.get 6)))
                (local.set $h
                  (i64.load offset=24
                    (local.get 6)))
                (call $rt:free_row
                  (i32.wrap_i64
                    (local.get $shape))))
              (else
                (if ;; label = @7
                  (i32.eqz
                    (local.tee 6
                      (i32.load offset=16
                        (i32.wrap_i64
                          (local.get $shape)))))
                  (then
                    (local.set 6
                      (call $rt:seq_at
                        (local.get $shape.tag)
                        (local.get $shape)
                        (i32.const 0)))))
                (local.set $w.tag
                  (i32.load
                    (local.get 6)))
                (local.set $w
                  (i64.load offset=8
                    (local.get 6)))
                (if ;; label = @7
                  (i32.ge_u
                    (i32.and
                      (local.get $w.tag)
                      (i32.const 255))
                    (i32.const 8))
                  (then
                    (i32.store
                      (i32.wrap_i64
                        (local.get $w))
                      (i32.add
                        (i32.load
                          (i32.wrap_i64
                            (local.get $w)))
                        (i32.const 1)))))
                (if ;; label = @7
                  (i32.eqz
                    (local.tee 6
                      (i32.load offset=16
                        (i32.wrap_i64
                          (local.get $shape)))))
                  (then
                    (local.set 6
                      (i32.sub
                        (call $rt:seq_at
                          (local.get $shape.tag)
                          (local.get $shape)
                          (i32.const 1))
                        (i32.const 16)))))
                (local.set $h.tag
                  (i32.load offset=16
                    (local.get 6)))
                (local.set $h
                  (i64.load offset=24
                    (local.get 6)))
                (if ;; label = @7
                  (i32.ge_u
                    (i32.and
                      (local.get $h.tag)
                      (i32.const 255))
                    (i32.const 8))
                  (then
                    (i32.store
                      (i32.wrap_i64
                        (local.get $h))
                      (i32.add
                        (i32.load
                          (i32.wrap_i64
                            (local.get $h)))
                        (i32.const 1)))))
                (if ;; label = @7
                  (i32.ge_u
                    (i32.and
                      (local.get $shape.tag)
                      (i32.const 255))
                    (i32.const 8))
                  (then
                    (i32.store
                      (i32.wrap_i64
                        (local.get $shape))
                      (local.tee 6
                        (i32.sub
                          (i32.load
                            (i32.wrap_i64
                              (local.get $shape)))
                          (i32.const 1))))
                    (if ;; label = @8
                      (i32.eqz
                        (local.get 6))
                      (then
                        (call $rt:release
                          (local.get $shape.tag)
                          (local.get $shape))))))))
            (block ;; label = @6
              (block ;; label = @7
                (br_if 0 (;@7;)
                  (i32.or
                    (i32.xor
                      (local.get $w.tag)
                      (i32.const 2))
                    (i32.xor
                      (local.get $h.tag)
                      (i32.const 2))))
                (br_if 0 (;@7;)
                  (i64.gt_u
                    (i64.or
                      (i64.add
                        (local.get $w)
                        (i64.const 2147483648))
                      (i64.add
                        (local.get $h)
                        (i64.const 2147483648)))
                    (i64.const 4294967295)))
                (local.set $result
                  (i64.mul
                    (local.get $w)
                    (local.get $h)))
                (local.set $result.tag
                  (i32.const 2))
                (br 1 (;@6;)))
              (local.set $result
                (call $op:mul
                  (local.get $w.tag)
                  (local.get $w)
                  (local.get $h.tag)
                  (local.get $h)))
              (br_if 2 (;@4;)
                (i32.eq
                  (local.tee $result.tag
                    (global.get $tag))
                  (i32.const 255))))
            (return
              (local.get $result.tag)
              (local.get $result)))
          (if ;; label = @5
            (i32.ge_u
              (i32.and
                (local.get $shape.tag)
                (i32.const 255))
              (i32.const 8))
            (then
              (i32.store
                (i32.wrap_i64
                  (local.get $shape))
                (local.tee 6
                  (i32.sub
                    (i32.load
                      (i32.wrap_i64
                        (local.get $shape)))
                    (i32.const 1))))
              (if ;; label = @6
                (i32.eqz
                  (local.get 6))
                (then
                  (call $rt:release
                    (local.get $shape.tag)
                    (local.get $shape))))))
          (return
            (i32.const 2)
            (i64.const 0)))
        (local.set $node
          (i32.const 10))
        (br 2 (;@1;)))
      (local.set $node
        (i32.const 5))
      (br 1 (;@1;)))
    (local.set $node
      (i32.const 5))
    (call $rt:drop
      (local.get $r.tag)
      (local.get $r)))
  (return
    (i32.const 255)
    (call $rt:err_frame
      (call $rt:err_node
        (local.get $result)
        (local.get $node))
      (i32.add
        (global.get $data_base)
        (i32.const 32))))
)
