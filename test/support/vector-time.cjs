// Preloaded into a Node-RED of a test: a request that says what time it is has it. Recorded requests
// were signed long ago.
const { Server } = require('node:http');

const realNow = Date.now;
let nowMs = null;
Date.now = () => nowMs ?? realNow();

const emit = Server.prototype.emit;
Server.prototype.emit = function (event, request, ...rest) {
  const seconds = event === 'request' ? request.headers['x-test-now'] : undefined;
  if (seconds !== undefined) nowMs = Number(seconds) * 1000;
  return emit.call(this, event, request, ...rest);
};
