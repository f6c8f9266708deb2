import { promises as dns } from 'node:dns';
import { systemCode } from '../../errors.ts';

/** What is asked for a name's addresses; Node.js's own one asks the system's DNS servers, not the hosts file. */
export type Resolver = Pick<dns.Resolver, 'resolve4' | 'resolve6'>;

/** Milliseconds that an answer may take; who says nothing in time has no such name. */
const patience = 1000;

/** Which names mean something outside the cluster: each is asked for once, all at once. */
export class PublicNames {
  readonly #resolver: Resolver;
  readonly #answers = new Map<string, Promise<boolean>>();

  constructor(resolver: Resolver = new dns.Resolver({ timeout: patience, tries: 1 })) {
    this.#resolver = resolver;
  }

  /** Those of `names` that resolve. Never rejects. */
  async among(names: readonly string[]): Promise<Set<string>> {
    const answers = names.map((name) => {
      const answer = this.#answers.get(name) ?? this.#resolves(name);
      this.#answers.set(name, answer);
      return answer;
    });
    const resolved = await Promise.all(answers);
    return new Set(names.filter((_, index) => resolved[index]));
  }

  async #resolves(name: string): Promise<boolean> {
    try {
      return (await this.#resolver.resolve4(name)).length > 0;
    } catch (error) {
      if (systemCode(error) !== 'ENODATA') return false;
    }
    return this.#resolver.resolve6(name).then(
      (addresses) => addresses.length > 0,
      () => false,
    );
  }
}
