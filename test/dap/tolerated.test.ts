import { expect, test } from '@jest/globals';
import { Message } from '../../adapter/dap/message.ts';
import { takesChildSessions, tolerated } from '../../adapter/dap/tolerated.ts';

const event = (name: string, body?: object) =>
  Message.of({ type: 'event', event: name, ...(body && { body }) });

test.each(['vscode', undefined, 'zed'])('%p is given every event as it is', (client) => {
  for (const one of [event('debugpySockets', {}), event('terminated', { restart: false }), event('stopped')])
    expect(tolerated(one, client)).toBe(one);
});

test('Helix is given no event that it does not know', () => {
  expect(tolerated(event('debugpySockets', {}), 'hx')).toBeUndefined();
  expect(tolerated(event('progressStart', {}), 'hx')).toBeUndefined();
  const known = event('output', { output: 'a' });
  expect(tolerated(known, 'hx')).toBe(known);
});

test('Helix is not told that nothing is to begin again', () => {
  const told = tolerated(event('terminated', { restart: false }), 'hx');
  expect(told?.read('terminated').body).toEqual({});
  for (const body of [undefined, {}, { restart: true }, { restart: { port: 1 } }]) {
    const one = event('terminated', body);
    expect(tolerated(one, 'hx')).toBe(one);
  }
});

test.each([
  { clientID: 'vscode', supportsStartDebuggingRequest: true, takes: true },
  { clientID: 'vscode', takes: false },
  { supportsStartDebuggingRequest: true, takes: true },
  { clientID: 'dape', supportsStartDebuggingRequest: true, takes: false },
])('further sessions: %p', ({ takes, ...said }) => {
  expect(takesChildSessions({ adapterID: 'a', ...said })).toBe(takes);
});
