// Package sse reads server-sent events from a response body: the framing that
// model vendors stream their answers in.
//
// The reader works on bytes. It never decodes a chunk, so a character that the
// network split in two arrives whole, and what it holds is bounded, so that a
// broken or hostile server cannot exhaust memory.
//
// The framing follows the WHATWG text, with one deliberate difference: an event
// that the stream ends in before its blank line is delivered, marked Partial,
// because vendors and proxies drop the last newline.
//
// io.EOF is not success. A connection that was cut cleanly looks exactly like a
// stream that ended, so only the vendor's terminal event (message_stop,
// response.completed, [DONE]) says that an answer is whole. A caller that gets
// io.EOF before it must treat the answer as truncated.
package sse
