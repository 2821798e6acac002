// Package acmename is the Acme Name provider of jcode.
//
// It speaks a small API that stands for your vendor's. Keep the files and put the
// vendor's own shapes into request.go, stream.go and errors.go:
//
//	POST /v1/chat    {"model", "system", "messages", "tools", "max_tokens"}
//	                 messages: {"role", "text", "calls", "results"}
//	                 answers with server-sent events, one JSON object each:
//	                   {"type":"start","id":"r1","model":"small"}
//	                   {"type":"text","text":"Hello"}
//	                   {"type":"call","call":{"id":"c1","name":"read","input":{}}}
//	                   {"type":"end","stop":"end_turn","usage":{"input":3,"output":2}}
//	GET  /v1/models  {"models":[{"id":"small","context":100000}]}
//	GET  /v1/me      {"account":"me@example.com"}
//
// Every call has the header "Authorization: Bearer KEY". A refusal has another
// status than 200 and {"error":{"message":"…"}}. Package standin answers like
// that, for the tests and for a first try.
package acmename
