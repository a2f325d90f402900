(defstruct person (id 0 :type fixnum) team (pay 0 :type fixnum) senior)

(defparameter *teams* (vector "oak" "elm" "ash" "fir" "yew" "box" "bay"))

(defun person (i)
  (declare (fixnum i))
  (make-person :id i :team (aref (the simple-vector *teams*) (mod i 7))
               :pay (+ 1000 (mod (* i 7919) 5000)) :senior (= 0 (mod i 3))))

(defun run (n)
  (declare (fixnum n))
  (let ((groups (make-hash-table :test #'equal)) (sum 0))
    (declare (fixnum sum))
    (dolist (p (remove-if-not #'person-senior (loop for i below n collect (person i))))
      (incf (person-pay p) (truncate (person-pay p) 10))
      (push p (gethash (person-team p) groups)))
    (maphash
     (lambda (team members)
       (declare (ignore team))
       (incf sum (the fixnum (* (length members) (the fixnum (reduce #'max members :key #'person-pay))))))
     groups)
    sum))
