//! Tells Zed how the debug adapter "localprocess-k8s" is started.

use zed_extension_api::{
    self as zed, serde_json::Value, DebugAdapterBinary, DebugTaskDefinition,
    StartDebuggingRequestArguments, StartDebuggingRequestArgumentsRequest as Request, Worktree,
};

const COMMAND: &str = "localprocess-k8s";

struct LocalProcess;

impl zed::Extension for LocalProcess {
    fn new() -> Self {
        LocalProcess
    }

    /// The program that the user's settings name (`dap.localprocess-k8s.binary`), or else the one on PATH.
    fn get_dap_binary(
        &mut self,
        adapter: String,
        task: DebugTaskDefinition,
        named_by_user: Option<String>,
        worktree: &Worktree,
    ) -> Result<DebugAdapterBinary, String> {
        let command = named_by_user.or_else(|| worktree.which(COMMAND)).ok_or(
            "Cannot start \"localprocess-k8s\": it is not on PATH. Install it, or name it in the settings, \
             in \"dap\" / \"localprocess-k8s\" / \"binary\".",
        )?;
        let configuration: Value =
            zed::serde_json::from_str(&task.config).map_err(|error| error.to_string())?;
        // Told which debugger it wraps, the adapter can say from the first answer on what that debugger can do.
        let arguments = match configuration["debug"]["type"].as_str() {
            Some(debugger) => vec!["--debugger".to_string(), debugger.to_string()],
            None => vec![],
        };
        Ok(DebugAdapterBinary {
            command: Some(command),
            arguments,
            envs: worktree.shell_env(),
            cwd: Some(worktree.root_path()),
            connection: None,
            request_args: StartDebuggingRequestArguments {
                request: self.dap_request_kind(adapter, configuration)?,
                configuration: task.config,
            },
        })
    }

    fn dap_request_kind(&mut self, _: String, configuration: Value) -> Result<Request, String> {
        match configuration["request"].as_str() {
            None | Some("launch") => Ok(Request::Launch),
            Some("attach") => Ok(Request::Attach),
            Some(other) => Err(format!(
                "\"request\" has to be \"launch\" or \"attach\", and is \"{other}\"."
            )),
        }
    }
}

zed::register_extension!(LocalProcess);
