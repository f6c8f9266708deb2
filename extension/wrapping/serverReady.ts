import type { Editor } from './editor.ts';
import { isObject, type Configuration } from './outer.ts';

/**
 * The configuration with a `serverReadyAction` that needs no folder: child sessions, which inherit it, have none in VS
 * Code. What it names is written out, so that its variables are filled in with ours. Source: VS Code, extension
 * debug-server-ready.
 */
export function withReadyAction(outer: Configuration, editor: Editor): Configuration {
  const { serverReadyAction: action } = outer;
  if (!isObject(action)) return outer;
  const { action: kind, name, config, webRoot } = action;
  if (kind === 'startDebugging' && typeof name === 'string' && config === undefined) {
    const found = editor.configuration(name);
    return found ? { ...outer, serverReadyAction: { ...action, config: found } } : outer;
  }
  const debugs = kind === 'debugWithChrome' || kind === 'debugWithEdge';
  return debugs && webRoot === undefined && editor.folder !== undefined
    ? { ...outer, serverReadyAction: { ...action, webRoot: editor.folder } }
    : outer;
}
