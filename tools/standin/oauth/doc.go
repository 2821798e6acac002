// Package oauth is a stand-in for a vendor's login: an authorization page, a token
// endpoint whose codes and refresh tokens can be used once, and a guard that lets
// only its own unexpired access tokens through to an API. For tests on loopback;
// it is never part of a release.
//
// Like the vendor's, a refresh token that is used twice ends its whole family.
package oauth
