(defun safe-p (row distance placed)
  (declare (fixnum row distance) (list placed))
  (or (null placed)
      (let ((other (car placed)))
        (declare (fixnum other))
        (and (/= other row)
             (/= other (+ row distance))
             (/= other (- row distance))
             (safe-p row (+ distance 1) (cdr placed))))))

(defun ways (n left placed)
  (declare (fixnum n left))
  (if (= left 0)
      1
      (loop for row fixnum below n
            when (safe-p row 1 placed)
              sum (the fixnum (ways n (- left 1) (cons row placed))) of-type fixnum)))

(defun run (n) (ways n n '()))
