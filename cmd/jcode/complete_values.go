package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// A kind of value is named by the word that stands for it in the help: "-C DIR",
// "sessions show [ID]". Where one word means two things, the flag or the command
// decides: see valueOfFlag and valueOfArgument.
const (
	valueProviders = "providers"
	valueModels    = "models"
	valueFallbacks = "fallbacks" // PROVIDER/MODEL
	valueSessions  = "sessions"
	valuePlugins   = "plugins"
	valueKeys      = "keys"
	valueSettings  = "settings" // KEY=
	valueCommands  = "commands"
	valueShells    = "shells"
	valueFiles     = "files"
	valueFolders   = "folders"
)

var (
	valueOfFlag = map[string]string{
		"provider": valueProviders, "model": valueModels, "fallback": valueFallbacks,
		"resume": valueSessions, "set": valueSettings, "plugin": valueFiles, "sdk": valueFolders,
	}
	// valueOfArgument is by the command's first word, or all its words, and the word
	// of the help. An empty kind offers nothing.
	valueOfArgument = map[string]string{
		"sessions ID": valueSessions, "plugins NAME": valuePlugins, "plugins new NAME": "",
	}
	valueOfWord = map[string]string{
		"FILE": valueFiles, "PATH": valueFiles, "SOURCE": valueFiles, "PROMPT": valueFiles,
		"DIR": valueFolders, "KEY": valueKeys, "SHELL": valueShells, "COMMAND": valueCommands,
		"SESSION": valueSessions, "PROVIDER": valueProviders, "MODEL": valueModels,
	}
)

func (c *command) flagValue(flags *cli.Context, at place, name string) completions {
	if words, ok := flagValues[name]; ok {
		return wordList(words)
	}
	kind := valueOfFlag[name]
	for _, flag := range at.flags {
		if what, _ := describeFlag(flag); kind == "" && flag.Names()[0] == name {
			kind = valueOfWord[strings.TrimSuffix(what, " ...")]
		}
	}
	return c.values(flags, at, kind)
}

func wordList(words []string) completions {
	a := completions{kind: completeWords}
	for _, word := range words {
		a = a.add(word, "")
	}
	return a
}

// argument completes by the command's usage: "ID NAME" are two arguments, "ID..." is
// one again and again, "a|b" is one of these words.
func (c *command) argument(flags *cli.Context, at place) completions {
	words := strings.Fields(at.leaf.ArgsUsage)
	if len(words) == 0 {
		return completions{kind: completeWords}
	}
	word := words[min(at.args, len(words)-1)]
	if at.args >= len(words) && !strings.Contains(word, "...") {
		return completions{kind: completeWords}
	}
	word = strings.Trim(word, "[].")
	if strings.Contains(word, "|") {
		return wordList(strings.Split(word, "|"))
	}
	verbs := strings.Fields(at.leaf.HelpName)[1:]
	kind, ok := valueOfArgument[strings.Join(verbs, " ")+" "+word]
	if !ok {
		kind, ok = valueOfArgument[verbs[0]+" "+word]
	}
	if !ok {
		kind = valueOfWord[word]
	}
	return c.values(flags, at, kind)
}

// values are all values of a kind.
func (c *command) values(flags *cli.Context, at place, kind string) completions {
	a := completions{kind: completeWords}
	switch kind {
	case valueFiles:
		a.kind = completeFiles
		return a
	case valueFolders:
		a.kind = completeFolders
		return a
	case valueShells:
		return wordList(shells)
	case valueCommands:
		return place{group: c.app.Commands, help: true}.commandNames()
	case "":
		return a
	}
	dir, err := c.completionDir(at.dir)
	if err != nil {
		return a
	}
	h, err := c.openIn(flags, dir)
	if err != nil {
		return a
	}
	defer c.close(h)
	return valuesOf(flags.Context, h, kind, at.typed)
}

// completionDir is the folder of the line: that of -C, which no shell has expanded,
// else the working one.
func (c *command) completionDir(given string) (string, error) {
	if rest, ok := strings.CutPrefix(given, "~"); ok && (rest == "" || rest[0] == '/') {
		given = c.env["HOME"] + rest
	}
	if given == "" {
		return workingDir()
	}
	return filepath.Abs(given)
}

// sessionsOffered is how many sessions a Tab shows: their files must be opened.
const sessionsOffered = 40

// valuesOf are values that the host knows from files, of sessions those that begin
// with typed.
func valuesOf(ctx context.Context, h *host.Host, kind, typed string) completions {
	a := completions{kind: completeWords}
	switch kind {
	case valueProviders, valuePlugins:
		plugins, _ := h.Plugins(ctx)
		for _, p := range plugins {
			if p.Name != "" && (kind == valuePlugins || p.Status == "ok") {
				a = a.add(p.Name, "%s %s", p.Display, p.Version)
			}
		}
		slices.SortStableFunc(a.values, func(x, y completion) int { return strings.Compare(x.value, y.value) })
		a.values = slices.CompactFunc(a.values, func(x, y completion) bool { return x.value == y.value })
	case valueModels, valueFallbacks:
		for _, list := range h.CachedModels() {
			for _, m := range list.Models {
				if kind == valueModels {
					a = a.add(m.ID, "%s of %s", firstText(m.DisplayName, m.ID), list.Provider)
				}
				a = a.add(list.Provider+"/"+m.ID, "%s", m.DisplayName)
			}
		}
	case valueSessions:
		sessions, _ := h.Sessions(ctx, host.SessionFilter{Prefix: typed, Limit: sessionsOffered})
		for _, s := range sessions {
			if s.Name != "" {
				a = a.add(s.Name, "%s", s.Title)
			}
			a = a.add(s.ID, "%s", s.Title)
		}
	case valueKeys, valueSettings:
		settings, _ := h.ConfigList()
		for _, s := range settings {
			key := s.Key
			if kind == valueSettings {
				key += "="
			}
			a = a.add(key, "%s", s.Description)
		}
	}
	return a
}

func firstText(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
