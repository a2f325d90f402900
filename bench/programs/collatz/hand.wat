(func $steps (param $n i64) (result i64)
  (local $taken i64)
  (loop $again (result i64)
    (if (result i64) (i64.eq (local.get $n) (i64.const 1))
      (then (local.get $taken))
      (else
        (local.set $taken (i64.add (local.get $taken) (i64.const 1)))
        (if (i64.eqz (i64.and (local.get $n) (i64.const 1)))
          (then (local.set $n (i64.div_s (local.get $n) (i64.const 2))))
          (else (local.set $n
            (i64.add (i64.mul (i64.const 3) (local.get $n)) (i64.const 1)))))
        (br $again)))))
(func $run (param $n i64) (result i64)
  (local $sum i64)
  (block $done
    (loop $again
      (br_if $done (i64.eqz (local.get $n)))
      (local.set $sum (i64.add (local.get $sum) (call $steps (local.get $n))))
      (local.set $n (i64.sub (local.get $n) (i64.const 1)))
      (br $again)))
  (local.get $sum))
