import { connect, type Socket } from 'node:net';

/** A connection that is kept: each look at what came back on it is from its beginning. */
export function kept(port: number): {
  socket: Socket;
  text: () => string;
  isClosed: () => boolean;
} {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let text = '';
  let isClosed = false;
  socket.on('data', (chunk) => (text += String(chunk)));
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  return { socket, text: () => text, isClosed: () => isClosed };
}

/** Sends bytes as they are; what comes back until the server closes, or says `enough`. */
export async function raw(port: number, bytes: string, enough = /$^/): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', () => undefined);
  socket.write(bytes);
  for await (const chunk of socket) {
    text += chunk as string;
    if (enough.test(text)) break;
  }
  socket.destroy();
  return text;
}
