;;; Serves one program: every line asks for one timed run.
;;;   sbcl --script sbcl.lisp PROGRAM N DIR
(declaim (optimize (speed 2) (safety 1) (debug 0)))
(setf *compile-print* nil *compile-verbose* nil)

(defconstant +monotonic+ 1)

(defun now ()
  (multiple-value-bind (seconds nanoseconds)
      (sb-unix::clock-gettime +monotonic+)
    (+ (* seconds 1000000000) nanoseconds)))

(destructuring-bind (program n dir) (cdr sb-ext:*posix-argv*)
  (let* ((*standard-output* (make-broadcast-stream)) (*error-output* *standard-output*))
    (load (compile-file program :output-file (concatenate 'string dir "/program.fasl"))))
  (let ((n (parse-integer n)))
    (loop while (read-line *standard-input* nil)
          do (let* ((started (now))
                    (result (funcall 'run n))
                    (passed (- (now) started)))
               (format t "~d ~a~%" passed result)
               (finish-output)))))
