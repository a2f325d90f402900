(defun run (n)
  (declare (fixnum n))
  (length (the simple-string
               (with-output-to-string (text)
                 (dotimes (i n) (write-string "ab" text))))))
