import { quoted } from '../nearest.ts';

/** Variables; `null` unsets one. */
type Environment = Readonly<Record<string, string | null>>;

/** Variables as text, and the names that the format has no way to write, each left out. */
export interface Written {
  text: string;
  leftOut: string[];
}

/** A variable whose value a format cannot hold: writing it otherwise would be another value. */
export class UnwritableValue extends Error {}

/** How variables are written down, each format exact for whoever reads it. */
export const formats = {
  /** As Node.js reads it (`node --env-file`, `util.parseEnv`). */
  dotenv: (environment: Environment): Written => write(environment, /^[A-Za-z_][\w.-]*$/, dotenv),
  /** An object of texts. */
  json: (environment: Environment): Written => {
    const set = Object.entries(environment).filter(([, value]) => value !== null);
    return { text: `${JSON.stringify(Object.fromEntries(set), null, 2)}\n`, leftOut: [] };
  },
  /** For `eval` and `.` of sh, bash and zsh. */
  shell: (environment: Environment): Written => write(environment, /^[A-Za-z_]\w*$/, shell),
  /** For `Invoke-Expression`; ASCII alone, a statement a line, whatever encoding and line ends a pipe has. */
  powershell: (environment: Environment): Written => write(environment, /^[^{}`]+$/, powershell),
} as const;

export type Format = keyof typeof formats;

function write(
  environment: Environment,
  names: RegExp,
  line: (name: string, value: string | null) => string,
): Written {
  const entries = Object.entries(environment);
  const possible = entries.filter(([name]) => names.test(name));
  return {
    text: possible.map(([name, value]) => line(name, value)).join(''),
    leftOut: entries.filter(([name]) => !names.test(name)).map(([name]) => name),
  };
}

/** Everything between single quotes stands for itself. */
function shell(name: string, value: string | null): string {
  if (value === null) return `unset ${name}\n`;
  return `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`;
}

/**
 * Between single quotes and between backticks everything stands for itself, between double quotes all but `\n`;
 * none of the quotes can be escaped. Carriage returns are dropped wherever they are. Source: Node.js,
 * src/node_dotenv.cc.
 */
function dotenv(name: string, value: string | null): string {
  if (value === null) return ''; // A file of variables cannot take one away.
  if (/^[\w./:@%+,-]+$/.test(value)) return `${name}=${value}\n`;
  const possible = [
    value.includes("'") ? [] : ["'"],
    value.includes('"') || value.includes('\\n') ? [] : ['"'],
    value.includes('`') ? [] : ['`'],
  ].flat();
  const [quote] = value.includes('\r') ? [] : possible;
  if (quote === undefined) {
    const why = value.includes('\r') ? 'a carriage return' : `the quotes ${quoted(["'", '"', '`'])} together`;
    throw new UnwritableValue(
      `Cannot write the variable "${name}" as dotenv: its value has ${why}, which the format cannot hold. Choose "--format json", "shell" or "powershell".`,
    );
  }
  return `${name}=${quote}${value}${quote}\n`;
}

/** What is not plain goes between double quotes, by its number: see about_Quoting_Rules of PowerShell. */
function powershell(name: string, value: string | null): string {
  const variable = /^\w+$/.test(name) ? `env:${name}` : `{env:${name}}`;
  if (value === null)
    return `Remove-Item -ErrorAction Ignore -LiteralPath 'Env:${name.replaceAll("'", "''")}'\n`;
  if (/^[ -~]*$/.test(value)) return `$${variable} = '${value.replaceAll("'", "''")}'\n`;
  const escaped = value
    .replace(/[`"$]/g, '`$&')
    .replace(/[^ -~]/g, (unit) => `$([char]${unit.charCodeAt(0)})`);
  return `$${variable} = "${escaped}"\n`;
}
