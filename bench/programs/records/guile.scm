(use-modules (srfi srfi-1) (srfi srfi-9))

(define-record-type <person>
  (make-person id team pay senior) person?
  (id person-id) (team person-team) (pay person-pay set-pay!) (senior person-senior))

(define teams (vector "oak" "elm" "ash" "fir" "yew" "box" "bay"))

(define (person i)
  (make-person i (vector-ref teams (modulo i 7)) (+ 1000 (modulo (* i 7919) 5000))
               (= 0 (modulo i 3))))

(define (run n)
  (let ((groups (make-hash-table)))
    (for-each
     (lambda (p)
       (set-pay! p (+ (person-pay p) (quotient (person-pay p) 10)))
       (hash-set! groups (person-team p) (cons p (hash-ref groups (person-team p) '()))))
     (filter person-senior (map person (iota n))))
    (hash-fold
     (lambda (_ members sum)
       (+ sum (* (length members) (fold max 0 (map person-pay members)))))
     0 groups)))
