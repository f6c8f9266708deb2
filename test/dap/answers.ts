import { expect } from '@jest/globals';
import type { DapClient } from './client.ts';

/** Every request of the client has had one answer, and nothing was answered that was not asked. */
export function expectOneAnswerEach({ log }: DapClient): void {
  const sent = log.filter(({ direction, message }) => direction === 'out' && message.type === 'request');
  const answers = log.filter(({ direction, message }) => direction === 'in' && message.type === 'response');
  for (const { message } of sent) {
    const own = answers.filter((answer) => answer.message.request_seq === message.seq);
    expect([message.command, own.length]).toEqual([message.command, 1]);
  }
  expect(answers).toHaveLength(sent.length);
}
