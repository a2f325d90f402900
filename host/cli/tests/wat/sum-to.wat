(func $sum-to.ii (param $n i64) (param $acc i64) (param $depth i32) (result i32 i64)
  (local $result i64) (local $node i32) (local i64 i64)
  (block ;; label = @1
    (block ;; label = @2
      (block ;; label = @3
        (loop ;; label = @4
          (if ;; label = @5
            (i64.eqz
              (local.get $n))
            (then
              (return
                (i32.const 2)
                (local.get $acc))))
          (br_if 2 (;@2;)
            (i64.gt_s
              (local.tee 5
                (i64.sub
                  (local.get $n)
                  (i64.const 1)))
              (local.get $n)))
          (local.set 6
            (i64.add
              (local.get $acc)
              (local.get $n)))
          (br_if 1 (;@3;)
            (i64.lt_s
              (i64.and
                (i64.xor
                  (local.get $acc)
                  (local.get 6))
                (i64.xor
                  (local.get $n)
                  (local.get 6)))
              (i64.const 0)))
          (local.set $n
            (local.get 5)
            (local.set $acc
              (local.get 6)))
          (br 0 (;@4;)))
        (unreachable))
      (local.set $node
        (i32.const 15))
      (local.set $result
        (call $op:add
          (i32.const 2)
          (local.get $acc)
          (i32.const 2)
          (local.get $n)))
      (br 1 (;@1;)))
    (local.set $node
      (i32.const 11))
    (local.set $result
      (call $op:sub
        (i32.const 2)
        (local.get $n)
        (i32.const 2)
        (i64.const 1))))
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
