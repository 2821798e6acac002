// The parrot: it repeats what the user says, word by word, and on demand does what a
// model may do, so that it shows every part of the protocol:
//
//	tool NAME {…}     calls a tool of the host's with these arguments
//	think WORDS       reasons before it answers
//	fail KIND WORDS   fails
//	long              five megabytes
//	endless           never ends
//	child             never ends, with a program of its own that runs meanwhile
//	panic             has a defect
'use strict';

const {spawn} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {ProviderError} = require('./errors.js');
const {version} = require('../package.json');

const model = 'parrot-1';

class Parrot {
  info() {
    return {
      name: 'parrot', display_name: 'Parrot', version, capabilities: ['tools', 'thinking'],
      login_methods: [{id: 'name', label: 'Tell it your name'}],
      default_models: [{id: model, display_name: 'Parrot', input_modalities: ['text'], default: true}],
    };
  }

  configure(config) {
    this.file = config.state_dir ? path.join(config.state_dir, 'login.json') : '';
  }

  // account is the name that was told, or ''.
  account() {
    try {
      return JSON.parse(fs.readFileSync(this.file, 'utf8')).name || '';
    } catch {
      return '';
    }
  }

  authStatus() {
    const account = this.account();
    return {
      state: 'AUTH_STATE_OK', method: account ? 'name' : 'none', account, source: account ? this.file : '',
      billing: 'costs nothing', detail: account ? '' : 'nobody needs to log in',
    };
  }

  async login(start, ui) {
    let name = (start.api_key || '').trim();
    if (!name && start.headless) {
      throw new ProviderError('interaction_required', 'nobody can be asked for a name here', {remedy: 'jcode login --provider parrot'});
    }
    if (!name) name = (await ui.prompt('Your name')).trim();
    if (!name) throw new ProviderError('invalid_request', 'a name is needed', {remedy: 'jcode login --provider parrot'});
    const temporary = `${this.file}.${process.pid}`;
    fs.writeFileSync(temporary, JSON.stringify({name}) + '\n', {mode: 0o600});
    fs.renameSync(temporary, this.file); // the old one or the new one, never half of one
    return {account: start.api_key ? 'somebody' : name, stored: this.file};
  }

  logout() {
    if (!this.account()) return {removed: []};
    fs.rmSync(this.file);
    return {removed: [{path: this.file, entry: 'name'}]};
  }

  diagnose() {
    return {checks: [{id: 'node', ok: true, detail: 'node ' + process.version}]};
  }

  // generate answers one request and returns what finish says.
  async generate(request, stream) {
    await stream.emit({started: {model: request.model || model}});
    const said = lastText(request.messages || []);
    const [word, ...rest] = said.split(' ');
    const words = rest.join(' ');
    const finish = {
      stop_reason: 'end_turn', model: request.model || model,
      usage: {input_tokens: said.split(' ').length, output_tokens: said.split(' ').length},
      provider_state: Buffer.from(JSON.stringify({turns: turns(request.provider_state) + 1})),
    };
    switch (word) {
      case 'fail':
        throw new ProviderError(rest[0], rest.slice(1).join(' ') || 'as you asked', {
          http_status: 400, provider_request_id: 'req_1', remedy: 'say something else',
        });
      case 'panic':
        throw new Error('as you asked');
      case 'endless':
        await stream.emit({text_delta: {text: 'a word'}});
        while (!stream.interrupted) await stream.pause(50);
        return finish;
      case 'child':
        return withChild(async () => {
          await stream.emit({text_delta: {text: 'it runs'}});
          while (!stream.interrupted) await stream.pause(50);
          return finish;
        });
      case 'long':
        for (let i = 0; i < 80; i++) await stream.emit({text_delta: {text: 'long text '.repeat(6554)}});
        return finish;
      case 'tool':
        await callTool(stream, request, rest[0], rest.slice(1).join(' ') || '{}');
        return {...finish, stop_reason: 'tool_use'};
      case 'think':
        await stream.emit({thinking_delta: {text: words, signature: 'parrot'}});
        await repeat(stream, 'done');
        return finish;
      default:
        await repeat(stream, said);
        return finish;
    }
  }
}

// withChild runs a program while work does, and ends it whatever becomes of work. The
// plugin's own end ends it too.
async function withChild(work) {
  const child = spawn('sleep', ['300'], {stdio: 'ignore'});
  child.on('error', () => {}); // there is no such program here
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    return await work();
  } finally {
    kill();
    process.removeListener('exit', kill);
  }
}

async function repeat(stream, text) {
  for (const word of text.split(/(?<= )/)) {
    if (stream.interrupted) return;
    if (word) await stream.emit({text_delta: {text: word}});
  }
}

// callTool calls a tool of the host's, with the arguments in two pieces as a model
// would write them.
async function callTool(stream, request, name, input) {
  const id = `call-${(request.messages || []).length}`;
  await stream.emit({tool_call_start: {id, name}});
  const half = Math.floor(input.length / 2);
  for (const json of [input.slice(0, half), input.slice(half)]) {
    if (json) await stream.emit({tool_call_delta: {id, json}});
  }
  let object = null;
  try {
    object = JSON.parse(input);
  } catch {
    // said below
  }
  const whole = object !== null && typeof object === 'object' && !Array.isArray(object);
  await stream.emit({tool_call_end: whole ? {id, input: Buffer.from(input)} : {id, malformed: input}});
}

// lastText is the last thing said: the user's words, or what a tool returned.
function lastText(messages) {
  const blocks = messages.length > 0 ? messages[messages.length - 1].blocks || [] : [];
  const texts = (list) => list.map((b) => (b.text ? b.text.text || '' : b.tool_result ? texts(b.tool_result.content || []) : '')).join('');
  return texts(blocks);
}

// turns is how often this conversation has been answered.
function turns(state) {
  try {
    return JSON.parse(Buffer.from(state).toString()).turns || 0;
  } catch {
    return 0;
  }
}

module.exports = {Parrot};
