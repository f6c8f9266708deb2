// Makes requests inside the cluster: one JSON object a line in, one out, each request on a connection of its own.
const http = require('node:http');
const { createInterface } = require('node:readline');
const { clearTimeout, setTimeout } = require('node:timers');

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, url, method = 'GET', headers = {}, body, timeoutMs = 60_000 } = JSON.parse(line);
    const tell = (result) => process.stdout.write(`${JSON.stringify({ id, ...result })}\n`);
    const request = http.request(url, { agent: false, method, headers }, (reply) => {
      const chunks = [];
      reply.on('data', (chunk) => chunks.push(chunk));
      reply.on('end', () =>
        done({
          status: reply.statusCode,
          headers: reply.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
      reply.on('error', (error) => done({ error: `in the answer: ${error.message}` }));
    });
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const done = (result) => {
      clearTimeout(timer);
      tell(result);
    };
    request.on('error', (error) => done({ error: error.message }));
    request.end(body);
  })
  .on('close', () => process.exit(0));
