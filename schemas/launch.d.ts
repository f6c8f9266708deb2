// Generated from launch.schema.json by scripts/generate.mjs. Do not edit.

/**
 * A localprocess-k8s launch configuration: which pod to stand in for, and the debug configuration to run in its place.
 */
export interface LaunchArguments {
  /**
   * What to replace: `service/NAME`, `deployment/NAME`, `replicaset/NAME` or `pod/NAME`. A bare name is a service. It names a pod: what is redirected is the traffic of the pods behind it.
   */
  target: string;
  /**
   * The namespace of the target. Default: the one of the kubeconfig's context.
   */
  namespace?: string;
  /**
   * The kubeconfig context to use. Default: the current one.
   */
  context?: string;
  /**
   * Path of the kubeconfig file. Default: what kubectl uses, `KUBECONFIG` or `~/.kube/config`.
   */
  kubeconfig?: string;
  /**
   * How long the API server may take to answer a request.
   */
  connectTimeoutSeconds?: number;
  /**
   * The container to replace, in a pod that has several. Default: the one the service's port belongs to, else the first that is not a known sidecar.
   */
  container?: string;
  /**
   * `LOCAL:REMOTE`, as kubectl port-forward writes it: the port the local process listens on, and the container's port, a number or a name. Default: each port of the container, on the same number here.
   */
  ports?: string[];
  /**
   * What to do about a process that has a local port already: `ask` (the editor asks, with the process's name, id and command; where nobody can be asked it is an error that says all that), `stop` (end it, politely first, and the service that would start it again), `fail`.
   */
  portConflict?: 'ask' | 'stop' | 'fail';
  /**
   * Your own debug configuration, for your own debugger, as it would stand in launch.json without this adapter.
   */
  debug: {
    /**
     * The debugger's own type, as in launch.json.
     */
    type: string;
    /**
     * Whether the debugger starts the process or attaches to one.
     */
    request?: 'launch' | 'attach';
    [k: string]: unknown;
  };
  /**
   * The debug adapter that serves `debug`: a command to start, or an address to dial. Default: found by `debug.type` for pwa-node, node, pwa-chrome, chrome, debugpy, python, go, lldb, lldb-dap, lldb-vscode, gdb, cppdbg, coreclr, php, rdbg, ruby and perl; java needs it.
   */
  debugAdapter?: DebugAdapterCommand | DebugAdapterAddress;
  /**
   * Variables for the local process; they win over the cluster's, and `debug.env` wins over them. `null` removes one.
   */
  env?: {
    [k: string]: string | null;
  };
  /**
   * Which of the pod's variables the local process gets.
   */
  environment?: {
    /**
     * Names, with `*` and `?`: only these of the pod's variables. Default: all.
     */
    include?: string[];
    /**
     * Names, with `*` and `?`: none of these of the pod's variables; wins over `include`.
     */
    exclude?: string[];
    /**
     * Names that the local process does not have at all, also not from this machine.
     */
    unset?: string[];
    /**
     * Leave out the variables that would break local tools (`PATH`, `HOME`, `NODE_OPTIONS`, `LD_*`, …; the list is under "Variables that stay in the pod").
     */
    builtInExclusions?: boolean;
  };
  /**
   * Path of a `KubernetesLocalProcessConfig.yaml`. Default: the file of that name in the working folder, if there is one.
   */
  configurationFile?: string;
  /**
   * The pod's volumes, copied to this machine.
   */
  volumes?: {
    /**
     * Names of volumes or mount paths, with `*` and `?`: only these. Default: all.
     */
    include?: string[];
    /**
     * Names of volumes or mount paths, with `*` and `?`: none of these; wins over `include`.
     */
    exclude?: string[];
    /**
     * How much is copied at the most, all volumes together, in bytes or with `Ki`, `Mi` or `Gi`.
     */
    maxSize?: string;
    /**
     * Where the local process finds them: `folder`, a folder of the session, named by `LOCALPROCESS_VOLUME_NAME` for each; `realPaths`, also at the paths they have in the pod, which only the local process sees (Linux).
     */
    at?: 'folder' | 'realPaths';
  };
  /**
   * Which services are reached from here: `NAME`, or `NAMESPACE/NAME` for those of other namespaces; `*` and `?` in names. Default: all of the target's namespace.
   */
  services?: string[];
  /**
   * `HOST:PORT[,PORT]`: hosts that only the cluster knows or reaches; they get the same name here.
   */
  externalEndpoints?: string[];
  /**
   * Ports of the pod's own localhost that 127.0.0.1 has here: `PORT` or `LOCAL:REMOTE` adds one, `!PORT` leaves one out, `!*` all. Default: the declared ports of the pod's other containers.
   */
  podPorts?: string[];
  /**
   * Where the names of services are written: `system`, the hosts file of this machine; `private`, one that only the local process sees (Linux), which needs no administrator rights for services on ports from 1024 up.
   */
  hosts?: 'system' | 'private';
  /**
   * Reach services through `NAME_SERVICE_HOST` and `NAME_SERVICE_PORT` only: no hosts file, no administrator rights.
   */
  useKubernetesServiceEnvironmentVariables?: boolean;
  /**
   * The agent that stands in for the container.
   */
  agent?: {
    /**
     * An image with Node.js 20 or newer; the agent's program itself is sent along.
     */
    image?: string;
    /**
     * As in a pod's specification.
     */
    imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
    /**
     * How long the agent may take to start, pulling its image included.
     */
    startupTimeoutSeconds?: number;
    /**
     * How long the agent waits for this machine before it gives the traffic back by itself.
     */
    restoreAfterSeconds?: number;
    /**
     * How long connections that are still busy may last after the session ended.
     */
    drainSeconds?: number;
    /**
     * How long the original may take to be ready again before the agent goes anyway.
     */
    leaveSeconds?: number;
    /**
     * How long a connection waits for a local process that is not listening, or a tunnel that is being rebuilt, before it is refused.
     */
    holdSeconds?: number;
  };
  /**
   * Path of the session's diagnostic log. Default: a file in the system's temporary folder.
   */
  log?: string;
  /**
   * Write every message between editor, adapter and debugger to the log; values of variables are hidden.
   */
  trace?: boolean;
}
export interface DebugAdapterCommand {
  /**
   * The program; it speaks DAP on its standard input and output.
   */
  command: string;
  /**
   * Its arguments.
   */
  args?: string[];
  /**
   * Variables added to its environment.
   */
  env?: {
    [k: string]: string;
  };
  /**
   * Its working folder.
   */
  cwd?: string;
}
export interface DebugAdapterAddress {
  /**
   * Where it listens.
   */
  host?: string;
  /**
   * The TCP port.
   */
  port: number;
}
