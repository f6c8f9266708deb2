// The shop's front: asks "prices" what an item costs and counts its visits in Redis.
const http = require('node:http');
const net = require('node:net');

const port = Number(process.env.PORT || 3000);
const answeredBy = process.env.ANSWERED_BY || process.env.HOSTNAME;
let stopping = false;

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://web');
  if (stopping) response.setHeader('connection', 'close');
  try {
    if (url.pathname === '/healthz') return void response.end('ok\n');
    if (url.pathname === '/echo') return void request.pipe(response);
    if (url.pathname === '/who') return void response.end(answeredBy);
    await answerItem(url.searchParams.get('item') || 'apple', response);
  } catch (error) {
    response.statusCode = 502;
    response.end(JSON.stringify({ service: 'web', answeredBy, error: error.message }));
  }
});

async function answerItem(item, response) {
  const greeting = process.env.GREETING || 'hello';
  const [price, visits] = await Promise.all([getJson(`http://prices:5000/?item=${item}`), count('web')]);
  const answer = { service: 'web', answeredBy, greeting, item, visits, price };
  response.setHeader('content-type', 'application/json'); // breakpoint: `item`, `visits` and `price` are known
  response.end(JSON.stringify(answer));
}

function getJson(url) {
  return new Promise((resolve, reject) => {
    http
      .get(url, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => (response.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text))));
      })
      .on('error', reject);
  });
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
  });
}

// The way of a good citizen: Services go on routing here for a moment after SIGTERM.
process.on('SIGTERM', () => {
  stopping = true;
  setTimeout(() => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  }, 3000);
});

server.keepAliveTimeout = 60_000;
server.listen(port, () => console.log(`web listens on ${port}`));
