// What is asked in the cluster: GET / is small, GET /?bytes=N gives N bytes, POST counts what it gets.
const http = require('node:http');

const chunk = Buffer.alloc(256 * 1024, 'x');

const server = http.createServer((request, response) => {
  if (request.method === 'POST') {
    let received = 0;
    request.on('data', (data) => (received += data.length));
    request.on('end', () => response.end(String(received)));
    return;
  }
  const bytes = Number(new URL(request.url, 'http://bench').searchParams.get('bytes') || 3);
  response.setHeader('content-length', bytes);
  if (bytes === 3) response.end('ok\n');
  else send(response, bytes);
});

/** No faster than it is taken. */
function send(response, bytes) {
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const data = left < chunk.length ? chunk.subarray(0, left) : chunk;
      left -= data.length;
      if (!response.write(data) && left > 0) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

server.keepAliveTimeout = 600_000;
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
