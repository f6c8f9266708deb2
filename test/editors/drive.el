;;; drive.el --- What a person does in dape, for tests  -*- lexical-binding: t; -*-

;;; Code:

(require 'dape)
(require 'server)

;; Whoever has started Emacs is told when it can be spoken to.
(advice-add 'server-start :after (lambda (&rest _) (message "listening")))

(setq dape-buffer-window-arrangement 'gud
      ;; The shop is a project of its own, whatever is around it.
      project-vc-extra-root-markers '("kustomization.yaml")
      make-backup-files nil
      ;; There is no compiler beside this Emacs.
      native-comp-jit-compilation nil)

(defun drive-say (what happened)
  "Say WHAT, and the value of the function HAPPENED, once that is not nil.
It cannot be waited for: whatever Emacs is told by its server is told in the
midst of something else, which would wait as well."
  (let (timer)
    (setq timer (run-with-timer 0 0.05
                                (lambda ()
                                  (when-let* ((value (funcall happened)))
                                    (cancel-timer timer)
                                    (message "%s: %S" what value)))))
    nil))

(defun drive-breakpoint (file line)
  "Open FILE, and set a breakpoint in LINE."
  (find-file file)
  ;; A mode for the language may not be installed.
  (unless (derived-mode-p 'prog-mode) (prog-mode))
  (goto-char (point-min))
  (forward-line (1- line))
  (dape-breakpoint-toggle))

(defun drive-start (name file)
  "Start the configuration NAME as `M-x dape' does in the buffer of FILE."
  (with-current-buffer (get-file-buffer file)
    (dape (dape--config-eval name nil))))

(defun drive-arguments (name file)
  "Return the launch arguments of the configuration NAME in the buffer of FILE, as JSON."
  (with-current-buffer (get-file-buffer file)
    (cl-flet ((keep (config) (cl-loop for (key value) on config by #'cddr
                                      when (keywordp key) append (list key value))))
      (json-serialize (keep (dape--config-eval name nil)) :false-object nil))))

(defun drive-stopped ()
  "Say file and line where the program has stopped."
  (drive-say "stopped"
             (lambda ()
               (when-let* ((connection (dape--live-connection 'stopped t))
                           (frame (dape--current-stack-frame connection)))
                 (list (plist-get (plist-get frame :source) :path) (plist-get frame :line))))))

(defun drive-value (expression)
  "Say what EXPRESSION is where the program has stopped."
  (let* ((connection (dape--live-connection 'stopped))
         (frame (plist-get (dape--current-stack-frame connection) :id))
         answer)
    (dape--evaluate-expression connection frame expression "watch"
                               (lambda (body error) (setq answer (or (plist-get body :result) error))))
    (drive-say "value" (lambda () answer))))

(defun drive-continue ()
  "Let the program run."
  (dape-continue (dape--live-connection 'stopped)))

(defun drive-ended ()
  "Say when no session is left."
  (drive-say "ended" (lambda () (not (dape--live-connection 'parent t)))))

(defun drive-quit ()
  "End the session as `M-x dape-quit' does."
  (call-interactively #'dape-quit))

(defun drive-console ()
  "Return what has been printed."
  (with-current-buffer "*dape-repl*" (buffer-substring-no-properties (point-min) (point-max))))

(provide 'drive)
;;; drive.el ends here
