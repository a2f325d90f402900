(define (line i)
  (string-append "The quick brown Fox " (number->string (modulo i 10))
                 " jumps over the lazy Dog"))

(define (run n)
  (let* ((text (string-join (map line (iota n)) " "))
         (words (string-split (string-downcase text) #\space))
         (counts (make-hash-table)))
    (for-each
     (lambda (word) (hash-set! counts word (+ 1 (hash-ref counts word 0))))
     words)
    (let* ((keys (sort (hash-map->list (lambda (word _) word) counts) string<?))
           (entry (lambda (word)
                    (string-append word "=" (number->string (hash-ref counts word))))))
      (string-append (number->string (string-length text)) ":"
                     (number->string (length words)) ":"
                     (string-join (map entry keys) ",")))))
