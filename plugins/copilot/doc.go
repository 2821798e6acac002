// Package copilot is the provider for GitHub Copilot: it has the copilot program, or
// gh copilot, answer one prompt. Package cliprovider does the work; here are the
// tables, the decoder of the program's output, and what its failures look like.
package copilot
