import type { Http2Session } from 'node:http2';
import { listenForControl } from './control.ts';
import { heartbeat } from './heartbeat.ts';
import { serveOutward } from './outward.ts';
import { pingSeconds, type AgentConfig, type Refusal } from './protocol.ts';
import { Redirect } from './redirect.ts';

/** The pod's log: what happened when, nothing about anybody's data. */
function say(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
}

// Whoever makes the pod is this program's other half: the configuration is what `AgentConfig` says.
const config = JSON.parse(Buffer.from(process.argv.at(-1) ?? '', 'base64').toString()) as AgentConfig;

const redirect = new Redirect(config);
let draining = false;

// Nobody is there any more: ending gives the cluster its original back. There is no event for silence.
const silence = setTimeout(() => {
  if (draining) return;
  say(`nothing heard for ${config.restoreAfterSeconds} seconds: ending`);
  process.exit(config.exitCode);
}, config.restoreAfterSeconds * 1000);

function listenTo(session: Http2Session, role: string): void {
  say(`${role} session begins`);
  session.once('close', () => say(`${role} session ends`));
  silence.refresh();
  session.on('ping', () => silence.refresh());
  heartbeat(session, {
    everySeconds: Math.min(pingSeconds, config.restoreAfterSeconds / 4),
    heard: () => void silence.refresh(),
  });
}

const control = listenForControl(config, {
  outward(session) {
    listenTo(session, 'outward');
    serveOutward(session, redirect);
  },
  inward(session) {
    listenTo(session, 'inward');
    const previous = redirect.sendTo(session);
    if (!previous) return;
    previous.goaway(0, 0, Buffer.from('replaced' satisfies Refusal));
    previous.destroy();
  },
});
control.on('listening', () => say('waiting for the adapter'));
control.on('error', (error) => {
  say(`cannot listen for the adapter: ${error.message}`);
  process.exit(1);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (draining) return;
    draining = true;
    say('told to end: draining');
    void redirect.drain().then(() => {
      say('ended');
      process.exit(0);
    });
  });
}
