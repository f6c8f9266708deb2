/**
 * Variables that describe the place a process runs in, not the application: taken from the pod they would
 * break the local process, its debugger or the tools these start. The README's list is made of it.
 */
export const ofThisMachine: readonly (readonly [reason: string, names: string])[] = [
  [
    'Programs, folders and the user are found by them; the pod has others.',
    'PATH HOME PWD OLDPWD CDPATH USER LOGNAME MAIL TMPDIR TEMP TMP',
  ],
  [
    'The shell and the terminal are those of this machine.',
    'SHELL SHLVL _ TERM COLORTERM COLUMNS LINES PS1 PROMPT_COMMAND EDITOR VISUAL PAGER',
  ],
  [
    'They make every shell, also those that tools start, run or read something of the pod.',
    'BASH_ENV ENV IFS',
  ],
  ['They load libraries of the pod into every program.', 'LD_* DYLD_* GCONV_PATH GLIBC_TUNABLES'],
  [
    "Node.js: options and folders that the local one may not know or have; editors' debuggers set them.",
    'NODE_OPTIONS NODE_PATH NODE_CHANNEL_FD NPM_CONFIG_*',
  ],
  [
    'Python: folders of the image; debugpy is imported through them.',
    'PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE PYTHONEXECUTABLE PYTHONPLATLIBDIR VIRTUAL_ENV CONDA_*',
  ],
  [
    'Java: agents, class paths and homes inside the image; every `java` reads them.',
    'JAVA_HOME JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH',
  ],
  [
    'Go: where it builds and what with.',
    'GOPATH GOROOT GOFLAGS GOBIN GOCACHE GOMODCACHE GOENV GOTOOLCHAIN GOOS GOARCH',
  ],
  [
    '.NET: runtimes, hooks and profilers inside the image.',
    'DOTNET_ROOT DOTNET_ROOT_* DOTNET_STARTUP_HOOKS CORECLR_ENABLE_PROFILING CORECLR_PROFILER* COR_*',
  ],
  [
    'Ruby, Perl and PHP: folders and options of the image.',
    'GEM_HOME GEM_PATH RUBYOPT RUBYLIB BUNDLE_PATH BUNDLE_GEMFILE BUNDLE_BIN PERL5LIB PERL5OPT PERLLIB PHPRC PHP_INI_SCAN_DIR',
  ],
  [
    "The desktop, the editor and the agents of the user's session.",
    'DISPLAY WAYLAND_DISPLAY XAUTHORITY XDG_* DBUS_SESSION_BUS_ADDRESS SSH_AUTH_SOCK SSH_AGENT_PID GPG_AGENT_INFO VSCODE_* ELECTRON_*',
  ],
  [
    'Windows: without its own nothing starts there.',
    'SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES* USERPROFILE HOMEDRIVE HOMEPATH PSMODULEPATH',
  ],
];

const patterns = ofThisMachine.flatMap(([, names]) => names.split(' '));
const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));

/** Whether a variable of the pod stays out of the local process's environment, unless the user wants it. */
export function staysInPod(name: string): boolean {
  // Windows, and npm everywhere, know no case here.
  const upper = name.toUpperCase();
  return exact.has(upper) || prefixes.some((prefix) => upper.startsWith(prefix));
}
