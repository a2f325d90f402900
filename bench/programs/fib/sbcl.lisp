(defun fib (n)
  (declare (fixnum n))
  (the fixnum (if (< n 2) n (+ (the fixnum (fib (- n 1))) (the fixnum (fib (- n 2)))))))

(defun run (n) (fib n))
