// Package cursor is the provider for Cursor: it has the cursor-agent program
// answer in print mode. Package cliprovider does the work; here are the tables, the
// decoder of the program's output, and what its failures look like.
package cursor
