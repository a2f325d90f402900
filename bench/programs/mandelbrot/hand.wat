(func $inside (param $cr f64) (param $ci f64) (result i64)
  (local $x f64) (local $y f64) (local $x2 f64) (local $y2 f64) (local $left i64)
  (local.set $left (i64.const 50))
  (loop $again
    (local.set $x2 (f64.mul (local.get $x) (local.get $x)))
    (local.set $y2 (f64.mul (local.get $y) (local.get $y)))
    (if (f64.gt (f64.add (local.get $x2) (local.get $y2)) (f64.const 4))
      (then (return (i64.const 0))))
    (if (i64.eqz (local.get $left)) (then (return (i64.const 1))))
    (local.set $y (f64.add
      (f64.mul (f64.const 2) (f64.mul (local.get $x) (local.get $y)))
      (local.get $ci)))
    (local.set $x (f64.add (f64.sub (local.get $x2) (local.get $y2)) (local.get $cr)))
    (local.set $left (i64.sub (local.get $left) (i64.const 1)))
    (br $again))
  (unreachable))
(func $at (param $i i64) (param $n i64) (param $from f64) (result f64)
  (f64.sub
    (f64.div
      (f64.mul (f64.const 2.5) (f64.convert_i64_s (local.get $i)))
      (f64.convert_i64_s (local.get $n)))
    (local.get $from)))
(func $run (param $n i64) (result i64)
  (local $line i64) (local $col i64) (local $ci f64) (local $sum i64)
  (block $done
    (loop $lines
      (br_if $done (i64.eq (local.get $line) (local.get $n)))
      (local.set $ci (call $at (local.get $line) (local.get $n) (f64.const 1.25)))
      (local.set $col (i64.const 0))
      (block $end
        (loop $cols
          (br_if $end (i64.eq (local.get $col) (local.get $n)))
          (local.set $sum (i64.add
            (local.get $sum)
            (call $inside
              (call $at (local.get $col) (local.get $n) (f64.const 2))
              (local.get $ci))))
          (local.set $col (i64.add (local.get $col) (i64.const 1)))
          (br $cols)))
      (local.set $line (i64.add (local.get $line) (i64.const 1)))
      (br $lines)))
  (local.get $sum))
