package author

import (
	"go/token"
	"slices"
	"strings"
)

// names are all spellings of a plugin's name.
type names struct {
	provider string // acme-name
	pkg      string // acmename
	display  string // Acme Name
	variable string // ACME_NAME
	module   string // example.com/jcode-provider-acme-name
}

// taken are identifiers of the templates that a package's name must not hide.
var taken = []string{
	"bytes", "context", "credfile", "doctor", "errors", "exec", "filepath", "fmt", "http", "httpapi", "httptest", "io",
	"json", "main", "os", "plugin", "providertest", "runtime", "sdk", "shellout", "standin", "standincli", "strings",
	"testing", "time", "build", "failure", "prompt", "bed", "help", "answer", "version",
	"any", "append", "bool", "byte", "cap", "clear", "close", "complex", "copy", "delete", "error", "false", "imag",
	"int", "iota", "len", "make", "max", "min", "new", "nil", "panic", "print", "real", "recover", "rune", "string",
	"true", "uint", "init",
}

// namesOf derives them from a valid plugin name.
func namesOf(provider, module string) names {
	words := strings.FieldsFunc(provider, func(r rune) bool { return r == '-' })
	n := names{provider: provider, module: module, pkg: strings.Join(words, "")}
	if token.IsKeyword(n.pkg) || slices.Contains(taken, n.pkg) || strings.HasSuffix(n.pkg, "test") {
		n.pkg += "provider"
	}
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	n.display = strings.Join(words, " ")
	n.variable = strings.ToUpper(strings.ReplaceAll(strings.Trim(provider, "-"), "-", "_"))
	if n.module == "" {
		n.module = "example.com/jcode-provider-" + provider
	}
	return n
}

// replacer puts the names into a template of a kind.
func (n names) replacer(kind string) *strings.Replacer {
	return strings.NewReplacer(
		templatePath+kind, n.module,
		"MODULE-PATH", n.module,
		"acme-name", n.provider,
		"acmename", n.pkg,
		"Acme Name", n.display,
		"ACME_NAME", n.variable,
	)
}

// templatePath begins the import paths of the templates.
const templatePath = "github.com/jcode-go/jcode/host/internal/author/template/"
