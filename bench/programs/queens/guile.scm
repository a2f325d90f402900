(use-modules (srfi srfi-1))

(define (safe? row distance placed)
  (or (null? placed)
      (let ((other (car placed)))
        (and (not (= other row))
             (not (= other (+ row distance)))
             (not (= other (- row distance)))
             (safe? row (+ distance 1) (cdr placed))))))

(define (ways n left placed)
  (if (= left 0)
      1
      (fold + 0
            (map (lambda (row) (ways n (- left 1) (cons row placed)))
                 (filter (lambda (row) (safe? row 1 placed)) (iota n))))))

(define (run n) (ways n n '()))
