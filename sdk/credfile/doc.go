// Package credfile reads and updates credential files: JSON objects in a user's
// home that several programs share and none of them owns alone.
//
// What it keeps: every field it does not know, at every level, with the order of
// keys and the digits of numbers as they were. A file that cannot be parsed is
// moved aside, never overwritten. A file is replaced as a whole, so that a crash
// at any moment leaves the old one or the new one.
//
// Update changes a file under a lock that holds across processes, and reads it
// again under that lock. Refresher builds on it what every rotating token needs:
// of twenty processes that find the same token expired, one calls the vendor and
// nineteen adopt what it wrote.
//
// The lock is a file beside the credential file, named like it with ".lock". It
// binds only those who take it: a vendor's own program does not.
package credfile
