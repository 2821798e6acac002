// Package acmename is the Acme Name provider of jcode. It has the vendor's own
// program answer, one run for each turn.
//
// The program here stands for your vendor's. It is called like this:
//
//	acme-name -p --json [--model ID] [--resume SESSION]   prompt on standard input
//	acme-name models | status | login | --help | --version
//
// and prints one JSON object on a line:
//
//	{"type":"start","session":"s1","model":"small"}
//	{"type":"text","text":"Hello"}
//	{"type":"tool","id":"t1","name":"bash","input":{"command":"ls"}}
//	{"type":"tool_end","id":"t1","output":"a.go","failed":false}
//	{"type":"end","usage":{"input":3,"output":2}}
//
// Keep the files and put the vendor's own words into cli.go, decode.go and
// failures.go. standin/acme-name is a script that answers like that, for a first
// try; the tests bring their own.
package acmename
