// Package transcript helps plugins to send a conversation that another provider
// began: blocks that a vendor has no place for are told as text, so that nothing
// is lost, and images are what they say they are.
package transcript
