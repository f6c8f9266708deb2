using Microsoft.VisualStudio.Shell.Interop;
using Microsoft.VisualStudio.Workspace;
using Microsoft.VisualStudio.Workspace.Debug;
using Microsoft.VisualStudio.Workspace.Extensions.VS.Debug;
using Newtonsoft.Json.Linq;

namespace LocalProcess.VisualStudio
{
    /// <summary>The type "localprocess-k8s" of launch.vs.json: the debug engine that localprocess-k8s.pkgdef registers.</summary>
    [ExportVsDebugLaunchTarget2("{DD9056EF-A15F-4277-B182-617B4B4C3330}", LaunchType.Name, ProviderPriority.Highest)]
    internal sealed class LaunchTarget : IVsDebugLaunchTargetProvider2
    {
        public void SetupDebugTargetInfo(ref VsDebugTargetInfo4 target, DebugLaunchActionContext context)
        {
            target.dlo = (uint)DEBUG_LAUNCH_OPERATION.DLO_CreateProcess;
            target.guidLaunchDebugEngine = new System.Guid("1526AFA1-524D-4C74-9796-898D673FE5E6");
            // The Debug Adapter Host takes its launch.json from here; what is Open Folder's own is none of the adapter's.
            var launch = JObject.FromObject(context.LaunchConfiguration);
            foreach (var own in new[] { "project", "projectTarget" }) launch.Remove(own);
            target.bstrOptions = launch.ToString();
            target.LaunchFlags = (uint)__VSDBGLAUNCHFLAGS.DBGLAUNCH_StopDebuggingOnEnd;
        }

        public void UpdateContext(DebugLaunchActionContext context) { }
    }

    /// <summary>Makes the type known, for the files that a configuration's "project" may name.</summary>
    [ExportLaunchConfigurationProvider(
        "{65A57DD6-F7BF-4BE3-9B66-27C3872A87AE}", new[] { ".js", ".ts", ".py", ".go", ".rb" }, Name)]
    internal sealed class LaunchType : ILaunchConfigurationProvider
    {
        internal const string Name = "localprocess-k8s";

        public bool IsDebugLaunchActionSupported(DebugLaunchActionContext context) => true;

        public void CustomizeLaunchConfiguration(DebugLaunchActionContext context, IPropertySettings settings) { }
    }
}
