// Package e2e tests jcode as its users run it: the built binaries, the real
// provider plugin in its own process, a stand-in for the vendor's server, real
// signals. It holds tests only.
package e2e
