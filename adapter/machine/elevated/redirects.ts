import { execa } from 'execa';
import { serviceRange } from '../services/addresses.ts';

/** Connections of this machine to `port` of a service's address arrive at port `to` of the same address. */
export interface Redirect {
  address: string;
  port: number;
  to: number;
}

/** Where iptables lives, also where a user's own PATH does not go there. */
const env = { PATH: '/usr/sbin:/sbin:/usr/bin:/bin:/run/current-system/sw/bin', LC_ALL: 'C' };
/** Another program may be changing the tables: waits up to 10 seconds for it. */
const wait = ['-w', '10'];

const chainOf = (session: string) => `LPK8S-${session}`;

/**
 * Makes `redirects` those of the session, all in one step; none: removes what it has, and is harmless when
 * it has nothing. They are rules of the system's packet filter (iptables, table nat, hook OUTPUT), in a chain
 * of the session's own that only connections to services' addresses enter. Connections of other sessions are not
 * touched; its own end at the latest when the table's last rule goes.
 * @throws an Error in iptables' own words: not installed, or not permitted, as in many containers.
 */
export async function writeRedirects(session: string, redirects: readonly Redirect[]): Promise<void> {
  const chain = chainOf(session);
  const rules = (await iptables('iptables', [...wait, '-t', 'nat', '-S'])).split('\n');
  const jumps = rules.filter((rule) => rule.startsWith('-A OUTPUT ') && rule.endsWith(` -j ${chain}`));
  const lines = jumps.map((jump) => jump.replace('-A', '-D'));
  // Declared, a chain is made, or emptied.
  if (redirects.length > 0) {
    lines.push(`:${chain} - [0:0]`);
    for (const { address, port, to } of redirects)
      lines.push(
        `-A ${chain} -d ${address}/32 -p tcp --dport ${port} -j DNAT --to-destination ${address}:${to}`,
      );
    // First of all: other rules for this machine's own addresses (node ports) must not have them before.
    lines.push(`-I OUTPUT -d ${serviceRange} -p tcp -j ${chain}`);
  } else if (rules.includes(`-N ${chain}`)) lines.push(`-F ${chain}`, `-X ${chain}`);
  if (lines.length === 0) return;
  const input = ['*nat', ...lines, 'COMMIT', ''].join('\n');
  await iptables('iptables-restore', [...wait, '--noflush'], input);
}

async function iptables(program: string, args: string[], input = ''): Promise<string> {
  const result = await execa(program, args, { env, input, reject: false });
  if (!result.failed) return result.stdout;
  const words = result.stderr.trim().replaceAll('\n', ' ');
  const reason = result.code === 'ENOENT' ? 'it is not installed' : words || result.shortMessage;
  throw new Error(`Cannot redirect ports with iptables: ${reason}`, { cause: result });
}
