// The shop's front: asks "prices" what an item costs and counts its visits in Redis.
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');

const port = Number(process.env.PORT || 3000);
const answeredBy = process.env.ANSWERED_BY || os.hostname();
let stopping = false;

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://web');
  // Clients that keep their connections open move on before this process ends.
  if (stopping) response.setHeader('connection', 'close');
  try {
    if (url.pathname === '/healthz') response.end('ok\n');
    else if (url.pathname === '/who') response.end(answeredBy);
    else if (url.pathname === '/echo') request.pipe(response);
    else if (url.pathname === '/slow')
      setTimeout(() => response.end(answeredBy), Number(url.searchParams.get('ms')));
    else await answerItem(url.searchParams.get('item') || 'apple', response);
  } catch (error) {
    response.statusCode = 502;
    response.end(JSON.stringify({ service: 'web', answeredBy, error: (error.cause ?? error).message }));
  }
});

async function answerItem(item, response) {
  const greeting = process.env.GREETING;
  const apiKey = process.env.API_KEY;
  const [price, visits] = await Promise.all([getJson(`http://prices:5000/?item=${item}`), count('web')]);
  const answer = {
    service: 'web',
    answeredBy,
    greeting,
    currency: mounted('/etc/shop/currency'),
    keySeal: seal(apiKey),
    keyFileSeal: seal(mounted('/etc/keys/api-key')),
    item,
    visits,
    price,
  };
  response.setHeader('content-type', 'application/json'); // breakpoint: `item`, `visits` and `price` are known
  response.end(JSON.stringify(answer));
}

async function getJson(url) {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text);
}

/** One more visit of a service, by Redis. */
function count(name) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(6379, 'redis', () => socket.write(`INCR visits:${name}\r\n`));
    socket.once('data', (reply) => {
      socket.end();
      resolve(Number(reply.toString().slice(1)));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('Redis closed the connection without an answer.')));
  });
}

/** The text of a mounted file; nothing where it is not mounted. */
function mounted(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Shows which key is in use without showing the key. */
function seal(key) {
  return key && createHash('sha256').update(key).digest('hex').slice(0, 12);
}

// As a good citizen: Services go on routing here for a moment after SIGTERM.
process.on('SIGTERM', () => {
  stopping = true;
  setTimeout(() => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  }, 3000);
});

server.keepAliveTimeout = 60_000;
server.listen(port, () => console.log(`web listens on ${port}`));
