(define (inside cr ci)
  (let again ((x 0.0) (y 0.0) (left 50))
    (let ((x2 (* x x)) (y2 (* y y)))
      (cond ((> (+ x2 y2) 4.0) 0)
            ((= left 0) 1)
            (else (again (+ (- x2 y2) cr) (+ (* 2.0 (* x y)) ci) (- left 1)))))))

(define (run n)
  (let lines ((line 0) (sum 0))
    (if (= line n)
        sum
        (let ((ci (- (/ (* 2.5 line) n) 1.25)))
          (lines (+ line 1)
                 (let columns ((col 0) (sum sum))
                   (if (= col n)
                       sum
                       (columns (+ col 1)
                                (+ sum (inside (- (/ (* 2.5 col) n) 2.0) ci))))))))))
