// Package oauth is what a plugin needs to log somebody in with OAuth and PKCE: a
// verifier and a state, a server for the browser's way back, a reader for what
// people paste instead, and a client for the token endpoint.
//
// A login goes like this: [NewPKCE] and [NewState]; put both into the authorize
// URL with [AuthorizeURL]; [Listen] for the browser, or ask for what the page
// shows and read it with [ParseAnswer], or let the two race; compare the state
// with [Answer.CheckState]; [Endpoint.Request] the tokens.
//
// Codes, verifiers and tokens are sdk.Secret values, and no error of this package
// holds one. The errors tell apart what people must tell apart: a
// [*RefusedError] comes from the token endpoint itself, a [*BlockedError] from
// something on the way to it, and a [*NetworkError] means that nobody answered.
//
// The package imports the standard library, sdk and sdk/httpapi only.
package oauth
