import { relative } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { breakpointLine, F5, root, services } from '../test/real/support/f5.ts';
import { InsidePod } from '../test/real/support/insidePod.ts';
import { kubeconfig } from '../test/real/support/kubectl.ts';
import { Namespace } from '../test/real/support/namespace.ts';

// The main job as a story in the terminal: what `npm run demo:real` prints, and the README shows.

const began = performance.now();

function tell(text: string): void {
  const at = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
  process.stdout.write(text.replaceAll(/^/gm, `${at} s  `) + '\n');
}

const url = 'http://web/?item=pear';
const service = services.node;
const line = breakpointLine(service.file);

tell('Deploying samples/shop: web (Node.js) → prices (Python) → stock (Go), and Redis.');
await using shop = await Namespace.create('demo');
await using inside = await InsidePod.start(shop);
tell(`A pod in the cluster asks ${url}: answered by ${await answeredBy()}.`);

tell(`F5 on ${relative(root, service.file)}, breakpoint in line ${line}:`);
{
  await using f5 = await F5.start({ kubeconfig, namespace: shop.name, service });
  f5.client.onOutput((text, category) => {
    if (category !== 'telemetry') tell(`    ${text.trimEnd()}`);
  });
  await f5.configure(service.file, [line]);
  await f5.joined();
  await shop.originalsGone(service.target);

  tell(`The pod asks ${url} again …`);
  const asked = inside.request(url);
  const stopped = await f5.client.waitForEvent('stopped');
  const threadId = Number(stopped.body?.threadId);
  const frame = await topFrame(f5, threadId);
  tell(
    `… and stops on the breakpoint: ${frame.name}, ${relative(root, frame.source?.path ?? '')}:${frame.line}`,
  );
  for (const expression of ['item', 'visits', 'price.stock.left', 'process.env.GREETING']) {
    const { result } = await f5.client.body('evaluate', { expression, frameId: frame.id, context: 'watch' });
    tell(`    ${expression} = ${String(result)}`);
  }
  const secret = await f5.client.body('evaluate', {
    expression: 'process.env.API_KEY.length',
    frameId: frame.id,
    context: 'watch',
  });
  tell(`    process.env.API_KEY: ${String(secret.result)} characters, from the Secret`);
  await f5.client.body('continue', { threadId });
  tell(`Continue. The pod gets: ${(await asked).body.slice(0, 96)}…`);
  tell('Stop.');
  await f5.stop();
}
await shop.kubectl('wait', '--for=delete', 'pod', '--selector', 'localprocess-k8s/session', '--timeout=60s');
await shop.available();
tell(`The pod asks once more: answered by ${await answeredBy()}. All is as it was.`);

async function answeredBy(): Promise<string> {
  const { body } = await inside.request(url);
  return (JSON.parse(body) as { answeredBy: string }).answeredBy;
}

async function topFrame(f5: F5, threadId: number): Promise<DebugProtocol.StackFrame> {
  const body = await f5.client.body('stackTrace', { threadId });
  const [frame] = (body as DebugProtocol.StackTraceResponse['body']).stackFrames;
  if (frame === undefined) throw new Error('The debugger shows no frame.');
  return frame;
}
