package discover

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const fullManifest = `schema = 1
name = "acme"
version = "1.2.3"
display = "Acme Cloud"
publisher = "Acme"
homepage = "https://example.com"
license = "MIT"
description = "Models of Acme"
protocol = [1, 2]
min_host = "0.1.0"
kind = "cli"
rank = 0
experimental = true

[[login]]
id = "browser"
label = "In the browser"

[environment]
variables = ["ACME_KEY"]
prefixes = ["ACME_OPT_"]

[files]
read = ["~/.acme/config"]
write = ["~/.acme/auth.json"]

[programs]
run = ["acme"]

[network]
hosts = ["api.example.com"]
`

func TestParseManifest(t *testing.T) {
	t.Parallel()
	m, warnings, err := ParseManifest([]byte(fullManifest))
	if err != nil || warnings != nil {
		t.Fatal(err, warnings)
	}
	rank := 0
	want := Manifest{
		Schema: 1, Name: "acme", Version: "1.2.3", Display: "Acme Cloud", Publisher: "Acme", Homepage: "https://example.com",
		License: "MIT", Description: "Models of Acme", Protocol: []int{1, 2}, MinHost: "0.1.0", Kind: KindCLI, Rank: &rank, Experimental: true,
		Login:       []LoginMethod{{ID: "browser", Label: "In the browser"}},
		Environment: Environment{Variables: []string{"ACME_KEY"}, Prefixes: []string{"ACME_OPT_"}},
		Files:       Files{Read: []string{"~/.acme/config"}, Write: []string{"~/.acme/auth.json"}},
		Programs:    Programs{Run: []string{"acme"}},
		Network:     Network{Hosts: []string{"api.example.com"}},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]bool{"ACME_KEY": true, "ACME_OPT_X": true, "ACME_OTHER": false, "": false} {
		if m.Environment.Declares(name) != want {
			t.Errorf("declares %q: %v", name, !want)
		}
	}
}

func TestManifestErrors(t *testing.T) {
	t.Parallel()
	minimal := "schema = 1\nname = \"acme\"\nversion = \"1\"\nprotocol = [1]\nkind = \"http\"\n"
	tests := map[string]struct{ in, want string }{
		"empty":              {"", "1:1: schema is missing"},
		"syntax":             {"schema = 1\nname = \n", "2:8: "},
		"schema text":        {"schema = \"one\"\n", "1:10: "},
		"unknown key":        {minimal + "colour = 1\n", `6:1: unknown key "colour"`},
		"unknown nested key": {minimal + "[environment]\nvariable = []\n", `7:1: unknown key "environment.variable"`},
		"wrong type":         {minimal + "rank = \"first\"\n", "6:8: "},
		"name":               {strings.Replace(minimal, "acme", "Acme", 1), `2:1: name "Acme"`},
		"no version":         {strings.Replace(minimal, "version = \"1\"\n", "", 1), "1:1: version is missing"},
		"no protocol":        {strings.Replace(minimal, "[1]", "[]", 1), "4:1: protocol is missing"},
		"protocol 0":         {strings.Replace(minimal, "[1]", "[0]", 1), "4:1: protocol versions start at 1"},
		"kind":               {strings.Replace(minimal, "http", "grpc", 1), `5:1: kind "grpc"`},
		"variable":           {minimal + "[environment]\n variables = [\"A B\"]\n", `7:2: variable "A B"`},
		"empty prefix":       {minimal + "[environment]\nprefixes = [\"\"]\n", `7:1: prefix ""`},
		"wide prefix":        {minimal + "[environment]\nprefixes = [\"A\"]\n", `7:1: prefix "A"`},
		"min_host":           {minimal + "min_host = \"soon\"\n", `6:1: min_host "soon" is no semantic version`},
		"relative file":      {minimal + "[files]\nread = [\"~/ok\", \"C:\\\\ok\", \"conf.json\"]\n", `7:1: path "conf.json" is neither`},
		"another's home":     {minimal + "[files]\nwrite = [\"~you/x\"]\n", `7:1: path "~you/x"`},
		"key":                {minimal + "[signing]\nminisign_keys = [\"untrusted comment\"]\n", `7:1: "untrusted comment" is no public key`},
		"login without id":   {minimal + "[[login]]\nlabel = \"x\"\n", "6:1: a login method has no id"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := ParseManifest([]byte(test.in))
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line: %q", err)
			}
		})
	}
}

