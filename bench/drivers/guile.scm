;; Serves one program: every line asks for one timed run.
;;   guile guile.scm PROGRAM N
(use-modules (ice-9 rdelim) (system base compile))

(define program (cadr (command-line)))
(define n (string->number (caddr (command-line))))
(load-compiled (compile-file program
                             #:output-file (string-append (cadddr (command-line)) "/program.go")))

(let serve ()
  (unless (eof-object? (read-line))
    (let* ((started (get-internal-real-time))
           (result (run n))
           (passed (- (get-internal-real-time) started)))
      (format #t "~a ~a\n"
              (quotient (* passed 1000000000) internal-time-units-per-second) result)
      (force-output)
      (serve))))
