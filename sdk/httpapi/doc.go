// Package httpapi is what a plugin needs to talk to a vendor's HTTP API: a client
// without total timeout that takes no secret to another server, a watchdog for
// streams, retries as vendors ask for them, and errors that tell a refusal from a
// proxy's page without quoting anything secret.
//
// A call goes like this: [Watch] its context, [Send] the request, on a
// status other than 200 read [ErrorBody], else decode the stream through
// [Watchdog.Reader]. What went wrong becomes an error by [NetworkError] or
// [CutStream], and [Backoff.Wait] says whether and when to try again.
//
// The package imports the standard library and sdk only.
package httpapi
