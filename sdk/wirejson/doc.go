// Package wirejson writes request bodies: JSON appended in one pass, the same bytes
// for the same content, so that vendors can cache a prompt by its prefix, and with
// nothing in it that makes a vendor refuse the whole body.
package wirejson
