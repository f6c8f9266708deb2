// Makes requests at an exact pace inside the cluster, without waiting for answers. One JSON record a line for
// every request, then {"sent": N}. Any input, or its end, stops it; requests under way are waited for.
const http = require('node:http');
const { clearInterval, clearTimeout, setInterval, setTimeout } = require('node:timers');

const { url, perSecond, keepAlive, timeoutMs = 15_000 } = JSON.parse(process.argv[1]);
const agent = keepAlive ? new http.Agent({ keepAlive: true }) : false;
const began = performance.now();
let sent = 0;
let open = 0;
let stopped = false;

function one() {
  const at = Date.now();
  const from = performance.now();
  let told = false;
  sent++;
  open++;
  const done = (result) => {
    if (told) return;
    told = true;
    open--;
    clearTimeout(timer);
    const took = Math.round((performance.now() - from) * 10) / 10;
    const reused = request.reusedSocket || undefined;
    process.stdout.write(`${JSON.stringify({ at, took, reused, ...result })}\n`);
    if (stopped && open === 0) end();
  };
  const request = http.get(url, { agent }, (reply) => {
    let text = '';
    reply.setEncoding('utf8');
    reply.on('data', (chunk) => (text += chunk));
    reply.on('error', (error) => done({ error: `in the answer: ${error.message}` }));
    reply.on('end', () =>
      done(
        reply.statusCode === 200
          ? { answeredBy: answererOf(text) }
          : { error: `status ${reply.statusCode}: ${text}` },
      ),
    );
  });
  request.on('error', (error) => done({ error: error.message }));
  const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
}

/** Services say who they are in JSON, or as the whole text. */
function answererOf(text) {
  return text.startsWith('{') ? JSON.parse(text).answeredBy : text;
}

// Shorter than the pace: a tick that comes late makes up for what it missed.
const pace = setInterval(() => {
  const due = Math.floor(((performance.now() - began) / 1000) * perSecond) + 1;
  while (sent < due) one();
}, 2);

function stop() {
  if (stopped) return;
  stopped = true;
  clearInterval(pace);
  if (open === 0) end();
}

function end() {
  process.stdout.write(`${JSON.stringify({ sent })}\n`, () => process.exit(0));
}

process.stdin.on('data', stop).on('end', stop);
