// A certificate that a plugin makes for itself at every start. Node has no function for
// it, and a library would weigh more than these lines of DER.
'use strict';

const crypto = require('node:crypto');

// der is one value: its tag, its length and its content.
function der(tag, ...parts) {
  const content = Buffer.concat(parts);
  const n = content.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts) => der(0x30, ...parts);
const set = (...parts) => der(0x31, ...parts);
const oid = (hex) => der(0x06, Buffer.from(hex, 'hex'));
const text = (value) => der(0x0c, Buffer.from(value));
const octets = (...parts) => der(0x04, ...parts);
const bits = (unused, ...parts) => der(0x03, Buffer.from([unused]), ...parts);
const yes = der(0x01, Buffer.from([0xff]));
const integer = (bytes) => der(0x02, bytes);

// time is a GeneralizedTime: YYYYMMDDHHMMSSZ.
const time = (date) => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]/g, '').slice(0, 14) + 'Z'));

const ecdsaWithSHA256 = () => sequence(oid('2a8648ce3d040302'));

function name() {
  return sequence(set(sequence(oid('550403'), text('localhost'))));
}

function extension(id, critical, value) {
  return critical ? sequence(oid(id), yes, octets(value)) : sequence(oid(id), octets(value));
}

function extensions() {
  const localhost = der(0x82, Buffer.from('localhost')); // a DNS name
  return der(0xa3, sequence(
    extension('551d0f', true, bits(2, Buffer.from([0x84]))), // key usage: signatures, certificates
    extension('551d25', false, sequence(oid('2b06010505070301'), oid('2b06010505070302'))), // as server and client
    extension('551d13', true, sequence(yes)), // an authority: its own
    extension('551d11', false, sequence(localhost)), // the name that the host asks for
  ));
}

// make returns a key and a certificate for localhost, both PEM, and the certificate in
// DER, which is what the handshake line wants. It is valid from a minute ago, since
// clocks differ, for a year.
function make() {
  const {publicKey, privateKey} = crypto.generateKeyPairSync('ec', {namedCurve: 'prime256v1'});
  const serial = crypto.randomBytes(16);
  serial[0] = (serial[0] & 0x7f) | 0x01; // positive, and no leading zero
  const now = Date.now();
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(serial),
    ecdsaWithSHA256(),
    name(), // the issuer
    sequence(time(new Date(now - 60e3)), time(new Date(now + 365 * 24 * 3600e3))),
    name(), // the subject
    publicKey.export({type: 'spki', format: 'der'}),
    extensions(),
  );
  const signature = crypto.sign('sha256', body, privateKey);
  const certificate = sequence(body, ecdsaWithSHA256(), bits(0, signature));
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return {
    key: privateKey.export({type: 'pkcs8', format: 'pem'}),
    pem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    der: certificate,
  };
}

module.exports = {make};
