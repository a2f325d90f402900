(defun tak (x y z)
  (declare (fixnum x y z))
  (if (< y x)
      (tak (tak (- x 1) y z) (tak (- y 1) z x) (tak (- z 1) x y))
      z))

(defun run (n) (tak n (truncate (* 2 n) 3) (truncate n 3)))
