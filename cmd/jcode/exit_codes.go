package main

import (
	"fmt"
	"strings"
	"syscall"
)

const exitCodesTopic = "exit-codes"

// exitCodes is what each exit code means, for the help and the manual.
var exitCodes = []struct {
	code    int
	meaning string
}{
	{exitOK, "done"},
	{exitInternal, "internal error, or the model refused"},
	{exitUsage, "usage: a flag, an argument, an unknown model or session"},
	{exitConfig, "configuration: a file, a variable, a missing program"},
	{exitLogin, "a login is needed"},
	{exitProvider, "the provider is unavailable, also after retries"},
	{exitDenied, "a tool call was denied, with --on-deny report or fail; or you did not agree to what a plugin asks for"},
	{exitLimit, "a limit was reached: turns, tokens, the model's context"},
	{exitPlugin, "plugin: missing, wrong hash, broken protocol, crashed"},
	{exitSchema, "the structured output is invalid"},
	{exitTimeout, "--timeout is over"},
	{signalExit(syscall.SIGHUP), "SIGHUP"},
	{signalExit(syscall.SIGINT), "SIGINT, Ctrl-C"},
	{exitReaderGone, "the reader of stdout went away"},
	{signalExit(syscall.SIGTERM), "SIGTERM"},
}

const exitCodesMore = `With -o json and -o stream-json the result says the same as exit_code, with the
reason in error.code.`

func exitCodesHelp() string {
	var out strings.Builder
	out.WriteString("jcode exit codes\n\n")
	for _, row := range exitCodes {
		fmt.Fprintf(&out, "%5d  %s", row.code, wrap(row.meaning, helpWidth-7, 7))
	}
	return out.String() + "\n" + exitCodesMore + "\n"
}
