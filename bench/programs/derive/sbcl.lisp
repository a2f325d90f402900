(defun polynomial (n)
  (declare (fixnum n))
  (if (= n 0) 1 (list 'add n (list 'mul 'x (polynomial (- n 1))))))

(defun derive (e)
  (cond ((eq e 'x) 1)
        ((atom e) 0)
        (t (destructuring-bind (op a b) e
             (if (eq op 'add)
                 (list 'add (derive a) (derive b))
                 (list 'add (list 'mul (derive a) b) (list 'mul a (derive b))))))))

(defun simplify (e)
  (if (atom e)
      e
      (destructuring-bind (op a b) e
        (let ((x (simplify a)) (y (simplify b)))
          (if (eq op 'add)
              (cond ((eql x 0) y)
                    ((eql y 0) x)
                    (t (list 'add x y)))
              (cond ((or (eql x 0) (eql y 0)) 0)
                    ((eql x 1) y)
                    ((eql y 1) x)
                    (t (list 'mul x y))))))))

(defun size (e)
  (if (atom e) 1 (+ 1 (the fixnum (size (second e))) (the fixnum (size (third e))))))

(defun run (n)
  (declare (fixnum n))
  (loop for i from 1 to n
        sum (the fixnum (size (simplify (derive (polynomial i))))) of-type fixnum))
