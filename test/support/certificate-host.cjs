// Preloaded into a Node-RED of a test: the hosts of senders' certificates are a local server. Everything
// else is real: the list of allowed hosts, TLS with the host's name, the roots (NODE_EXTRA_CA_CERTS).
const tls = require('node:tls');
const { Agent, setGlobalDispatcher } = require('undici');

const port = Number(process.env.CERTIFICATE_HOST_PORT);
const connect = ({ hostname, servername }, callback) => {
  const socket = tls.connect({ host: '127.0.0.1', port, servername: servername || hostname });
  socket.once('secureConnect', () => callback(null, socket));
  socket.once('error', (error) => callback(error, null));
};
setGlobalDispatcher(new Agent({ connect }));
