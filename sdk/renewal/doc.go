// Package renewal keeps a login fresh whose tokens live in a credential file: it
// renews the access token shortly before its end, or once after a refusal, and of
// many processes that find the same token expired one asks the vendor.
//
// The order is always the same: callers in one process share an attempt; the lock
// of the file is taken; the file is read again, and what another process wrote is
// adopted; only then is the refresh token spent, and what came back is in the file
// before anybody uses it. A refresh token that the vendor refused is not tried
// again. Where the file cannot be written the login still serves, for as long as
// the process lives, and the caller is told so.
package renewal
