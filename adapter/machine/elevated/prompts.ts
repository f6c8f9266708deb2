/**
 * The command that asks for administrator rights on macOS and then starts `command` with them: osascript's
 * `do shell script … with administrator privileges`, which shows the system's own dialogue with `reason` in it.
 * It ends when the user has answered; what it started goes on in the background.
 */
export function osascriptPrompt(command: readonly string[], reason: string): string[] {
  const statement = `do shell script ${appleScriptText(background(command))} with prompt ${appleScriptText(reason)} with administrator privileges`;
  return ['/usr/bin/osascript', '-e', statement];
}

/** The same for who has the rights already: nothing asks. */
export function plainStart(command: readonly string[]): string[] {
  return ['/bin/sh', '-c', background(command)];
}

/** For sh(1). A script that does not end, or holds an output, would keep osascript waiting (Apple's Technical Note TN2065). */
function background(command: readonly string[]): string {
  return `${command.map(shellWord).join(' ')} </dev/null >/dev/null 2>&1 &`;
}

/**
 * The command that asks for administrator rights on Windows (User Account Control) and then starts `command`
 * with them, without a window: PowerShell's `Start-Process -Verb RunAs`. It ends when the user has answered, with
 * exit code 1 for a refusal. The script is sent encoded (`-EncodedCommand`: base64 of UTF-16): nothing in between
 * reads it.
 */
export function powerShellPrompt([program = '', ...args]: readonly string[]): string[] {
  const words = args.map(windowsWord).join(' ');
  const list = words === '' ? '' : ` -ArgumentList ${powerShellText(words)}`;
  const script = `$ErrorActionPreference = 'Stop'; Start-Process -Verb RunAs -WindowStyle Hidden -FilePath ${powerShellText(program)}${list}`;
  return [
    ...['powershell.exe', '-NoProfile', '-NonInteractive'],
    ...['-EncodedCommand', Buffer.from(script, 'utf16le').toString('base64')],
  ];
}

/** One word for sh(1): between single quotes everything stands for itself. */
export function shellWord(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A text in AppleScript: only `\` and `"` mean something else between double quotes. */
function appleScriptText(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A text in PowerShell: between single quotes only these mean something, and PowerShell takes typographic ones for them. */
function powerShellText(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}

/**
 * One word for a Windows command line, as CommandLineToArgvW takes it apart: backslashes mean something only
 * before a double quote, where each is doubled.
 */
export function windowsWord(word: string): string {
  if (word !== '' && !/[\s"]/.test(word)) return word;
  return `"${word.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}
