// The calls of jcode.provider.v1.ProviderService, from gRPC's to plain functions.
'use strict';

const fs = require('node:fs');
const {ProviderError, statusOf, cancelled} = require('./errors.js');
const {log} = require('./log.js');

const silence = 13e3; // a keepalive comes after so many milliseconds, looked at every second

// unary makes a handler of a function that returns, or promises, the answer.
function unary(work) {
  return async (call, answer) => {
    try {
      answer(null, await work(call.request));
    } catch (error) {
      answer(failed(error));
    }
  };
}

function failed(error) {
  if (!(error instanceof ProviderError)) log('error', 'panic', {stack: String(error.stack)});
  return statusOf(error);
}

// configure tries the paths of the host's probe before anything else: what comes of it
// is what the user is shown of the sandbox.
function configure(provider, request) {
  const probe = (request.probe_paths || []).map((path) => {
    try {
      fs.closeSync(fs.openSync(path, 'r'));
      return {path, readable: true};
    } catch (error) {
      return {path, readable: false, error: error.code || error.message};
    }
  });
  provider.configure(request);
  return {probe};
}

// Dialogue is one bidirectional call: what the host says comes through on, what the
// plugin says goes through send.
class Dialogue {
  constructor(call) {
    this.call = call;
    this.over = false;
    this.ended = new Promise((resolve) => {
      call.on('cancelled', () => {
        this.over = true;
        resolve();
      });
    });
    call.on('error', () => {}); // a call that was cancelled
  }

  // send waits while the host reads slowly: nothing is lost, nothing piles up.
  async send(message) {
    if (this.over) throw cancelled();
    this.last = Date.now();
    if (this.call.write(message)) return;
    let drained;
    await Promise.race([new Promise((resolve) => this.call.once('drain', drained = resolve)), this.ended]);
    this.call.removeListener('drain', drained);
    if (this.over) throw cancelled();
  }

  // pause waits; it ends early when the call is cancelled.
  async pause(milliseconds) {
    let timer;
    await Promise.race([new Promise((resolve) => { timer = setTimeout(resolve, milliseconds); }), this.ended]);
    clearTimeout(timer);
    if (this.over) throw cancelled();
  }

  // close ends the call, well or with a status.
  close(error) {
    if (this.over) return;
    this.over = true;
    if (error) this.call.emit('error', failed(error));
    else this.call.end();
  }
}

// first runs work with the first message of a dialogue, once; later takes the others.
function first(call, dialogue, work, later) {
  let begun = false;
  call.on('data', (message) => {
    if (begun) return later(message);
    begun = true;
    work(message).then(() => dialogue.close(), (error) => dialogue.close(error));
  });
  call.on('end', () => (begun ? later(null) : dialogue.close(new ProviderError('invalid_request', 'the stream ended before its first message'))));
}

function generate(provider) {
  return (call) => {
    const dialogue = new Dialogue(call);
    const stream = {
      interrupted: false, emit: (event) => dialogue.send(event), pause: (ms) => dialogue.pause(ms),
    };
    const work = async (message) => {
      if (!message.request) throw new ProviderError('invalid_request', 'the first message of the stream is no request');
      checkBlocks(message.request.messages || []);
      const timer = setInterval(() => {
        if (Date.now() - (dialogue.last || 0) >= silence && !dialogue.over) dialogue.send({keepalive: {}}).catch(() => {});
      }, 1e3);
      try {
        const finish = await provider.generate(message.request, stream);
        await dialogue.send({finish});
      } finally {
        clearInterval(timer);
      }
    };
    first(call, dialogue, work, (message) => {
      if (message && message.interrupt) stream.interrupted = true;
    });
  };
}

// checkBlocks refuses what a newer protocol added: a conversation without it is another
// one. protobuf leaves the oneof empty for a block that it does not know.
function checkBlocks(messages) {
  const check = (block) => {
    if (!block.block) throw new ProviderError('invalid_request', 'the conversation holds a block that this plugin does not know');
    for (const inner of (block.tool_result && block.tool_result.content) || []) check(inner);
  };
  for (const message of messages) for (const block of message.blocks || []) check(block);
}

function login(provider) {
  return (call) => {
    const dialogue = new Dialogue(call);
    const ui = new LoginUI(dialogue);
    const work = async (message) => {
      if (!message.start) throw new ProviderError('invalid_request', 'the first message of the stream is no start');
      const done = await Promise.race([provider.login(message.start, ui), ui.givenUp]);
      await dialogue.send({done});
    };
    first(call, dialogue, work, (message) => ui.hear(message));
  };
}

// LoginUI is the host's terminal, lent for one login.
class LoginUI {
  constructor(dialogue) {
    this.dialogue = dialogue;
    this.asked = new Map();
    this.givenUp = new Promise((_, reject) => { this.giveUp = () => reject(cancelled()); });
    this.givenUp.catch(() => {});
  }

  notice(text) {
    return this.dialogue.send({notice: {text}});
  }

  // prompt asks for a line; every question has an id of its own.
  async prompt(label, secret = false) {
    const id = String(this.asked.size + 1);
    const answer = new Promise((resolve, reject) => this.asked.set(id, {resolve, reject}));
    await this.dialogue.send({prompt: {id, label, secret}});
    return (await answer).text || '';
  }

  hear(message) {
    if (message === null || message.cancel) return this.giveUp(); // the user gave up
    const {answer, unavailable} = message;
    if (answer && this.asked.has(answer.id)) this.asked.get(answer.id).resolve(answer);
    if (unavailable && this.asked.has(unavailable.id)) {
      this.asked.get(unavailable.id).reject(new ProviderError('interaction_required', unavailable.reason || 'nobody can answer here'));
    }
  }
}

function implementation(provider) {
  return {
    GetInfo: unary(() => provider.info()),
    Configure: unary((request) => configure(provider, request)),
    AuthStatus: unary((request) => provider.authStatus(request)),
    Login: login(provider),
    Logout: unary(() => provider.logout()),
    ListModels: unary(() => ({models: provider.info().default_models})),
    Generate: generate(provider),
    Diagnose: unary(() => provider.diagnose()),
    Drain: unary(() => ({})), // nothing runs beyond its call
  };
}

module.exports = {implementation};
