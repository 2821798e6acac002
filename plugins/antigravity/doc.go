// Package antigravity is the provider for Google Antigravity: it has the antigravity
// or agy program answer in print mode. Package cliprovider does the work; here are
// the tables, the decoder of the program's output, and what its failures look like.
package antigravity
