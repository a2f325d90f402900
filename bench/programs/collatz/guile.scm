(define (steps n taken)
  (cond ((= n 1) taken)
        ((even? n) (steps (quotient n 2) (+ taken 1)))
        (else (steps (+ (* 3 n) 1) (+ taken 1)))))

(define (total n sum)
  (if (= n 0) sum (total (- n 1) (+ sum (steps n 0)))))

(define (run n) (total n 0))
