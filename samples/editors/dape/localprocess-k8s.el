;;; localprocess-k8s.el --- Debug a service of a Kubernetes application with dape  -*- lexical-binding: t; -*-

;;; Commentary:

;; localprocess-k8s in Emacs, by dape: `load' this, or copy it into your configuration.

;;; Code:

(require 'dape)

;; dape gives a request 10 s; a launch takes as long as the cluster needs.
(setq dape-request-timeout 60)

;; "--debugger": told which debugger it wraps, the adapter can say from the first answer on what that debugger can do.

(setf (alist-get 'web-in-the-cluster dape-configs)
      `( modes (js-mode js-ts-mode)
         command "localprocess-k8s"
         command-args ("--debugger" "pwa-node")
         command-cwd dape-cwd
         :type "localprocess-k8s"
         :request "launch"
         :target "service/web"
         :ports ["3000:http"]
         :debug ( :type "pwa-node"
                  :request "launch"
                  :program ,(lambda () (expand-file-name "web/server.js" (dape-cwd)))
                  :cwd ,(lambda () (expand-file-name "web" (dape-cwd))))))

(setf (alist-get 'prices-in-the-cluster dape-configs)
      `( modes (python-mode python-ts-mode)
         command "localprocess-k8s"
         command-args ("--debugger" "debugpy")
         command-cwd dape-cwd
         :type "localprocess-k8s"
         :request "launch"
         :target "service/prices"
         :ports ["5000:http"]
         :debug ( :type "debugpy"
                  :request "launch"
                  :program ,(lambda () (expand-file-name "prices/server.py" (dape-cwd)))
                  :console "internalConsole")))

(setf (alist-get 'stock-in-the-cluster dape-configs)
      `( modes (go-mode go-ts-mode)
         command "localprocess-k8s"
         command-args ("--debugger" "go")
         command-cwd dape-cwd
         :type "localprocess-k8s"
         :request "launch"
         :target "service/stock"
         :ports ["8080:api"]
         :debug ( :type "go"
                  :request "launch"
                  :mode "debug"
                  :program ,(lambda () (expand-file-name "stock" (dape-cwd))))))

;;; localprocess-k8s.el ends here
