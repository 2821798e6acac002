// What every plugin does, whatever its vendor: shake hands, serve, end in time.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const cookieName = 'JCODE_PROVIDER_PLUGIN';
const cookie = '3f6b1f0e-2b0c-4c51-9d0d-5b8b6b1f7a57';
const protocols = [1];
const maxMessage = 256 << 20;

// main is the whole program.
function main(provider) {
  const [word] = process.argv.slice(2);
  const info = provider.info();
  if (word === '--version' || word === 'version') return say(`${info.name} ${info.version} (protocol ${protocols})`);
  if (word === 'describe' || word === '--describe') return say(JSON.stringify(describe(info)));
  if (process.env[cookieName] !== cookie || word !== undefined) {
    process.stderr.write(`jcode-provider-${info.name} is a provider plugin of jcode. It is not meant to be run by hand.\n\n  try: jcode run --plugin ${info.name}=${process.argv[1]} "Say hello"\n`);
    process.exitCode = 2;
    return;
  }
  const launch = takeEnvironment();
  const {log, setLevel} = require('./log.js');
  setLevel(launch.level);
  console.log = console.info = console.debug = (...words) => log('info', words.join(' ')); // standard output belongs to the handshake
  if (!launch.certificate) {
    process.stderr.write(`jcode-provider-${info.name}: the host offers no certificate, and this plugin speaks AutoMTLS only\n`);
    process.exitCode = 2;
    return;
  }
  watchHost(log);
  serve(provider, launch).catch((error) => {
    log('error', 'serve: ' + error.message);
    process.exit(1);
  });
}

function say(line) {
  process.stdout.write(line + '\n');
}

function describe(info) {
  return {
    name: info.name, display_name: info.display_name, version: info.version, protocol: protocols,
    capabilities: info.capabilities, login_methods: info.login_methods.map((method) => method.id),
    models: info.default_models.map((model) => model.id), experimental: false,
  };
}

// takeEnvironment reads what the host set and removes it, so that no program that the
// plugin starts sees it.
function takeEnvironment() {
  const env = process.env;
  const launch = {
    certificate: env.PLUGIN_CLIENT_CERT, folder: env.PLUGIN_UNIX_SOCKET_DIR, level: env.JCODE_PLUGIN_LOG_LEVEL,
    ports: [Number(env.PLUGIN_MIN_PORT || 10000), Number(env.PLUGIN_MAX_PORT || 25000)],
    versions: (env.PLUGIN_PROTOCOL_VERSIONS || '1').split(',').map(Number),
  };
  for (const name of Object.keys(env)) {
    if (name === cookieName || name.startsWith('PLUGIN_') || name.startsWith('JCODE_PLUGIN_')) delete env[name];
  }
  return launch;
}

// watchHost ends the plugin when the host has gone, which the end of standard input
// tells, or says so. SIGINT is not for a plugin.
function watchHost(log) {
  const end = (why) => {
    log('debug', 'ending: ' + why);
    process.exit(0); // what runs is cancelled with the process; there are no children
  };
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => end('SIGTERM'));
  const input = fs.fstatSync(0);
  if (!input.isFIFO() && !input.isSocket()) return; // a terminal or a file is no lifeline
  process.stdin.on('end', () => end('the host is gone'));
  process.stdin.on('error', () => end('the host is gone'));
  process.stdin.resume();
}

async function serve(provider, launch) {
  const grpc = require('@grpc/grpc-js');
  const messages = require('./messages.js');
  const own = require('./certificate.js').make();
  const server = new grpc.Server({
    'grpc.max_receive_message_length': maxMessage, 'grpc.max_send_message_length': maxMessage,
  });
  server.addService(messages.provider, require('./service.js').implementation(provider));
  server.addService(messages.health, {Check: (call, answer) => answer(null, {status: 'SERVING'})});
  server.addService(messages.stdio, {StreamStdio: () => {}}); // nothing to tell, and it stays open
  server.addService(messages.controller, {
    Shutdown: (call, answer) => {
      answer(null, {});
      setImmediate(() => process.exit(0));
    },
  });
  // The third argument demands the host's certificate and refuses every other one.
  const pair = {private_key: Buffer.from(own.key), cert_chain: Buffer.from(own.pem)};
  const credentials = grpc.ServerCredentials.createSsl(Buffer.from(launch.certificate), [pair], true);
  const [network, address] = await listen(server, credentials, launch);
  const certificate = own.der.toString('base64').replace(/=+$/, '');
  say(['1', version(launch.versions), network, address, 'grpc', certificate].join('|'));
}

// version is the highest that both sides speak, else our lowest: the host explains.
function version(theirs) {
  const common = protocols.filter((v) => theirs.includes(v));
  return common.length > 0 ? Math.max(...common) : Math.min(...protocols);
}

async function listen(server, credentials, launch) {
  const bind = (target) => new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
  if (process.platform !== 'win32') {
    const socket = path.join(launch.folder || '/tmp', 'plugin' + crypto.randomBytes(4).toString('hex'));
    await bind('unix:' + socket);
    return ['unix', socket];
  }
  for (let port = launch.ports[0]; ; port++) {
    try {
      await bind('127.0.0.1:' + port);
      return ['tcp', '127.0.0.1:' + port];
    } catch (error) {
      if (port >= launch.ports[1]) throw error;
    }
  }
}

module.exports = {main};
