(use-modules (ice-9 match))

(define (polynomial n)
  (if (= n 0) 1 (list 'add n (list 'mul 'x (polynomial (- n 1))))))

(define (derive e)
  (match e
    ('x 1)
    (('add a b) (list 'add (derive a) (derive b)))
    (('mul a b) (list 'add (list 'mul (derive a) b) (list 'mul a (derive b))))
    (_ 0)))

(define (simplify e)
  (match e
    (('add a b)
     (let ((x (simplify a)) (y (simplify b)))
       (cond ((eqv? x 0) y)
             ((eqv? y 0) x)
             (else (list 'add x y)))))
    (('mul a b)
     (let ((x (simplify a)) (y (simplify b)))
       (cond ((or (eqv? x 0) (eqv? y 0)) 0)
             ((eqv? x 1) y)
             ((eqv? y 1) x)
             (else (list 'mul x y)))))
    (_ e)))

(define (size e)
  (match e
    ((_ a b) (+ 1 (size a) (size b)))
    (_ 1)))

(define (run n)
  (if (= n 0) 0 (+ (size (simplify (derive (polynomial n)))) (run (- n 1)))))
