// Errors: a gRPC status that carries a ProviderError in its details.
'use strict';

const {Metadata, status} = require('@grpc/grpc-js');
const {encode} = require('./messages.js');

// codes is the protocol's table of kinds.
const codes = {
  internal: status.INTERNAL,
  unauthenticated: status.UNAUTHENTICATED,
  permission_denied: status.PERMISSION_DENIED,
  billing: status.PERMISSION_DENIED,
  rate_limited: status.RESOURCE_EXHAUSTED,
  overloaded: status.UNAVAILABLE,
  network: status.UNAVAILABLE,
  context_too_long: status.OUT_OF_RANGE,
  invalid_request: status.INVALID_ARGUMENT,
  model_not_found: status.NOT_FOUND,
  cli_missing: status.FAILED_PRECONDITION,
  cli_outdated: status.FAILED_PRECONDITION,
  interaction_required: status.FAILED_PRECONDITION,
  policy_refused: status.ABORTED,
  cancelled: status.CANCELLED,
  configuration: status.FAILED_PRECONDITION,
};

// ProviderError is a failure that the host understands. detail holds the other fields of
// the message of that name: remedy, retryable, http_status, cause and so on.
class ProviderError extends Error {
  constructor(kind, message, detail = {}) {
    super(message);
    this.kind = kind in codes ? kind : 'internal';
    this.detail = detail;
  }
}

// statusOf is what grpc-js sends for an error. What is no ProviderError is a defect: its
// stack is for the log, not for the host.
function statusOf(error) {
  const known = error instanceof ProviderError ? error : new ProviderError('internal', 'plugin panic: ' + error.message);
  const message = known.message.slice(0, 500);
  const value = encode('jcode.provider.v1.ProviderError', {kind: 'ERROR_KIND_' + known.kind.toUpperCase(), message, ...known.detail});
  const details = [{type_url: 'type.googleapis.com/jcode.provider.v1.ProviderError', value}];
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', encode('google.rpc.Status', {code: codes[known.kind], message, details}));
  return {code: codes[known.kind], details: message, metadata};
}

const cancelled = () => new ProviderError('cancelled', 'the call was cancelled', {cause: 'canceled'});

module.exports = {ProviderError, statusOf, cancelled};
