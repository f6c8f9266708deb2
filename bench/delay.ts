import net from 'node:net';

/** What the relay stands before, and how long each direction takes. */
export interface Delay {
  host: string;
  port: number;
  oneWayMs: number;
}

/** More than this on its way pauses the sender, in bytes: at 40 ms that is far above what this machine can send. */
const mostUnderWay = 64 * 1024 * 1024;

// A relay before the API server whose every byte arrives `oneWayMs` later, in order; otherwise nothing is slowed.
process.on('message', ({ host, port, oneWayMs }: Delay) => {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = net.connect({ host, port, allowHalfOpen: true, noDelay: true });
    delay(near, far, oneWayMs);
    delay(far, near, oneWayMs);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as net.AddressInfo).port));
});
process.on('disconnect', () => process.exit());

function delay(from: net.Socket, to: net.Socket, ms: number): void {
  /** `data` is due at `at`; without data it is the end. */
  const queue: { at: number; data?: Buffer }[] = [];
  let underWay = 0;
  let timer: NodeJS.Timeout | undefined;
  let blocked = false;
  const send = () => {
    timer = undefined;
    for (let next = queue[0]; next !== undefined && !blocked; next = queue[0]) {
      const wait = next.at - performance.now();
      if (wait > 0) {
        timer = setTimeout(send, wait);
        return;
      }
      queue.shift();
      if (next.data === undefined) to.end();
      else {
        underWay -= next.data.length;
        blocked = !to.write(next.data);
      }
    }
    if (from.isPaused() && underWay < mostUnderWay / 2) from.resume();
  };
  const put = (data?: Buffer) => {
    queue.push({ at: performance.now() + ms, ...(data && { data }) });
    if (timer === undefined && !blocked) send();
  };
  from.on('data', (data) => {
    underWay += data.length;
    if (underWay > mostUnderWay) from.pause();
    put(data);
  });
  from.on('end', () => put());
  to.on('drain', () => {
    blocked = false;
    send();
  });
  // What breaks off here breaks off there: a reset needs no delay to be one.
  from.on('error', () => to.resetAndDestroy());
  from.on('close', () => from.readableEnded || to.destroy());
}
