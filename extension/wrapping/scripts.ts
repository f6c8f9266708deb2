import type { Kind } from './kind.ts';

/** What the extension "xdebug.php-debug" adds. Source: vscode-php-debug, extension.ts. */
export const php: Kind = {
  types: ['php'],
  after: (given, { setting }) => {
    const starts = given.program !== undefined || given.runtimeArgs !== undefined;
    const named = ['php.debug.executablePath', 'php.validate.executablePath'].map(setting).find(isNamed);
    return {
      debug: { ...(starts && named !== undefined ? { runtimeExecutable: named } : {}), ...given },
    };
  },
};

/** What the extension "KoichiSasada.vscode-rdbg" adds. Source: vscode-rdbg, extension.ts. */
export const rdbg: Kind = {
  types: ['rdbg', 'ruby'],
  after: (given, { setting, folder }) => {
    const bundler = setting('rdbg.useBundler');
    return {
      debug: {
        ...(typeof bundler === 'boolean' ? { useBundler: bundler } : {}),
        ...(folder === undefined ? {} : { cwd: folder }),
        ...given,
      },
    };
  },
};

function isNamed(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
