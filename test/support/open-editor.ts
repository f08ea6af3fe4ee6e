import type { NodeRedProcess } from './node-red-process';

/** An open editor, as far as it hears of a topic: all that it was told, also what was kept for it. */
export async function editorAt(
  nodeRed: NodeRedProcess,
  topic: string,
): Promise<{ heard(): string; end(): void }> {
  const socket = new WebSocket(nodeRed.url('/comms').replace('http', 'ws'));
  let heard = '';
  socket.addEventListener('message', ({ data }) => (heard += String(data)));
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  socket.send(JSON.stringify({ subscribe: topic }));
  return { heard: () => heard, end: () => socket.close() };
}
