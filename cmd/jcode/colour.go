package main

import "strings"

// paint colours text, or leaves it alone.
type paint struct{ on bool }

func (p paint) wrap(code, text string) string {
	if !p.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p paint) bold(text string) string   { return p.wrap("1", text) }
func (p paint) dim(text string) string    { return p.wrap("2", text) }
func (p paint) red(text string) string    { return p.wrap("31", text) }
func (p paint) green(text string) string  { return p.wrap("32", text) }
func (p paint) yellow(text string) string { return p.wrap("33", text) }
func (p paint) cyan(text string) string   { return p.wrap("36", text) }

// paint decides for one stream whether it gets colours.
func (c *command) paint(terminal bool) paint {
	when, _ := c.inv.flag("color")
	return paint{on: wantsColour(when, c.env, terminal)}
}

// wantsColour obeys the flag, then the variables, then the stream.
func wantsColour(when string, env map[string]string, terminal bool) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	if env["NO_COLOR"] != "" {
		return false
	}
	if force := env["CLICOLOR_FORCE"]; force != "" && force != "0" {
		return true
	}
	return terminal && env["TERM"] != "dumb" && env["CLICOLOR"] != "0"
}

// speaksUTF8 reports whether a terminal can be trusted with more than ASCII.
func speaksUTF8(env map[string]string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := env[name]; value != "" {
			value = strings.ToUpper(value)
			return strings.Contains(value, "UTF-8") || strings.Contains(value, "UTF8")
		}
	}
	return env["OS"] == "Windows_NT"
}
