package tool

import (
	"maps"
	"slices"
	"strings"
)

// fileTypes are the names of kinds of files, with the patterns of their names.
var fileTypes = map[string][]string{
	"c":          {"*.c", "*.h"},
	"cpp":        {"*.cc", "*.cpp", "*.cxx", "*.h", "*.hh", "*.hpp", "*.hxx", "*.inl"},
	"cs":         {"*.cs"},
	"css":        {"*.css", "*.scss", "*.sass", "*.less"},
	"dart":       {"*.dart"},
	"docker":     {"Dockerfile", "Dockerfile.*", "*.dockerfile"},
	"elixir":     {"*.ex", "*.exs"},
	"go":         {"*.go"},
	"haskell":    {"*.hs"},
	"html":       {"*.html", "*.htm"},
	"java":       {"*.java"},
	"js":         {"*.js", "*.jsx", "*.mjs", "*.cjs"},
	"json":       {"*.json", "*.jsonl", "*.json5"},
	"kotlin":     {"*.kt", "*.kts"},
	"lua":        {"*.lua"},
	"make":       {"Makefile", "makefile", "GNUmakefile", "*.mk"},
	"markdown":   {"*.md", "*.markdown", "*.mdx"},
	"md":         {"*.md", "*.markdown", "*.mdx"},
	"php":        {"*.php"},
	"proto":      {"*.proto"},
	"py":         {"*.py", "*.pyi"},
	"python":     {"*.py", "*.pyi"},
	"ruby":       {"*.rb", "Gemfile", "Rakefile"},
	"rust":       {"*.rs"},
	"scala":      {"*.scala"},
	"sh":         {"*.sh", "*.bash", "*.zsh"},
	"sql":        {"*.sql"},
	"svelte":     {"*.svelte"},
	"swift":      {"*.swift"},
	"terraform":  {"*.tf", "*.tfvars"},
	"toml":       {"*.toml"},
	"ts":         {"*.ts", "*.tsx", "*.mts", "*.cts"},
	"txt":        {"*.txt"},
	"typescript": {"*.ts", "*.tsx", "*.mts", "*.cts"},
	"vue":        {"*.vue"},
	"xml":        {"*.xml"},
	"yaml":       {"*.yaml", "*.yml"},
	"zig":        {"*.zig"},
}

func typePatterns(name string) ([]string, error) {
	patterns, ok := fileTypes[strings.ToLower(name)]
	if !ok {
		names := slices.Sorted(maps.Keys(fileTypes))
		return nil, failWith(CodeInvalidInput, "there is no file type %q; the types are: %s. Or use glob", name, strings.Join(names, ", "))
	}
	return patterns, nil
}
