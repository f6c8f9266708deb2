// A small debug adapter on standard input and output. It makes each answer anew, as real ones do.

const threads = { threads: [{ id: 1, name: 'main' }] };
const separator = '\r\n\r\n';
let seq = 0;
let held: Buffer = Buffer.alloc(0);

interface Request {
  seq: number;
  command: string;
  arguments?: { expression?: string };
}

process.stdin.on('data', (chunk: Buffer) => {
  held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
  for (;;) {
    const end = held.indexOf(separator);
    if (end < 0) return;
    const from = end + separator.length;
    const to = from + Number(/\d+/.exec(held.toString('latin1', 0, end))?.[0]);
    if (held.length < to) return;
    answer(JSON.parse(held.toString('utf8', from, to)) as Request);
    held = held.subarray(to);
  }
});
process.stdin.once('end', () => process.exit());

function answer(request: Request): void {
  const { command } = request;
  const respond = (body: unknown) =>
    write({ seq: ++seq, type: 'response', request_seq: request.seq, success: true, command, body });
  const number = Number(request.arguments?.expression);
  switch (command) {
    case 'threads':
      respond(threads);
      break;
    case 'evaluate':
      respond({ result: text(number), variablesReference: 0 });
      break;
    case 'flood':
      void flood(number).then(respond);
      break;
    default:
      respond({});
  }
}

/** A text of `bytes`, of lines as a program's own are. */
function text(bytes: number): string {
  const line = 'a line of what "somebody" once printed, and nothing more than that\n';
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);
}

/** So many events, as fast as they are taken. */
async function flood(count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    const body = { category: 'stdout', output: `line ${left}\n` };
    if (!write({ seq: ++seq, type: 'event', event: 'output', body }))
      await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

function write(message: object): boolean {
  const body = JSON.stringify(message);
  return process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}${separator}${body}`);
}
