// The log: one JSON object a line on standard error. Nothing that the user said and no
// secret belongs there.
'use strict';

const levels = ['trace', 'debug', 'info', 'warn', 'error'];
let least = levels.indexOf('info');

function setLevel(level) {
  if (levels.includes(level)) least = levels.indexOf(level);
}

function log(level, message, fields = {}) {
  if (levels.indexOf(level) < least) return;
  process.stderr.write(JSON.stringify({'@level': level, '@message': message, '@timestamp': new Date().toISOString(), ...fields}) + '\n');
}

module.exports = {log, setLevel};
