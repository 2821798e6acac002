// Package openaiauth is a stand-in for OpenAI's login: the authorization page, the
// token endpoint, the device code and the revocation, with tokens that look like
// the vendor's (JWTs with their claims, unsigned). For tests on loopback; it is
// never part of a release.
//
// Codes and refresh tokens can be used once. A spent refresh token gets
// refresh_token_reused, and what its rotation gave stays good. Clients that name
// themselves as a library does by default get the vendor's web page against robots.
package openaiauth