func TestNewerManifest(t *testing.T) {
	t.Parallel()
	m, warnings, err := ParseManifest([]byte(strings.Replace(fullManifest, "schema = 1", "schema = 2", 1) + "[future]\nx = 1\n"))
	if err != nil || len(warnings) == 0 || !strings.Contains(warnings[0], "unknown key") {
		t.Fatalf("warnings %v, %v", warnings, err)
	}
	if m.Name != "acme" || m.Network.Hosts[0] != "api.example.com" {
		t.Errorf("%+v", m)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(fullManifest))
	f.Add([]byte("schema = 2\n[[login]]\n"))
	f.Add([]byte("schema = 1\nname = \"\\u0000\"\n\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, _, err := ParseManifest(data)
		if err != nil {
			var line, column int
			if _, scanErr := fmt.Sscanf(err.Error(), "%d:%d: ", &line, &column); scanErr != nil || line < 1 || column < 1 {
				t.Errorf("no position: %v", err)
			}
			return
		}
		if !ValidName(m.Name) || m.Version == "" || len(m.Protocol) == 0 {
			t.Errorf("accepted %+v", m)
		}
	})
}

func FuzzLock(f *testing.F) {
	f.Add([]byte("schema = 1\n" + lockEntry("acme", 5)))
	f.Fuzz(func(t *testing.T, data []byte) {
		lock, err := ParseLock(data)
		if err != nil {
			return
		}
		for _, e := range lock.Plugin {
			if strings.ContainsAny(e.File, `/`) || len(e.SHA256) != 64 {
				t.Errorf("accepted %+v", e)
			}
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	f.Add([]byte("MZ"))
	f.Add([]byte("\xca\xfe\xba\xbe\x00\x00\x00\x02"))
	f.Add([]byte("\xcf\xfa\xed\xfe\x07\x00\x00\x01"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		h := parseHeader(data)
		_ = h.check("linux", "amd64")
		_ = h.check("darwin", "arm64")
		_ = h.check("windows", "amd64")
	})
}

func TestHeader(t *testing.T) {
	t.Parallel()
	elf := func(machine byte) []byte {
		b := make([]byte, 20)
		copy(b, "\x7fELF\x02\x01\x01")
		b[18] = machine
		return b
	}
	pe := make([]byte, 0x50)
	copy(pe, "MZ")
	pe[0x3c] = 0x40
	copy(pe[0x40:], "PE\x00\x00\x64\x86")
	fat := append([]byte("\xca\xfe\xba\xbe\x00\x00\x00\x02"), make([]byte, 40)...)
	copy(fat[8:], "\x01\x00\x00\x07")
	copy(fat[28:], "\x01\x00\x00\x0c")
	tests := map[string]struct {
		head         []byte
		goos, goarch string
		ok           bool
	}{
		"linux amd64":            {elf(0x3e), "linux", "amd64", true},
		"linux arm64 on amd64":   {elf(0xb7), "linux", "amd64", false},
		"linux amd64 on darwin":  {elf(0x3e), "darwin", "amd64", false},
		"freebsd":                {elf(0x3e), "freebsd", "amd64", true},
		"windows amd64":          {pe, "windows", "amd64", true},
		"windows amd64 on linux": {pe, "linux", "amd64", false},
		"darwin arm64":           {[]byte("\xcf\xfa\xed\xfe\x0c\x00\x00\x01"), "darwin", "arm64", true},
		"darwin amd64 on arm64":  {[]byte("\xcf\xfa\xed\xfe\x07\x00\x00\x01"), "darwin", "arm64", false},
		"universal on arm64":     {fat, "darwin", "arm64", true},
		"universal on amd64":     {fat, "darwin", "amd64", true},
		"script":                 {[]byte("#!/bin/sh"), "linux", "riscv64", true},
		"script on windows":      {[]byte("#!/bin/sh"), "windows", "amd64", false},
		"text":                   {[]byte("hello world"), "linux", "amd64", false},
		"short elf":              {[]byte("\x7fELF"), "linux", "amd64", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := parseHeader(test.head).check(test.goos, test.goarch); (err == nil) != test.ok {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestOlder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		version, minimum string
		want             bool
	}{
		{"1.0.0", "1.0.1", true},
		{"v1.2.0", "1.1.9", false},
		{"1.10.0", "1.9.0", false},
		{"1.9.0", "1.10.0", true},
		{"dev", "9.9.9", false},
		{"1.0.0-3-gabc", "1.0.0", false},
		{"1.0.0", "soon", false},
		{"", "1.0.0", false},
	}
	for _, test := range tests {
		if got := older(test.version, test.minimum); got != test.want {
			t.Errorf("%s before %s: %v", test.version, test.minimum, got)
		}
	}
}
