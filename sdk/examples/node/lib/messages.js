// The messages of the protocol, read from the .proto files.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const own = path.join(__dirname, '..', 'proto');
// In a bundle everything lies in proto; in the repository the protocol lies in the sdk.
const sdk = path.join(__dirname, '..', '..', '..', 'proto');
const folders = [own, ...(fs.existsSync(path.join(own, 'jcode')) ? [] : [sdk])];

// defaults: false leaves out what is not there, so that a missing temperature is no 0.
const definition = loader.loadSync(
  ['jcode/provider/v1/provider.proto', 'goplugin.proto', 'health.proto', 'status.proto'],
  {includeDirs: folders, keepCase: true, longs: Number, enums: String, bytes: Buffer, oneofs: true, defaults: false, arrays: true},
);

const loaded = grpc.loadPackageDefinition(definition);

// encode makes the bytes of a message, where gRPC does not do it by itself.
const encode = (type, value) => definition[type].serialize(value);

module.exports = {
  encode,
  provider: loaded.jcode.provider.v1.ProviderService.service,
  controller: loaded.plugin.GRPCController.service,
  stdio: loaded.plugin.GRPCStdio.service,
  health: loaded.grpc.health.v1.Health.service,
};
