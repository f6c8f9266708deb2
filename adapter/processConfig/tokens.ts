import { isIP } from 'node:net';
import { isMappableName } from '../machine/services/hostnames.ts';
import { didYouMean } from '../nearest.ts';

/** A part of a value: text as it is, or a token that stands for something of this machine. */
export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'service'; text: string; name: string; namespace: string | undefined; ports: number[] }
  | { kind: 'volume'; text: string; name: string }
  | { kind: 'endpoint'; text: string; host: string; ports: number[] };

export type Token = Exclude<Part, { kind: 'text' }>;

const kinds = ['services', 'volumeMounts', 'externalEndpoints'];

/**
 * The parts of a value with tokens as Bridge to Kubernetes has them: `$(services:NAME[.NAMESPACE][:PORT,…])`,
 * `$(volumeMounts:NAME)`, `$(externalEndpoints:HOST:PORT,…)`; the words before the colon in any case. A `$` that
 * no parenthesis follows is text. `fault` makes an error of a token and what is wrong with it.
 */
export function parseValue(value: string, fault: (token: string, words: string) => Error): Part[] {
  const parts: Part[] = [];
  let rest = value;
  for (let start = rest.indexOf('$('); start !== -1; start = rest.indexOf('$(')) {
    const end = rest.indexOf(')', start);
    if (end === -1) throw fault(rest.slice(start), `"${rest.slice(start)}" has no end: a ")" is missing.`);
    if (start > 0) parts.push({ kind: 'text', text: rest.slice(0, start) });
    parts.push(parseToken(rest.slice(start, end + 1), fault));
    rest = rest.slice(end + 1);
  }
  if (rest !== '' || parts.length === 0) parts.push({ kind: 'text', text: rest });
  return parts;
}

function parseToken(text: string, fault: (token: string, words: string) => Error): Token {
  const [word = '', ...rest] = text.slice(2, -1).split(':');
  const wrong = (words: string) => fault(text, `"${text}" ${words}`);
  const kind = kinds.find((known) => known.toLowerCase() === word.toLowerCase());
  const [name = '', ports] = rest;
  switch (kind) {
    case 'services': {
      const [service = '', namespace, ...more] = name.split('.');
      if (rest.length > 2 || more.length > 0 || [service, namespace ?? 'x'].some((each) => !isLabel(each)))
        throw wrong(
          'names no service: write $(services:NAME), and where needed .NAMESPACE and :PORT after the name.',
        );
      const wanted = ports === undefined ? [] : portsIn(ports, wrong);
      return { kind: 'service', text, name: service, namespace, ports: wanted };
    }
    case 'volumeMounts':
      if (rest.length !== 1 || !/^[a-z0-9*?-]+$/.test(name))
        throw wrong('names no volume: write $(volumeMounts:NAME), with "*" for any letters.');
      return { kind: 'volume', text, name };
    case 'externalEndpoints':
      if (rest.length !== 2 || ports === undefined || !/^[A-Za-z0-9.-]+$/.test(name))
        throw wrong('names no host and port: write $(externalEndpoints:HOST:PORT).');
      if (isIP(name) !== 0 || !isMappableName(name.toLowerCase()))
        throw wrong(
          'names no host that can lead to the cluster: only names can, not addresses, not "localhost".',
        );
      return { kind: 'endpoint', text, host: name, ports: portsIn(ports, wrong) };
    default:
      throw wrong(
        `is an unknown token${didYouMean(word, kinds)} There are $(services:…), $(volumeMounts:…) and $(externalEndpoints:…).`,
      );
  }
}

function isLabel(name: string): boolean {
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name);
}

function portsIn(text: string, wrong: (words: string) => Error): number[] {
  const ports = text.split(/[, ]+/).filter((each) => each !== '');
  if (
    ports.length === 0 ||
    ports.some((each) => !/^\d{1,5}$/.test(each) || Number(each) < 1 || Number(each) > 65_535)
  )
    throw wrong(
      `has no port, or one that is none, in "${text}": write numbers from 1 to 65535, with commas between.`,
    );
  return ports.map(Number);
}
