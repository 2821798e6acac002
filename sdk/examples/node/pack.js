// Packs the plugin with all that it needs but node itself:
//
//	node pack.js [FOLDER]     writes jcode-provider-parrot_VERSION.tar.gz there (dist)
//
// An installer takes plain files only, 4,096 at most: npm must make no links for
// programs, and what no program reads is left out.
'use strict';

const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {name, version} = require('./package.json');

const folder = path.resolve(process.argv[2] || path.join(__dirname, 'dist'));
const stage = path.join(folder, 'stage');

function run(program, ...args) {
  execFileSync(program, args, {cwd: stage, stdio: ['ignore', 'ignore', 'inherit'], env: {...process.env, COPYFILE_DISABLE: '1'}});
}

// prune removes what is for those who write programs, not for those who run them.
function prune(dir) {
  for (const entry of fs.readdirSync(dir, {withFileTypes: true})) {
    const full = path.join(dir, entry.name);
    const needless = /\.(map|ts|md|markdown|flow)$|^(@types|undici-types|yargs|docs?|tests?|bench)$/i.test(entry.name) && !/^licen[cs]e/i.test(entry.name);
    if (needless || full.endsWith(path.join('grpc-js', 'src'))) fs.rmSync(full, {recursive: true});
    else if (entry.isDirectory()) prune(full);
  }
}

fs.rmSync(stage, {recursive: true, force: true});
fs.mkdirSync(stage, {recursive: true});
for (const file of [name, 'lib', 'proto', 'plugin.toml', 'package.json', 'package-lock.json']) {
  fs.cpSync(path.join(__dirname, file), path.join(stage, file), {recursive: true});
}
const protocol = path.join('jcode', 'provider', 'v1', 'provider.proto');
fs.cpSync(path.join(__dirname, '..', '..', 'proto', protocol), path.join(stage, 'proto', protocol));
run(process.platform === 'win32' ? 'npm.cmd' : 'npm', 'ci', '--omit=dev', '--ignore-scripts', '--no-bin-links', '--no-audit', '--no-fund');
prune(path.join(stage, 'node_modules'));
const archive = path.join(folder, `${name}_${version}.tar.gz`);
run('tar', '-czf', archive, '.');
fs.rmSync(stage, {recursive: true});
console.log(archive);
