(use-modules (srfi srfi-1))

(define (adder k) (lambda (x) (+ x k)))
(define (scaler k) (lambda (x) (* x k)))
(define (chain g f) (lambda (x) (g (f x))))

(define (run n)
  (let ((f (fold chain (adder 1) (list (scaler 3) (adder 7) (scaler 5)))))
    (let times ((left n) (x 1))
      (if (= left 0) x (times (- left 1) (modulo (f x) 1000003))))))
