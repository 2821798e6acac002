// Package host is jcode without its command line: it finds and launches provider
// plugins, runs conversations with tools, and keeps sessions. It never writes to
// the terminal, reads no flags and knows no provider by name. Its one caller is
// cmd/jcode, which turns flags into one call and renders what comes back.
package host
