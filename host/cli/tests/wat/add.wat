(func $add (param $a.tag i32) (param $a i64) (param $b.tag i32) (param $b i64) (param $depth i32) (result i32 i64)
  (local $result i64) (local $node i32) (local i64)
  (block ;; label = @1
    (block ;; label = @2
      (block ;; label = @3
        (if ;; label = @4
          (i32.ne
            (local.get $a.tag)
            (i32.const 2))
          (then
            (local.set $result
              (call $rt:misfit
                (local.get $a.tag)
                (local.get $a)
                (i32.add
                  (global.get $data_base)
                  (i32.const 56))
                (i32.add
                  (global.get $data_base)
                  (i32.const 80))))
            (br 2 (;@2;))))
        (if ;; label = @4
          (i32.ne
            (local.get $b.tag)
            (i32.const 2))
          (then
            (local.set $result
              (call $rt:misfit
                (local.get $b.tag)
                (local.get $b)
                (i32.add
                  (global.get $data_base)
                  (i32.const 56))
                (i32.add
                  (global.get $data_base)
                  (i32.const 112))))
            (br 1 (;@3;))))
        (local.set 7
          (i64.add
            (local.get $a)
            (local.get $b)))
        (if ;; label = @4
          (i64.ge_s
            (i64.and
              (i64.xor
                (local.get $a)
                (local.get 7))
              (i64.xor
                (local.get $b)
                (local.get 7)))
            (i64.const 0))
          (then
            (return
              (i32.const 2)
              (local.get 7))))
        (local.set $node
          (i32.const 3))
        (local.set $result
          (call $op:add
            (local.get $a.tag)
            (local.get $a)
            (local.get $b.tag)
            (local.get $b)))
        (br 2 (;@1;)))
      (call $rt:drop
        (local.get $b.tag)
        (local.get $b))
      (br 1 (;@1;)))
    (call $rt:drop
      (local.get $b.tag)
      (local.get $b))
    (call $rt:drop
      (local.get $a.tag)
      (local.get $a)))
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
