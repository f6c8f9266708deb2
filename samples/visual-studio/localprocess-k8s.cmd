@node "%~dp0main.mjs" %*
