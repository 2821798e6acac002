// Package vendorcheck drives the stand-in server with the vendor's own Go SDK.
//
// It has tests only. Whatever the stand-in streams must be read by the official
// decoder before our own decoder is tested on it, and what the official client
// sends must pass the stand-in's strict checks.
package vendorcheck
