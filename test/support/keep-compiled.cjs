// Preloaded into each Node-RED of the tests: most of them end by kill -9, and then Node.js keeps nothing of what it
// has compiled. Written is only what is new.
const { flushCompileCache } = require('node:module');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) for (const ms of [2000, 4000, 8000]) setTimeout(flushCompileCache, ms).unref();
